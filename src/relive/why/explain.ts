/** From a change of mastership to its explanation, and to at most 25 lines. */
import { coloured } from '../output.ts';
import { formatClock, formatWall } from '../time.ts';
import { roleOf } from '../words.ts';
import { explainGain } from './gained.ts';
import { explainGap, lossBefore } from './gap.ts';
import { explainEnd, explainLoss } from './lost.ts';
import type { Change, Explanation, Step, Witness } from './model.ts';
import { Telling } from './telling.ts';

export const MAX_LINES = 25;
const MAX_STEPS = 11;
const MAX_ITEMS = 3;

export function explain(change: Change, witnesses: readonly Witness[]): Explanation {
  const telling = new Telling(change, witnesses);
  if (change.kind === 'end') return explainEnd(telling, change);
  const gap = lossBefore(change.witness, change.row);
  if (gap !== null) return explainGap(telling, change, gap);
  const isGain = change.row.kind !== 'crash' && roleOf(change.row.state) === 'master';
  return isGain ? explainGain(telling, change) : explainLoss(telling, change);
}

/** At most 25 lines: verdict, chain, what is missing, what would have helped, what is not known. */
export function explanationLines(explanation: Explanation, utc: boolean): string[] {
  const { sentence, wallUs, chain, missing, prevention, unknown } = explanation;
  const lines = [coloured('bold', `${formatWall(wallUs, utc)}  ${sentence}.`), ''];
  lines.push('How it came about', ...chainLines(chain, utc));
  section(lines, 'What should have come and did not', missing);
  section(
    lines,
    isAbsence(explanation) ? 'What would make it master' : 'What would have prevented it',
    prevention,
  );
  section(lines, 'What is not known', unknown);
  return lines.slice(0, MAX_LINES);
}

const ABSENCES: readonly string[] = [
  ...['not-running', 'faulty', 'startup-delay', 'preempt-delay'],
  ...['nopreempt', 'outranked', 'group-waits', 'waiting'],
];

const isAbsence = ({ verdict }: Explanation): boolean => ABSENCES.includes(verdict);

function section(lines: string[], title: string, items: readonly string[]): void {
  if (items.length > 0) lines.push(title, ...items.slice(0, MAX_ITEMS).map((item) => `  ${item}`));
}

/** A chain too long for the page loses its middle: the root and the end are what it is for. */
function chainLines(chain: readonly Step[], utc: boolean): string[] {
  const names = Math.max(0, ...chain.map(({ node }) => node.length));
  const seqs = Math.max(0, ...chain.map(({ seq }) => (seq === null ? 0 : `@${seq}`.length)));
  const lines = chain.map(({ node, seq, wallUs, text, isRoot }) => {
    const time = wallUs === null ? ''.padEnd(12) : formatClock(wallUs, utc).slice(0, 12);
    const position = (seq === null ? '' : `@${seq}`).padEnd(seqs);
    const mark = isRoot ? coloured('yellow', '  <- from outside') : '';
    return `  ${time}  ${node.padEnd(names)}  ${position}  ${text}${mark}`;
  });
  if (lines.length <= MAX_STEPS) return lines;
  const left = lines.length - MAX_STEPS + 1;
  return [...lines.slice(0, 4), `  ... ${left} steps (-o json) ...`, ...lines.slice(4 + left)];
}
