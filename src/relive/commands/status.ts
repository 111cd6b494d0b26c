/** `relive status`: asks running daemons over their control sockets. */
import { Command } from 'commander';
import type { Json } from '../../protocol/json.ts';
import { askDaemon, socketOption, socketsOf } from '../ask-daemon.ts';
import { type NameStatus, nameTable, type VirtualServerStatus, virtualServerTable } from '../check-status.ts';
import { CliError, EXIT, type OutputOptions, print, talk, withOutput } from '../cli.ts';
import { coloured, colouredRole, table } from '../output.ts';
import { formatDuration } from '../time.ts';
import { type TrackerStatus, trackerTable } from '../tracker-status.ts';
import { protocolPath } from '../words.ts';

interface InstanceStatus {
  readonly name: string;
  readonly state: Json;
  readonly role: string;
  readonly interface: string;
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly master: { readonly source: string | null; readonly priority: number } | null;
  readonly lastAdvertAgoUs: number | null;
  readonly addresses: readonly string[];
  readonly faultReasons: readonly string[];
  /** The same with their times; older daemons do not say. `sinceUs`: how long it has held. */
  readonly faults?: readonly { readonly reason: string; readonly sinceUs: number }[];
  /** Whose first word it waits for; older daemons do not say. */
  readonly pending?: readonly string[];
}

interface SessionStatus {
  readonly name: string;
  readonly state: string;
  readonly neighbor: string;
  readonly diagnostic: string;
  readonly discriminator: number;
  readonly transmitIntervalUs: number | null;
  readonly detectUs: number | null;
  readonly remote: { readonly state: string; readonly discriminator: number } | null;
  readonly lastPacketAgoUs: number | null;
  readonly sinceUs: number | null;
  readonly error: string | null;
  readonly counters: {
    readonly received: number;
    readonly sent: number;
    readonly errors: Readonly<Record<string, number>>;
  } | null;
}

interface DaemonStatus {
  readonly node: string;
  readonly pid: number;
  readonly uptimeUs: number;
  readonly journal: {
    readonly state?: string;
    readonly error?: string | null;
    readonly lostRows?: number;
  } | null;
  readonly instances: readonly InstanceStatus[];
  /** BFD; older daemons do not have it. */
  readonly sessions?: readonly SessionStatus[];
  readonly trackers?: readonly TrackerStatus[];
  readonly virtualServers?: readonly VirtualServerStatus[];
  readonly names?: readonly NameStatus[];
}

interface StatusOptions extends OutputOptions {
  readonly socket: readonly string[];
}

export function statusCommand(): Command {
  const command = new Command('status')
    .description('what the running daemon is doing now')
    .addOption(socketOption());
  return withOutput(command).action(run);
}

async function run(options: StatusOptions): Promise<void> {
  const paths = await socketsOf(options);
  const answers = await Promise.allSettled(paths.map(ask));
  const found: DaemonStatus[] = [];
  for (const answer of answers) {
    if (answer.status === 'fulfilled') found.push(answer.value);
    else talk(`relive: ${answer.reason instanceof Error ? answer.reason.message : String(answer.reason)}`);
  }
  if (options.output === 'json') print(JSON.stringify(found, null, 2));
  else if (options.output === 'jsonl') for (const status of found) print(JSON.stringify(status));
  else for (const line of statusLines(found)) print(line);
  if (found.length < paths.length)
    throw new CliError(EXIT.error, found.length === 0 ? 'no daemon answers' : 'not every daemon answers');
}

async function ask(path: string): Promise<DaemonStatus> {
  const value: Partial<DaemonStatus> = await askDaemon(path, { command: 'status' });
  if (!Array.isArray(value.instances) || typeof value.node !== 'string')
    throw new Error('not an answer of relived');
  return value as DaemonStatus;
}

function statusLines(daemons: readonly DaemonStatus[]): string[] {
  const lines: string[] = [];
  for (const { node, pid, uptimeUs, journal, instances, ...more } of daemons) {
    const { sessions = [], trackers = [], virtualServers = [], names = [] } = more;
    if (lines.length > 0) lines.push('');
    const state = journal?.state ?? 'unknown';
    const trouble =
      state === 'degraded'
        ? coloured('yellow', `journal degraded: ${journal?.error ?? ''}`)
        : `journal ${state}`;
    lines.push(`${coloured('bold', node)}  process ${pid}, up ${formatDuration(uptimeUs)}, ${trouble}`);
    const head = [
      'instance',
      'role',
      'state',
      'priority',
      'interface',
      'master',
      'last advert',
      'holds',
      'faults',
    ];
    if (instances.length > 0) lines.push(...table([head, ...instances.map(instanceCells)]));
    if (trackers.length > 0) lines.push(...table(trackerTable(trackers)));
    if (sessions.length > 0) lines.push(...table([SESSION_HEAD, ...sessions.map(sessionCells)]));
    if (virtualServers.length > 0) lines.push(...table(virtualServerTable(virtualServers)));
    if (names.length > 0) lines.push(...table(nameTable(names)));
  }
  return lines;
}

function instanceCells(instance: InstanceStatus): string[] {
  const { name, role, state, priority, master, lastAdvertAgoUs, addresses } = instance;
  return [
    name,
    colouredRole(role),
    protocolPath(state),
    String(priority),
    `${instance.interface} vrid ${instance.virtualRouterId}`,
    master === null ? '-' : `${master.source ?? '?'} (${master.priority})`,
    lastAdvertAgoUs === null ? '-' : `${formatDuration(lastAdvertAgoUs)} ago`,
    addresses.join(' ') || '-',
    standsAgainst(instance).join(', ') || '-',
  ];
}

/**
 * Every open reason with how long it has held, and whom it waits for: without one of them nothing keeps it from taking part.
 */
function standsAgainst({ faultReasons, faults = [], pending = [] }: InstanceStatus): string[] {
  const reasons = faultReasons.map((reason) => {
    const known = faults.find((fault) => fault.reason === reason);
    return known === undefined ? reason : `${reason} for ${formatDuration(known.sinceUs)}`;
  });
  return [...reasons, ...pending.map((actor) => `waits for ${actor}`)];
}

const SESSION_HEAD = [
  'bfd session',
  'state',
  'since',
  'neighbor',
  'is',
  'discriminators',
  'sends every',
  'detects in',
  'last packet',
  'received/sent/discarded',
  'remark',
];

function sessionCells(session: SessionStatus): string[] {
  const { name, state, neighbor, remote, counters, error, diagnostic } = session;
  const since = (us: number | null): string => (us === null ? '-' : formatDuration(us));
  const discarded = Object.values(counters?.errors ?? {}).reduce((sum, count) => sum + count, 0);
  return [
    name,
    coloured(state === 'up' ? 'green' : 'yellow', state),
    since(session.sinceUs),
    neighbor,
    remote?.state ?? '-',
    `${hex(session.discriminator)}/${hex(remote?.discriminator ?? 0)}`,
    since(session.transmitIntervalUs),
    since(session.detectUs),
    session.lastPacketAgoUs === null ? '-' : `${formatDuration(session.lastPacketAgoUs)} ago`,
    counters === null ? '-' : `${counters.received}/${counters.sent}/${discarded}`,
    error ?? (state === 'up' ? '-' : diagnostic),
  ];
}

function hex(discriminator: number): string {
  return `0x${discriminator.toString(16).padStart(8, '0')}`;
}
