/** Loops over the rest of a line: `~SEQ(VAR, [START, [STEP,]] END)`, `~SEQx`, `~LST(VAR, VALUE, ...)`. */

/** The variables and their values in one iteration. */
export type Assignment = readonly (readonly [name: string, value: string])[];

export interface Loop {
  /** `~SEQ`, `~SEQx` or `~LST`. */
  readonly keyword: string;
  /** At least one; may be more than anybody can count to. */
  readonly count: bigint;
  at(iteration: bigint): Assignment;
  /** Offset of the text that is repeated. */
  readonly end: number;
}

export function startsLoop(text: string): boolean {
  return text.startsWith('~SEQ') || text.startsWith('~LST');
}

/** The offset after the `)` that ends the parameters of a loop; null if there is none. */
export function loopEnd(text: string): number | null {
  const end = text.indexOf(')');
  return end < 0 ? null : end + 1;
}

/** The loop that a text begins with, its parameters substituted; a string says what is wrong with it. */
export function parseLoop(text: string, end: number): Loop | string {
  const head = /^(~SEQx?|~LST)[ \t]*\(/.exec(text);
  if (head === null || head[0].length >= end)
    return "it must be '~SEQ(VAR, [START, [STEP,]] END)' or '~LST(VAR, VALUE, ...)'";
  const keyword = head[1] ?? '';
  const inside = text.slice(head[0].length, end - 1);
  const loop = keyword === '~LST' ? parseList(inside) : parseSequence(inside, keyword === '~SEQx');
  return typeof loop === 'string' ? loop : { ...loop, keyword, end };
}

type Iterations = Pick<Loop, 'count' | 'at'>;

function parseSequence(inside: string, hexadecimal: boolean): Iterations | string {
  const [name = '', ...words] = inside.split(',').map((part) => part.trim());
  if (name === '' || words.length < 1 || words.length > 3) return 'it needs VAR, [START, [STEP,]] END';
  const numbers: bigint[] = [];
  for (const word of words) {
    const number = parseLong(word);
    if (number === null) return `'${word}' is no whole number`;
    numbers.push(number);
  }
  const end = numbers.at(-1) ?? 0n;
  const start = numbers.length > 1 ? (numbers[0] ?? 0n) : end < 0n ? -1n : 1n;
  const step = numbers.length > 2 ? (numbers[1] ?? 0n) : end >= start ? 1n : -1n;
  if (step === 0n) return 'a step of 0 never ends';
  if ((end - start) * step < 0n) return `a step of ${step} does not lead from ${start} to ${end}`;
  if (hexadecimal && (start < 0n || end < 0n)) return '~SEQx counts in positive numbers only';
  return {
    count: (end - start) / step + 1n,
    at: (iteration: bigint): Assignment => [
      [name, (start + iteration * step).toString(hexadecimal ? 16 : 10)],
    ],
  };
}

const LONG_MAX = 2n ** 63n - 1n;

/** As strtol with base 0: decimal, 0x hexadecimal, 0 octal; what is too large becomes the largest. */
function parseLong(word: string): bigint | null {
  const match = /^([+-]?)(?:0[xX]([0-9a-fA-F]+)|0([0-7]*)|([1-9][0-9]*))$/.exec(word);
  if (match === null) return null;
  const [, sign, hex, octal, decimal] = match;
  const digits =
    hex !== undefined
      ? `0x${hex}`
      : decimal !== undefined
        ? decimal
        : octal === undefined || octal === ''
          ? '0'
          : `0o${octal}`;
  const value = BigInt(digits);
  const clamped = value > LONG_MAX ? LONG_MAX : value;
  return sign === '-' ? -clamped : clamped;
}

function parseList(inside: string): Iterations | string {
  const [first, ...values] = splitList(inside);
  const names = first === undefined ? [] : tupleOf(first);
  if (names.length === 0 || names.some((name) => name === '')) return 'it needs the name of a variable';
  if (values.length === 0) return 'it needs at least one value';
  const tuples = values.map(tupleOf);
  for (const tuple of tuples) {
    if (tuple.length > names.length)
      return `${tuple.length} values for ${names.length} variable${names.length > 1 ? 's' : ''}`;
    if (tuple.some((value) => /[ \t]/.test(value))) return 'a value has no blanks in it';
  }
  return {
    count: BigInt(tuples.length),
    at: (iteration: bigint): Assignment => {
      const tuple = tuples[Number(iteration)] ?? [];
      return names.map((name, index) => [name, tuple[index] ?? ''] as const);
    },
  };
}

/** Parts between commas that are outside braces. */
function splitList(inside: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < inside.length; index++) {
    const character = inside[index];
    if (character === '{') depth++;
    else if (character === '}') depth--;
    else if (character === ',' && depth <= 0) {
      parts.push(inside.slice(start, index).trim());
      start = index + 1;
    }
  }
  parts.push(inside.slice(start).trim());
  return parts;
}

function tupleOf(part: string): string[] {
  if (!part.startsWith('{') || !part.endsWith('}')) return [part];
  return part
    .slice(1, -1)
    .split(',')
    .map((value) => value.trim());
}
