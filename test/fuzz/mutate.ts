/** Breaking lines at random. */
import type { SeededRandom } from '../sim/seeded-random.ts';
import { BITS, BOMBS, LINES, pick } from './scraps.ts';

const BOMB_RATE = 0.0005;

type LineMutation = (line: string, lines: readonly string[], random: SeededRandom) => string;

const at = (line: string, random: SeededRandom): number => random.integer(0, line.length);

const MUTATIONS: readonly LineMutation[] = [
  (line, _lines, random) => {
    const place = at(line, random);
    return line.slice(0, place) + (pick(random, BITS) ?? '') + line.slice(place);
  },
  (line, _lines, random) => {
    const place = at(line, random);
    return line.slice(0, place) + line.slice(place + random.integer(1, 9));
  },
  (line, _lines, random) => {
    const place = at(line, random);
    return line.slice(0, place) + String.fromCharCode(random.integer(0, 255)) + line.slice(place + 1);
  },
  (line, lines, random) => `${line}\n${pick(random, lines)}`,
  (line, lines, random) => `${line} ${pick(random, lines)}`,
  (line, lines, random) => {
    const other = pick(random, lines) ?? '';
    return line.slice(0, at(line, random)) + other.slice(at(other, random));
  },
  (line, _lines, random) =>
    line
      .split(' ')
      .toSorted(() => random.next() - 0.5)
      .join(' '),
  (line, _lines, random) => `${line} ${line.split(' ').at(-1)}`.repeat(random.integer(1, 3)),
  (_line, _lines, random) => pick(random, random.chance(BOMB_RATE) ? BOMBS : LINES) ?? '',
  () => '',
];

/** Share of lines that are broken, one for each configuration: some keep their structure, some keep nothing. */
const RATES = [0.02, 0.1, 0.3, 0.8];

/** Breaks some lines in place; gives how many. */
export function mutateLines(lines: string[], random: SeededRandom): number {
  const rate = pick(random, RATES) ?? 0;
  let mutated = 0;
  for (let index = 0; index < lines.length; index++) {
    if (!random.chance(rate)) continue;
    const mutation = pick(random, MUTATIONS);
    lines[index] = mutation?.(lines[index] ?? '', lines, random) ?? '';
    mutated++;
  }
  return mutated;
}
