import type { AnnouncingInput } from '../../machines/vrrp/input/announcing.ts';
import type { DeviceInput } from '../../machines/vrrp/input/device.ts';
import type { ObjectsInput } from '../../machines/vrrp/input/objects.ts';
import type { GarpPace, VirtualAddress } from '../../machines/vrrp/vrrp.effects.ts';
import type { ConfigTree, VrrpInstanceConfig } from '../model.ts';

interface Context {
  readonly instance: VrrpInstanceConfig;
  readonly own: string;
  readonly device: DeviceInput;
  readonly objects: ObjectsInput;
  readonly tree: ConfigTree;
}

export function announcingInput(context: Context): AnnouncingInput {
  const { instance } = context;
  return {
    garpMasterRepeat: instance.garp_master_repeat,
    garpMasterDelayUs: instance.garp_master_delay,
    garpRefreshUs: instance.garp_master_refresh,
    garpRefreshRepeat: instance.garp_master_refresh_repeat,
    garpLowerPriorityRepeat: instance.garp_lower_prio_repeat,
    garpLowerPriorityDelayUs: instance.garp_lower_prio_delay,
    garpExtra: extraInterfaces(context),
    garpPaces: paces(context),
  };
}

function heldAddresses({ objects }: Context): readonly VirtualAddress[] {
  return [...objects.addresses, ...objects.excludedAddresses];
}

/**
 * keepalived: the first address of each interface that no advert leaves from; of interfaces that are not made for
 * virtual routers only with `all`.
 */
function extraInterfaces(context: Context): AnnouncingInput['garpExtra'] {
  const { device, instance } = context;
  const extra = instance.garp_extra_if;
  if (extra === null || extra.intervalUs === 0) return null;
  const made = new Set(device.devices.map(({ name }) => name));
  const first = new Map<string, VirtualAddress>();
  for (const vip of heldAddresses(context)) {
    const isWanted = extra.all || made.has(vip.interface);
    if (isWanted && vip.interface !== device.advertInterface && !first.has(vip.interface)) {
      first.set(vip.interface, vip);
    }
  }
  return first.size === 0 ? null : { everyUs: extra.intervalUs, addresses: [...first.values()] };
}

/**
 * keepalived: a garp_group limits its interfaces together, the global intervals every other interface for itself; what
 * sits on an interface shares its limit.
 */
function paces(context: Context): readonly GarpPace[] {
  const { own, device, tree } = context;
  const [globals] = tree.global_defs;
  const names = new Set([own, ...heldAddresses(context).map((vip) => vip.interface)]);
  return [...names].flatMap((name): GarpPace[] => {
    const base = device.devices.find((candidate) => candidate.name === name)?.base ?? name;
    const group = tree.garp_group.find((candidate) => membersOf(candidate).includes(base));
    const pace = {
      interface: name,
      limiter: group === undefined ? base : membersOf(group).join(' '),
      arpIntervalUs: (group === undefined ? globals?.vrrp_garp_interval : group.garp_interval) ?? 0,
      advertisementIntervalUs: (group === undefined ? globals?.vrrp_gna_interval : group.gna_interval) ?? 0,
    };
    return pace.arpIntervalUs === 0 && pace.advertisementIntervalUs === 0 ? [] : [pace];
  });
}

function membersOf(group: ConfigTree['garp_group'][number]): readonly string[] {
  return [...group.interface, ...group.interfaces.flat()];
}
