/** Figures as people and programs see them. */
import { table } from '../output.ts';
import { formatDuration } from '../time.ts';
import { actorName } from '../words.ts';
import { type Group, percentile, ROLES } from './group.ts';
import type { Jitter, Stats } from './stats.ts';
import type { By } from './tally.ts';

/** Lines of a table; more with -o json. */
const SHOWN = 25;
const STEP_US = 10_000;

const share = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${((100 * part) / whole).toFixed(2)} %`;
const duration = (us: number | null): string => (us === null ? '-' : formatDuration(Math.round(us)));

/** `link.down 12, master.silent 3`, most first. */
function counted(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.length === 0 ? 'none' : sorted.map(([name, number]) => `${name} ${number}`).join(', ');
}

export function statsLines({ groups, verdicts, changes, explained, journals }: Stats, by: By): string[] {
  const { total, byName } = groups;
  const lines = [...table(totalRows(total))];
  for (const { node, bytes, days } of journals) {
    const daily = days < 0.5 ? '' : `, ${(bytes / days / 1e6).toFixed(1)} MB a day`;
    lines.push(
      `journal of ${node}: ${(bytes / 1e6).toFixed(1)} MB over ${formatDuration(Math.round(days * 86_400e6))}${daily}`,
    );
  }
  if (by === 'cause') {
    const which =
      explained < changes
        ? `${explained} of ${changes} changes of mastership, evenly chosen`
        : `all ${changes} changes of mastership`;
    lines.push('', `verdicts of why on ${which}`);
    const sorted = [...verdicts].sort(([, a], [, b]) => b - a);
    lines.push(
      ...table(sorted.map(([verdict, number]) => [`  ${verdict}`, String(number), share(number, explained)])),
    );
    return lines;
  }
  const header = [
    by.toUpperCase(),
    'FAILOVERS',
    'BETWEEN',
    'MEDIAN',
    'P99',
    'FLAPS',
    'MASTER',
    'BACKUP',
    'FAULT',
    'MASTER KNOWN',
    'STALLS',
  ];
  const named = [...byName];
  const sorted =
    by === 'day'
      ? named.sort(([a], [b]) => (a < b ? -1 : 1))
      : named.sort(([, a], [, b]) => b.failovers - a.failovers);
  const shown = by === 'day' ? sorted : sorted.slice(0, SHOWN);
  lines.push('', ...table([header, ...shown.map(([name, group]) => groupRow(name, group))]));
  if (sorted.length > shown.length) lines.push(`... and ${sorted.length - shown.length} more (-o json)`);
  return lines;
}

function totalRows(total: Group): string[][] {
  const { failovers, flaps, stalls, durationsUs, unmeasured, observedUs, timeUs, masterKnownUs } = total;
  const half = (at: number): string => duration(percentile(durationsUs, at));
  const unknown = unmeasured === 0 ? '' : `; ${unmeasured} not measured`;
  return [
    ['failovers', `${failovers}, ${duration(total.betweenFailoversUs)} of an instance's time between two`],
    [
      'failover time',
      `median ${half(0.5)}, 90 % ${half(0.9)}, 99 % ${half(0.99)}, longest ${half(1)} (last advert to addresses held, ${durationsUs.length} measured${unknown})`,
    ],
    ['became master', counted(total.gained)],
    ['no longer master', counted(total.lost)],
    ['flaps', `${flaps} masterships of less than a minute`],
    [
      'time',
      `${ROLES.map((role) => `${role} ${share(timeUs[role], observedUs)}`).join(', ')} of ${duration(observedUs)}`,
    ],
    ['master known', `${share(masterKnownUs, observedUs)} of that time: it was master, or heard one`],
    [
      'stalls',
      stalls.count === 0
        ? 'none'
        : `${stalls.count}, together ${duration(stalls.totalUs)}, longest ${duration(stalls.largestUs)}`,
    ],
    ['failed checks', counted(total.checks)],
  ];
}

function groupRow(name: string, group: Group): string[] {
  const { failovers, flaps, timeUs, observedUs, durationsUs, stalls } = group;
  return [
    name,
    String(failovers),
    duration(group.betweenFailoversUs),
    duration(percentile(durationsUs, 0.5)),
    duration(percentile(durationsUs, 0.99)),
    String(flaps),
    ...(['master', 'backup', 'fault'] as const).map((role) => share(timeUs[role], observedUs)),
    share(group.masterKnownUs, observedUs),
    stalls.count === 0 ? '-' : `${stalls.count} (${duration(stalls.largestUs)})`,
  ];
}

export function jitterLines(jitter: readonly Jitter[]): string[] {
  const worst = [...jitter].sort((a, b) => b.largestGapUs - a.largestGapUs).slice(0, SHOWN);
  const rows = worst.map(({ node, actor, direction, adverts, largestGapUs, buckets }) => [
    ...[node, actorName(actor), direction, String(adverts), formatDuration(largestGapUs)],
    histogram(buckets),
  ]);
  const more = jitter.length > worst.length ? [`... and ${jitter.length - worst.length} more (-o json)`] : [];
  return [
    '',
    ...table([
      ['NODE', 'INSTANCE', 'ADVERTS', 'NUMBER', 'LARGEST GAP', 'LARGEST GAP OF A RUN, RUNS'],
      ...rows,
    ]),
    ...more,
  ];
}

/** `1 s: 60, 1.01 s: 2`, the most frequent ones and the last. */
function histogram(buckets: ReadonlyMap<number, number>): string {
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const shown = sorted.length <= 5 ? sorted : [...sorted.slice(0, 4), ...sorted.slice(-1)];
  return shown
    .map(([us, runs]) => `${formatDuration(us)}..${formatDuration(us + STEP_US)}: ${runs}`)
    .join(', ');
}

const entriesOf = (counts: ReadonlyMap<unknown, number>): Record<string, number> =>
  Object.fromEntries(counts);

function dataOfGroup(name: string, group: Group): object {
  const { failovers, flaps, stalls, gained, lost, timeUs, masterKnownUs, checks, durationsUs, unmeasured } =
    group;
  return {
    ...{ name, failovers, flaps, stalls, timeUs, masterKnownUs, observedUs: group.observedUs, unmeasured },
    ...{ betweenFailoversUs: group.betweenFailoversUs, masterKnownShare: group.masterKnownShare },
    ...{ gained: entriesOf(gained), lost: entriesOf(lost), failedChecks: entriesOf(checks) },
    failoverUs: {
      measured: durationsUs.length,
      ...Object.fromEntries([0.5, 0.9, 0.99, 1].map((at) => [`p${at * 100}`, percentile(durationsUs, at)])),
    },
  };
}

export function dataOfStats(stats: Stats, jitter: readonly Jitter[] | null) {
  const { groups, verdicts, changes, explained, journals } = stats;
  return {
    total: dataOfGroup('total', groups.total),
    groups: [...groups.byName].map(([name, group]) => dataOfGroup(name, group)),
    ...{ verdicts: entriesOf(verdicts), changes, explained, journals },
    ...(jitter === null
      ? {}
      : { jitter: jitter.map((one) => ({ ...one, buckets: entriesOf(one.buckets) })) }),
  };
}
