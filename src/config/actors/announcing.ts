import type { AnnouncingInput } from '../../machines/vrrp/input/announcing.ts';
import type { GarpPace, VirtualAddress } from '../../machines/vrrp/vrrp.effects.ts';
import type { ConfigTree, VrrpInstanceConfig } from '../model.ts';

export function announcingInput(
  instance: VrrpInstanceConfig,
  own: string,
  addresses: readonly VirtualAddress[],
  tree: ConfigTree,
): AnnouncingInput {
  return {
    garpMasterRepeat: instance.garp_master_repeat,
    garpMasterDelayUs: instance.garp_master_delay,
    garpRefreshUs: instance.garp_master_refresh,
    garpRefreshRepeat: instance.garp_master_refresh_repeat,
    garpLowerPriorityRepeat: instance.garp_lower_prio_repeat,
    garpLowerPriorityDelayUs: instance.garp_lower_prio_delay,
    garpExtra: extraInterfaces(instance, own, addresses),
    garpPaces: paces([own, ...addresses.map((vip) => vip.interface)], tree),
  };
}

/** keepalived: the first address of each interface that is not the instance's own. */
function extraInterfaces(
  { garp_extra_if: extra }: VrrpInstanceConfig,
  own: string,
  addresses: readonly VirtualAddress[],
): AnnouncingInput['garpExtra'] {
  if (extra === null || extra.intervalUs === 0 || !extra.all) return null;
  const first = new Map<string, VirtualAddress>();
  for (const vip of addresses) {
    if (vip.interface !== own && !first.has(vip.interface)) first.set(vip.interface, vip);
  }
  return first.size === 0 ? null : { everyUs: extra.intervalUs, addresses: [...first.values()] };
}

/** keepalived: a garp_group limits its interfaces together; the global intervals every other interface for itself. */
function paces(
  interfaces: readonly string[],
  { garp_group: groups, global_defs: [globals] }: ConfigTree,
): readonly GarpPace[] {
  return [...new Set(interfaces)].flatMap((name): GarpPace[] => {
    const group = groups.find((candidate) => membersOf(candidate).includes(name));
    const pace = {
      interface: name,
      limiter: group === undefined ? name : membersOf(group).join(' '),
      arpIntervalUs: (group === undefined ? globals?.vrrp_garp_interval : group.garp_interval) ?? 0,
      advertisementIntervalUs: (group === undefined ? globals?.vrrp_gna_interval : group.gna_interval) ?? 0,
    };
    return pace.arpIntervalUs === 0 && pace.advertisementIntervalUs === 0 ? [] : [pace];
  });
}

function membersOf(group: ConfigTree['garp_group'][number]): readonly string[] {
  return [...group.interface, ...group.interfaces.flat()];
}
