/** Instances that cannot run beside each other. */
import type { VrrpInstanceConfig } from './model.ts';
import type { Problems } from './problems.ts';
import type { ResolvedInstance } from './resolve-instance.ts';

/** Two virtual routers with one VRID would hear each other's adverts as their own: keepalived refuses to start. */
export function reportConflicts(instances: readonly ResolvedInstance[], problems: Problems): void {
  const taken = new Map<string, ResolvedInstance>();
  for (const instance of instances) {
    const wires = wiresOf(instance.config);
    const rival = wires.map((wire) => taken.get(wire)).find((other) => other !== undefined);
    if (rival !== undefined) report(rival, instance, problems);
    for (const wire of wires) if (!taken.has(wire)) taken.set(wire, instance);
  }
}

/** What no other instance may use. Multicast: VRID and interface. Unicast: VRID, local address and each peer. */
function wiresOf(config: VrrpInstanceConfig): string[] {
  const { virtualRouterId, sourceAddress, unicastPeers } = config;
  if (unicastPeers.length === 0) return [`${virtualRouterId} multicast ${config.interface}`];
  const local = sourceAddress ?? `of ${config.interface}`;
  return unicastPeers.map((peer) => `${virtualRouterId} unicast ${local} to ${peer}`);
}

function report(first: ResolvedInstance, second: ResolvedInstance, problems: Problems): void {
  const { file, number } = first.routerIdPlace.line;
  const { virtualRouterId, unicastPeers } = second.config;
  const where = unicastPeers.length > 0 ? 'with a common peer' : `on ${second.config.interface}`;
  const owner = `'${first.config.name}' (${file}:${number})`;
  problems.add({
    severity: 'error',
    code: 'duplicate-router-id',
    place: second.routerIdPlace,
    message: `virtual_router_id ${virtualRouterId} is used ${where} by ${owner} already`,
  });
}
