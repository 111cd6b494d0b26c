/** What a merged timeline comes down to: two masters, no master, and how well the clocks are known. */
import type { ClockRelation } from '../clocks/clock-fit.ts';
import { relationInWords } from '../clocks/words.ts';
import { coloured } from '../output.ts';
import { formatDuration, formatWall } from '../time.ts';
import { type Instant, lengthOf, type Mastership, type SplitBrain, type Vacancy } from './mastership.ts';
import type { Node } from './timeline.ts';

/** Of each kind so many are shown to people. */
const SHOWN = 20;
/** Times at which the relation of two clocks is looked at. */
const LOOKS = 24;

export interface ClockSummary {
  readonly reference: string;
  readonly measured: string;
  /** Where the bounds are closest, and where they are widest. */
  readonly best: ClockRelation;
  readonly bestAtUs: number;
  readonly worst: ClockRelation;
  /** How far the measured clock was set, and when by its new time. */
  readonly steps: readonly { readonly wallUs: number; readonly byUs: number }[];
}

const width = ({ leastUs, mostUs }: ClockRelation): number => mostUs - leastUs;

/** Every node's clock against the first one's, over the times of the measured node from `fromUs` to `toUs`. */
export function clockSummaries(nodes: readonly Node[], fromUs: number, toUs: number): ClockSummary[] {
  const [reference, ...others] = nodes;
  if (reference === undefined) return [];
  return others.flatMap(({ label, fit }) => {
    if (fit === null) return [];
    const looks = Array.from({ length: LOOKS + 1 }, (_, i) =>
      fit.fromReference(fromUs + ((toUs - fromUs) * i) / LOOKS),
    );
    const relations = looks.map((atUs) => ({ atUs, relation: fit.relationAt(atUs) }));
    const sorted = relations.sort(
      (a, b) => rank(a.relation) - rank(b.relation) || width(a.relation) - width(b.relation),
    );
    const [best, worst] = [sorted[0], sorted.at(-1)];
    if (best === undefined || worst === undefined) return [];
    const steps = fit.measured.clock.steps();
    return [
      {
        reference: reference.label,
        measured: label,
        best: best.relation,
        bestAtUs: best.atUs,
        worst: worst.relation,
        steps,
      },
    ];
  });
}

const RANKS = { 'one-clock': 0, 'two-sided': 1, 'one-sided': 2, unknown: 3 } as const;
const rank = ({ kind }: ClockRelation): number => RANKS[kind];

export function clockLines(summaries: readonly ClockSummary[], utc: boolean): string[] {
  return summaries.flatMap(({ reference, measured, best, bestAtUs, worst, steps }) => {
    const words = relationInWords(best, reference, measured);
    const where =
      best.kind === 'two-sided' ? ` (at ${formatWall(bestAtUs, utc)}; ${worstInWords(worst)})` : '';
    const set = steps.map(
      ({ wallUs, byUs }) =>
        `clock of ${measured} was set ${byUs < 0 ? 'back' : 'forward'} by ${formatDuration(Math.abs(byUs))} before ${formatWall(wallUs, utc)}`,
    );
    return [`clocks: ${words}${where}`, ...set];
  });
}

function worstInWords(worst: ClockRelation): string {
  const errorUs = width(worst) / 2;
  return Number.isFinite(errorUs)
    ? `nowhere worse than +- ${formatDuration(Math.ceil(errorUs))}`
    : 'not bounded at every time';
}

function lengthInWords(span: { from: Instant; to: Instant }): string {
  const us = span.to.us - span.from.us;
  const { leastUs, mostUs } = lengthOf(span);
  const errorUs = (mostUs - leastUs) / 2;
  const error = !Number.isFinite(errorUs)
    ? ` (at least ${formatDuration(Math.max(0, Math.round(leastUs)))})`
    : errorUs >= 1000
      ? ` +- ${formatDuration(Math.ceil(errorUs))}`
      : '';
  return `${(us / 1000).toFixed(0)} ms${error}`;
}

export function mastershipLines(mastership: Mastership, utc: boolean): string[] {
  const { splitBrains, vacancies, more, handovers } = mastership;
  const lines: string[] = [];
  const span = ({ from, to }: SplitBrain | Vacancy): string =>
    `${formatWall(from.us, utc)} .. ${formatWall(to.us, utc)}`;
  for (const split of splitBrains.slice(0, SHOWN)) {
    const text = `two masters of ${split.router}: ${split.nodes.join(' and ')}, ${lengthInWords(split)}`;
    lines.push(`${span(split)}  ${coloured('red', text)}`);
  }
  lines.push(...further(splitBrains.length, 'times with two masters'));
  for (const vacancy of vacancies.slice(0, SHOWN)) {
    const [before, after] = vacancy.nodes;
    const text = `no master of ${vacancy.router}: after ${before}, until ${after}, ${lengthInWords(vacancy)}`;
    lines.push(`${span(vacancy)}  ${coloured('yellow', text)}`);
  }
  lines.push(...further(vacancies.length, 'times without a master'));
  for (const { router, node, since } of mastership.vacant())
    lines.push(
      `${formatWall(since.us, utc)} ..  ${coloured('yellow', `no master of ${router} among these nodes since ${node}`)}`,
    );
  const foreign = mastership.foreignRouters();
  if (foreign.length > 0) {
    const named =
      foreign.slice(0, 3).join(', ') + (foreign.length > 3 ? ` and ${foreign.length - 3} more` : '');
    lines.push(
      `whether there was a master of ${named} at every time is unknown: routers take part whose journals are not here`,
    );
  }
  if (more > 0) lines.push(`${more} more of either kind were not kept`);
  if (splitBrains.length === 0) {
    const between = handovers === 0 ? '' : ` (${handovers} handover${handovers === 1 ? '' : 's'})`;
    lines.push(`never two masters of one virtual router among these nodes${between}`);
  }
  return lines;
}

function further(count: number, what: string): string[] {
  return count > SHOWN ? [`... and ${count - SHOWN} more ${what} (-o json)`] : [];
}
