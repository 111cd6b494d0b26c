/** The requests by which an empty table becomes the one that virtual servers want: what the executor would send. */
import type { Steps } from '../../config/steps.ts';
import type { ActorId } from '../../engine/types.ts';
import { type DestinationPlan, type ServicePlan, targetsOf } from '../../protocol/ipvs/plan.ts';
import { targetKey } from '../../protocol/ipvs/service.ts';
import { encodeRequest } from './request.ts';
import { type Entry, ServiceTable, type Weights } from './service-table.ts';

/** What one virtual server wants. */
export interface Wanted {
  readonly actor: ActorId;
  readonly service: ServicePlan;
  readonly destinations: readonly DestinationPlan[];
  readonly weights: Weights;
}

/** Payloads, in order. */
export interface StartTable {
  readonly services: readonly Uint8Array[];
  readonly servers: readonly Uint8Array[];
}

/** Services of `leftOut` are in nobody's part: half of what stands in one of them is not what stands in it. In steps. */
export function* startTable(
  wanted: Iterable<Wanted>,
  leftOut: readonly ServicePlan[],
): Steps<StartTable | null> {
  const foreign = new Set(leftOut.flatMap(({ ranges }) => ranges.flatMap(targetsOf)).map(targetKey));
  const table = new ServiceTable();
  const entries: Entry[] = [];
  for (const { actor, service, destinations, weights } of wanted) {
    const held = table.hold(actor, service, destinations, weights);
    for (const entry of held) if (!foreign.has(entry.key)) entries.push(entry);
    yield;
  }
  const services = yield* payloads(
    table,
    entries.filter(({ destination }) => destination === null),
  );
  const servers = yield* payloads(
    table,
    entries.filter(({ destination }) => destination !== null),
  );
  return services === null || servers === null ? null : { services, servers };
}

/** Null: one of them cannot be asked for. */
function* payloads(table: ServiceTable, entries: readonly Entry[]): Steps<readonly Uint8Array[] | null> {
  const found: Uint8Array[] = [];
  for (const entry of entries) {
    const request = table.requestFor(entry);
    yield;
    if (request === null) continue;
    const payload = encodeRequest(request);
    if (payload === null) return null;
    table.done(request);
    found.push(payload);
  }
  return found;
}
