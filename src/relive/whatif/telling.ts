/** What a changed history means, in lines for people. */
import { coloured, table } from '../output.ts';
import { formatClock, formatDuration, formatWall } from '../time.ts';
import { actorName, stateInWords } from '../words.ts';
import type { RoleChange } from './chronicle.ts';
import { type Difference, type Figures, percentile } from './compare.ts';
import { type Mismatch, TIME_BOUND_US } from './proof.ts';

/** The answer about one virtual router. */
export interface Answer {
  readonly actor: string;
  readonly recorded: Figures;
  readonly changed: Figures;
  readonly difference: Difference | null;
  /** From then on others hear something else of a router, and what they do about it is not known; null: never. */
  readonly unknownFromUs: number | null;
  readonly timeline: readonly RoleChange[];
}

export interface Report {
  readonly fromUs: number;
  readonly toUs: number;
  readonly routers: readonly string[];
  readonly changes: readonly string[];
  readonly proven: { readonly states: number; readonly largestUs: number };
  readonly mismatches: readonly Mismatch[];
  readonly answers: readonly Answer[];
  readonly assumptions: readonly string[];
}

const MOST_MISMATCHES = 5;

export function mismatchLines(mismatches: readonly Mismatch[], utc: boolean): string[] {
  const lines = mismatches.slice(0, MOST_MISMATCHES).flatMap(({ router, actor, recorded, lived }) => {
    const told = (side: Mismatch['recorded'], nothing: string): string =>
      side === null ? nothing : `${formatWall(side.atUs, utc)}  ${stateInWords(side.state)} on ${side.event}`;
    return [
      `  ${router} ${actorName(actor)}`,
      `    recorded     ${told(recorded, 'nothing more')}`,
      `    lived again  ${told(lived, 'nothing more')}`,
    ];
  });
  const more = mismatches.length - MOST_MISMATCHES;
  return more > 0 ? [...lines, `  and ${more} more (-o json)`] : lines;
}

export function reportLines(report: Report, utc: boolean): string[] {
  const { fromUs, toUs, proven, changes, answers, assumptions } = report;
  const states = `${proven.states} changes of state came out as recorded`;
  const bound =
    proven.states === 0 ? '' : `, in order and within ${formatDuration(Math.max(1, proven.largestUs))}`;
  const lines = [
    `${formatWall(fromUs, utc)} to ${formatWall(toUs, utc)}, lived again: ${states}${bound}`,
    `Changed: ${changes.join(', ') || 'nothing'}`,
  ];
  for (const answer of answers) lines.push('', ...answerLines(answer, report.routers.length, utc));
  if (assumptions.length > 0) lines.push('', 'Assumed', ...assumptions.map((text) => `  ${text}`));
  return lines;
}

function answerLines(answer: Answer, routers: number, utc: boolean): string[] {
  const { actor, recorded, changed, difference, unknownFromUs } = answer;
  const lines = [coloured('bold', actorName(actor)), ...figureLines(recorded, changed, routers)];
  lines.push(difference === null ? '  no change of role differs' : `  ${differenceInWords(difference, utc)}`);
  if (unknownFromUs !== null) {
    const from = formatClock(unknownFromUs, utc);
    lines.push(`  from ${from} on others hear something else: how they would have reacted is unknown`);
  }
  return lines;
}

function figureLines(recorded: Figures, changed: Figures, routers: number): string[] {
  const rows: [string, (figures: Figures) => string][] = [
    ['failovers', ({ failovers }) => String(failovers)],
    ['  after silence', ({ takeOvers }) => String(takeOvers)],
    ['  from a master that lived on', ({ falseTakeOvers }) => String(falseTakeOvers)],
    ['longest silence before a take-over', ({ detectionUs }) => durationOr(percentile(detectionUs, 1))],
    ['nobody was master', ({ nobodyUs }) => formatDuration(nobodyUs)],
    ...(routers > 1
      ? ([['several were', ({ twoUs }) => formatDuration(twoUs)]] as [string, (figures: Figures) => string][])
      : ([['unknown who was', ({ unknownUs }) => formatDuration(unknownUs)]] as [
          string,
          (figures: Figures) => string,
        ][])),
  ];
  return table([
    ['', 'recorded', 'changed'],
    ...rows.map(([name, of]) => [`  ${name}`, of(recorded), of(changed)]),
  ]);
}

const durationOr = (us: number | null): string => (us === null ? '-' : formatDuration(us));

/** `r2 became master at 03:00:13.775 instead of 03:00:17.023`. */
export function differenceInWords({ before, after }: Difference, utc: boolean): string {
  const at = (change: RoleChange): string => formatWall(change.atUs, utc);
  if (after === null && before !== null)
    return `first difference: ${before.router} ${became(before)} at ${at(before)}, and now does not`;
  if (after === null) return 'no difference';
  if (before === null)
    return `first difference: ${after.router} ${became(after)} at ${at(after)}, and had not (${after.event})`;
  const earlier = after.atUs < before.atUs;
  const byUs = Math.abs(after.atUs - before.atUs);
  return `first difference: ${after.router} ${became(after)} at ${at(after)}, ${formatDuration(byUs)} ${earlier ? 'earlier' : 'later'}`;
}

function became({ role, actor }: RoleChange): string {
  return role === 'gone' ? `ended (${actorName(actor)})` : `became ${role} of ${actorName(actor)}`;
}

/** What is always taken for granted, and what this life took for granted. */
export const EXACTNESS = `times may be ${formatDuration(TIME_BOUND_US)} apart`;
