/** Virtual servers in the answer of a daemon: whether each has its quorum, its real servers, and what checks those. */
import type { Json } from '../protocol/json.ts';
import { formatDuration } from './time.ts';
import { protocolPath, quietStateInWords } from './words.ts';

interface CheckerStatus {
  readonly kind: string;
  readonly state: Json;
  readonly last: { readonly outcome: string; readonly code: string; readonly detail: string } | null;
  readonly retriesUsed: number;
  readonly retry: number;
  readonly isRunning: boolean;
  readonly endedAgoUs: number | null;
  readonly dueInUs: number | null;
}

interface RealServerStatus {
  readonly name: string;
  readonly state: Json;
  readonly weight: number;
  readonly checkers: readonly CheckerStatus[];
}

export interface VirtualServerStatus {
  readonly name: string;
  readonly state: Json;
  /** Of its real servers that are alive. */
  readonly weight: number;
  readonly quorum: number;
  /** Entries of the kernel's table, services and destinations; null: none is driven. */
  readonly table: { readonly wanted: number; readonly standing: number } | null;
  readonly realServers: readonly RealServerStatus[];
}

/** A name whose addresses are real servers. */
export interface NameStatus {
  readonly host: string;
  readonly family: string;
  readonly addresses: readonly string[];
  /** Why the last answer was of no use; null: it was. */
  readonly trouble: string | null;
  readonly dueInUs: number | null;
}

export function nameTable(names: readonly NameStatus[]): string[][] {
  return [
    ['name', 'family', 'addresses', 'last answer', 'next query'],
    ...names.map(({ host, family, addresses, trouble, dueInUs }) => [
      ...[host, family, addresses.join(' ') || '-', trouble ?? 'used'],
      dueInUs === null ? 'now' : `in ${formatDuration(Math.max(0, dueInUs))}`,
    ]),
  ];
}

const HEAD = ['virtual server', 'real server', 'state', 'weight', 'check', 'last probe', 'next probe'];

/** A line for each virtual server, one for each of its real servers, and one more for each further check of those. */
export function virtualServerTable(servers: readonly VirtualServerStatus[]): string[][] {
  return [HEAD, ...servers.flatMap(serverRows)];
}

function serverRows({ name, state, weight, quorum, table, realServers }: VirtualServerStatus): string[][] {
  const stands = table === null ? 'no IPVS table' : `table: ${table.standing} of ${table.wanted} entries`;
  const own = [name, '', protocolPath(state), `${weight} of ${quorum}`, stands, '', ''];
  return [own, ...realServers.flatMap(realRows)];
}

function realRows({ name, state, weight, checkers }: RealServerStatus): string[][] {
  const [first = ['-', '-', '-'], ...others] = checkers.map(checkCells);
  return [
    ['', name, quietStateInWords(state), String(weight), ...first],
    ...others.map((cells) => ['', '', '', '', ...cells]),
  ];
}

/** `: status 503`; what is to be said of a success, too. */
function why({ detail }: NonNullable<CheckerStatus['last']>): string {
  return detail === '' ? '' : `: ${detail}`;
}

function checkCells(checker: CheckerStatus): string[] {
  const { kind, state, last, retriesUsed, retry, isRunning, endedAgoUs, dueInUs } = checker;
  const tries =
    quietStateInWords(state) === 'passing (retrying)' ? `, ${retriesUsed} of ${retry} retries` : '';
  const ago = endedAgoUs === null ? '' : `, ${formatDuration(endedAgoUs)} ago`;
  return [
    `${kind} ${quietStateInWords(state)}${tries}`,
    last === null ? '-' : `${last.code}${why(last)}${ago}`,
    isRunning ? 'now' : dueInUs === null ? '-' : `in ${formatDuration(Math.max(0, dueInUs))}`,
  ];
}
