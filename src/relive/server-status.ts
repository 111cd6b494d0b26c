/** Virtual servers in the answer of a daemon: each with its real servers, and what their checks have seen last. */
import type { Json } from '../protocol/json.ts';
import { formatDuration } from './time.ts';
import { stateText } from './tracker-status.ts';

interface CheckerStatus {
  readonly kind: string;
  readonly state: Json;
  readonly last: { readonly code: string; readonly detail: string; readonly durationUs: number } | null;
  readonly retriesUsed: number;
  readonly retry: number;
  readonly runs: number;
  readonly endedAgoUs: number | null;
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
  /** Of real servers that are alive, together. */
  readonly weight: number;
  readonly quorum: number;
  readonly realServers: readonly RealServerStatus[];
}

const HEAD = ['server', 'state', 'weight', 'check', 'last probe', 'probes'];

/** Real servers are indented under their virtual server; one that has several checks has a row for each. */
export function serverTable(servers: readonly VirtualServerStatus[]): string[][] {
  return [HEAD, ...servers.flatMap((server) => [serviceCells(server), ...server.realServers.flatMap(realCells)])];
}

function serviceCells({ name, state, weight, quorum }: VirtualServerStatus): string[] {
  return [name, stateText(state), `${weight}, quorum ${quorum}`, '-', '-', '-'];
}

function realCells({ name, state, weight, checkers }: RealServerStatus): string[][] {
  const own = [`  ${name}`, stateText(state), String(weight)];
  const [first, ...more] = checkers.map(checkerCells);
  return [[...own, ...(first ?? ['-', '-', '-'])], ...more.map((cells) => ['', '', '', ...cells])];
}

function checkerCells({ kind, state, last, runs, endedAgoUs, retriesUsed, retry }: CheckerStatus): string[] {
  const text = stateText(state);
  const tries = text.includes('retrying') ? ` ${retriesUsed} of ${retry}` : '';
  return [`${kind} ${text}${tries}`, lastProbe(last, endedAgoUs), String(runs)];
}

function lastProbe(last: CheckerStatus['last'], endedAgoUs: number | null): string {
  if (last === null || endedAgoUs === null) return '-';
  const what = last.detail === '' ? last.code : `${last.code} ${last.detail}`;
  return `${what} in ${formatDuration(last.durationUs)}, ${formatDuration(endedAgoUs)} ago`;
}
