/** What should stand in a router's table, by how servers are, what operators ordered, and the configuration. Knows nothing of statecharts. */
import type { ConfigSpec } from '../story/model.ts';
import type { CheckKind, ServerSpec, ServerTruth, ServiceSpec } from '../story/service-model.ts';
import { serverAddress, serverPort, serviceAddress } from '../story/service-text.ts';
import type { Host } from '../world/host.ts';
import { destinationName } from '../world/table-kernel.ts';

export function serviceKey(service: ServiceSpec, { instances }: ConfigSpec): string {
  return `[${serviceAddress(service, instances)}]:tcp:${serverPort}`;
}

function passes(kind: CheckKind, { answers, takesUs }: ServerTruth, timeoutS: number): boolean {
  if (answers === 'refuses' || answers === 'hangs') return false;
  if (answers === 'badPage') return kind !== 'pages';
  return takesUs < timeoutS * 1_000_000;
}

function orderOf({ premises }: Host, { number }: ServiceSpec, server: ServerSpec) {
  return premises.standing.get(`${number} ${server.number}`) ?? { duty: 'ready', weight: null };
}

/** Whether every check of it passes. */
export function isWell({ premises }: Host, service: ServiceSpec, { number, checks }: ServerSpec): boolean {
  const truth = premises.servers.of(serverAddress(number));
  return checks.every((kind) => passes(kind, truth, service.timeoutS));
}

export function isOrderedOut(host: Host, service: ServiceSpec, server: ServerSpec): boolean {
  return orderOf(host, service, server).duty !== 'ready';
}

/** Null: it serves nobody. */
export function weightOf(host: Host, service: ServiceSpec, server: ServerSpec): number | null {
  const { duty, weight: ordered } = orderOf(host, service, server);
  if (duty === 'maint' || !isWell(host, service, server)) return null;
  if (duty === 'drain') return 0;
  // A program says what it is to weigh, in place of the configuration and of operators (keepalived: it is added up).
  const said = host.premises.servers.of(serverAddress(server.number)).weight;
  return server.checks.includes('program') && said !== undefined ? said : (ordered ?? server.weight);
}

/** What all that serve weigh together. */
export function liveWeight(host: Host, service: ServiceSpec): number {
  return service.servers.reduce((sum, server) => sum + (weightOf(host, service, server) ?? 0), 0);
}

/** Null: with this hysteresis either may be. */
export function quorumOf(host: Host, service: ServiceSpec): boolean | null {
  const weight = liveWeight(host, service);
  if (weight === 0 || weight < service.quorum - service.hysteresis) return false;
  return weight >= service.quorum + service.hysteresis ? true : null;
}

/** Weights by destination. While there is no quorum the sorry server serves, and nobody else. */
export function wantedTable(
  host: Host,
  service: ServiceSpec,
  hasQuorum: boolean,
): ReadonlyMap<string, number> {
  const { servers, sorry } = service;
  const table = new Map<string, number>();
  const sorryServes = sorry !== undefined && !hasQuorum;
  for (const server of servers) {
    const weight = sorryServes ? null : weightOf(host, service, server);
    if (weight !== null) table.set(destinationName(server.number), weight);
    else if (server.inhibit) table.set(destinationName(server.number), 0);
  }
  if (sorryServes) table.set(destinationName(sorry.number), 1);
  else if (sorry?.inhibit) table.set(destinationName(sorry.number), 0);
  return table;
}
