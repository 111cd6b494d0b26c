/** What a change in the Linux kernel's tables means to a VRRP instance: the decisions between netlink and the chart. */
import { type IpFamily, isLinkLocalIpv6 } from '../../protocol/ip.ts';
import { deletedOf, type GoneObject, trackedInterfaces } from '../kernel-objects.ts';
import { heldAddresses, heldObjects, type ObjectsInput } from './input/objects.ts';
import type { VrrpEvent } from './vrrp.events.ts';
import type { VrrpInput } from './vrrp.input.ts';

/** An interface as netlink last described it. */
export interface InterfaceView {
  /** IFF_UP and IFF_RUNNING. */
  readonly up: boolean;
  /** Addresses of both families in the kernel's order. */
  readonly addresses: readonly string[];
  /** Interface that a macvlan or ipvlan sits on, which has to be up too; null for all others. */
  readonly base: string | null;
}

/** An interface that does not exist. */
export const ABSENT_INTERFACE: InterfaceView = { up: false, addresses: [], base: null };

/** The machine as one instance sees it. */
export interface KernelView {
  readonly interfaces: ReadonlyMap<string, InterfaceView>;
  /** Virtual addresses that any instance puts on the instance's interface. */
  readonly virtualAddresses: ReadonlySet<string>;
}

/** What an instance needs of the machine, and has or has not. */
export interface Standing {
  /** Interfaces of the instance that cannot be used. */
  readonly down: readonly string[];
  /** Where its adverts come from; null: nothing to send from, which is a FAULT. */
  readonly sourceAddress: string | null;
  /** Its own devices that have been up since they were made: only of those is it news that they are down. */
  readonly devicesUp: readonly string[];
}

type Concerned = Pick<
  VrrpInput,
  'interface' | 'sourceAddress' | 'unicastPeers' | 'family' | 'devices' | keyof ObjectsInput
>;

/**
 * The interface of the adverts, those that carry virtual addresses, and those of routes, rules and groups. keepalived
 * watches them all: an address on a dead link serves nobody, and another router may have a living one. With dont_track_primary the instance's own
 * interface does not matter, even where it carries addresses.
 */
export function interfacesOf(input: Concerned): readonly string[] {
  const all = new Set([
    input.interface,
    ...input.devices.map(({ base }) => base),
    ...trackedInterfaces(heldObjects(input)),
    ...input.groupInterfaces,
  ]);
  if (!input.tracksPrimary) all.delete(input.interface);
  // Unicast may do without an interface.
  all.delete('');
  return [...all];
}

/** An interface is as good as the one it sits on. */
function isUp(interfaces: KernelView['interfaces'], name: string): boolean {
  const view = interfaces.get(name) ?? ABSENT_INTERFACE;
  return view.up && (view.base === null || interfaces.get(view.base)?.up === true);
}

function isFamily(address: string, family: IpFamily): boolean {
  return address.includes(':') === (family === 'inet6');
}

/**
 * keepalived: a configured source is used as it is. Multicast can be sent from any address, unless track_src_ip says that
 * it must be there; unicast cannot be answered unless this machine holds it, on whatever interface.
 */
function configuredSource(
  input: Concerned,
  interfaces: KernelView['interfaces'],
  configured: string,
): string | null {
  const own = (interfaces.get(input.interface) ?? ABSENT_INTERFACE).addresses;
  if (own.includes(configured)) return configured;
  if (input.unicastPeers.length === 0) return input.tracksSource ? null : configured;
  // The same link-local address on another link is another address.
  if (input.interface !== '' && isLinkLocalIpv6(configured)) return null;
  return [...interfaces.values()].some((view) => view.addresses.includes(configured)) ? configured : null;
}

/** An ipvlan shares the MAC address of its base and nothing else: it has addresses of its own (keepalived behaviour). */
function sourceInterface({ devices, interface: configured }: Concerned): string {
  return devices.find(({ device }) => device.kind === 'ipvlan')?.name ?? configured;
}

/**
 * Without a configured one: an address of the interface that is not virtual, of IPv6 a link-local one (RFC 9568 section
 * 5.1.2.1). A better candidate is no reason to change the address that peers know, while the former one is there.
 * keepalived: the first at start; once it is deleted, the last.
 */
function chooseSourceAddress(
  input: Concerned,
  { interfaces, virtualAddresses }: KernelView,
  former: string | null,
): string | null {
  if (input.sourceAddress !== null) return configuredSource(input, interfaces, input.sourceAddress);
  const own = (interfaces.get(sourceInterface(input)) ?? ABSENT_INTERFACE).addresses;
  if (former !== null && own.includes(former)) return former;
  const virtual = new Set(heldAddresses(input).map((vip) => vip.address));
  const usable = own.filter(
    (address) =>
      isFamily(address, input.family) &&
      (input.family === 'inet' || isLinkLocalIpv6(address)) &&
      !virtual.has(address) &&
      !virtualAddresses.has(address),
  );
  return (former === null ? usable[0] : usable.at(-1)) ?? null;
}

/** `former` is the standing before the change, null at start. */
export function standingOf(input: Concerned, view: KernelView, former: Standing | null): Standing {
  const devices = input.devices.map(({ name }) => name);
  const devicesUp = devices.filter(
    (name) =>
      view.interfaces.has(name) && (isUp(view.interfaces, name) || former?.devicesUp.includes(name) === true),
  );
  const counts = (name: string): boolean => !devices.includes(name) || devicesUp.includes(name);
  return {
    devicesUp,
    down: interfacesOf(input).filter((name) => counts(name) && !isUp(view.interfaces, name)),
    sourceAddress: chooseSourceAddress(input, view, former?.sourceAddress ?? null),
  };
}

/** How long the machine and this program have been running. */
export type Uptimes = { readonly machineUptimeUs: number; readonly processUptimeUs: number };

/** First fact of an instance. The uptimes only count where a delay of the start is configured. */
export function startFact(
  { startupDelayUs, delayAfterBootUs }: Pick<VrrpInput, 'startupDelayUs' | 'delayAfterBootUs'>,
  { down, sourceAddress }: Standing,
  uptimes: Uptimes,
): VrrpEvent {
  const fact = { type: 'instance.started' as const, linkUp: down.length === 0, sourceAddress };
  return startupDelayUs === 0 && delayAfterBootUs === 0 ? fact : { ...fact, ...uptimes };
}

/** Facts for an instance whose standing changed. The link is down from its first interface to its last. */
export function standingFacts(before: Standing, after: Standing): VrrpEvent[] {
  const facts: VrrpEvent[] = [];
  const [lost] = after.down;
  const [regained] = before.down;
  if (regained === undefined && lost !== undefined) facts.push({ type: 'link.down', interface: lost });
  if (regained !== undefined && lost === undefined) facts.push({ type: 'link.up', interface: regained });
  if (before.sourceAddress === after.sourceAddress) return facts;
  if (after.sourceAddress === null) facts.push({ type: 'source.lost' });
  else facts.push({ type: 'source.found', address: after.sourceAddress });
  return facts;
}

/** An interface that is gone, as far as it was made for the instance. */
export function deviceFacts({ devices }: Concerned, gone: string): VrrpEvent[] {
  return devices.some(({ name }) => name === gone) ? [{ type: 'device.deleted', device: gone }] : [];
}

/** Something that left the kernel's tables, as far as it is the instance's own and its deletion matters. */
export function deletionFacts(input: Concerned, gone: GoneObject): VrrpEvent[] {
  const deleted = deletedOf(heldObjects(input), gone);
  return deleted === null ? [] : [{ type: 'object.deleted', ...deleted }];
}
