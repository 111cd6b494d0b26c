/** A sweep as a table. */
import { table } from '../output.ts';
import { formatDuration, formatWall } from '../time.ts';
import { type Figures, percentile } from './compare.ts';
import type { SweepReport } from './sweep.ts';

const durationOr = (us: number | null): string => (us === null ? '-' : formatDuration(us));

export function sweepLines(report: SweepReport, routers: number, utc: boolean): string[] {
  const { fromUs, toUs, keyword, proven, leftOut, instances, values, changes, assumptions } = report;
  const states = `${proven.states} changes of state came out as recorded`;
  const bound = proven.states === 0 ? '' : `, within ${formatDuration(Math.max(1, proven.largestUs))}`;
  const lines = [`${formatWall(fromUs, utc)} to ${formatWall(toUs, utc)}, lived again: ${states}${bound}`];
  if (leftOut.length > 0)
    lines.push(`Left out, because they did not: ${leftOut.length} of ${instances} instances (-o json)`);
  if (changes.length > 0) lines.push(`Changed in all but the first line: ${changes.join(', ')}`);
  const last = routers > 1 ? 'SEVERAL' : 'UNKNOWN';
  const head = [
    keyword,
    'FAILOVERS',
    'AFTER SILENCE',
    'FALSE',
    'SILENCE P50',
    'LONGEST',
    'NOBODY MASTER',
    last,
  ];
  const rows = values.map(({ value, figures }) => [value ?? 'recorded', ...cells(figures, routers)]);
  lines.push('', ...table([head, ...rows]));
  if (assumptions.length > 0) lines.push('', 'Assumed', ...assumptions.map((text) => `  ${text}`));
  return lines;
}

function cells(figures: Figures, routers: number): string[] {
  const { failovers, takeOvers, falseTakeOvers, detectionUs, nobodyUs, twoUs, unknownUs } = figures;
  return [
    ...[failovers, takeOvers, falseTakeOvers].map(String),
    durationOr(percentile(detectionUs, 0.5)),
    durationOr(percentile(detectionUs, 1)),
    formatDuration(nobodyUs),
    formatDuration(routers > 1 ? twoUs : unknownUs),
  ];
}

/** Without the thousands of single silences. */
export function sweepData(report: SweepReport): object {
  const values = report.values.map(({ value, figures: { detectionUs, ...figures } }) => ({
    value,
    ...figures,
    detectionP50Us: percentile(detectionUs, 0.5),
    detectionLongestUs: percentile(detectionUs, 1),
  }));
  return { ...report, values };
}
