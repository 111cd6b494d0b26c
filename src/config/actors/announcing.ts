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
 * virtual routers only with `all`. The device of use_vmac alone, whose adverts leave from its base, is no reason to begin.
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
  const main = instance.use_vmac === null ? null : device.devices[0]?.name;
  const isWorthIt = [...first.keys()].some((name) => name !== main);
  return !isWorthIt ? null : { everyUs: extra.intervalUs, addresses: [...first.values()] };
}

/** The least distance in time between the gratuitous ARPs, and between the advertisements, of an interface. */
export type GarpLimit = Omit<GarpPace, 'interface'>;

/**
 * keepalived: a garp_group limits its interfaces together, the global intervals every other interface for itself. null:
 * no limit.
 */
export function garpLimit(tree: ConfigTree, base: string): GarpLimit | null {
  const [globals] = tree.global_defs;
  const group = tree.garp_group.find((candidate) => garpGroupMembers(candidate).includes(base));
  const limit = {
    limiter: group === undefined ? base : garpGroupMembers(group).join(' '),
    arpIntervalUs: (group === undefined ? globals?.vrrp_garp_interval : group.garp_interval) ?? 0,
    advertisementIntervalUs: (group === undefined ? globals?.vrrp_gna_interval : group.gna_interval) ?? 0,
  };
  return limit.arpIntervalUs === 0 && limit.advertisementIntervalUs === 0 ? null : limit;
}

/** What sits on an interface shares its limit. */
function paces(context: Context): readonly GarpPace[] {
  const { own, device, tree } = context;
  const names = new Set([own, ...heldAddresses(context).map((vip) => vip.interface)]);
  return [...names].flatMap((name): GarpPace[] => {
    const base = device.devices.find((candidate) => candidate.name === name)?.base ?? name;
    const limit = garpLimit(tree, base);
    return limit === null ? [] : [{ interface: name, ...limit }];
  });
}

/** Its interfaces, in the order of the file. */
export function garpGroupMembers(group: ConfigTree['garp_group'][number]): readonly string[] {
  return [...group.interface, ...group.interfaces.flat()];
}
