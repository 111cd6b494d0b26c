/** What a change in the Linux kernel's tables means to a VRRP instance: the decisions between netlink and the chart. */

import type { VrrpEvent } from './vrrp.events.ts';
import type { VrrpInput } from './vrrp.input.ts';

/** An interface as netlink last described it. */
export interface InterfaceView {
  /** IFF_UP and IFF_RUNNING. */
  readonly up: boolean;
  /** IPv4 addresses in the kernel's order. */
  readonly addresses: readonly string[];
}

/** An interface that does not exist. */
export const ABSENT_INTERFACE: InterfaceView = { up: false, addresses: [] };

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
}

type Concerned = Pick<VrrpInput, 'interface' | 'sourceAddress' | 'addresses' | 'unicastPeers'>;

/**
 * The interface of the adverts and those that carry virtual addresses. keepalived watches the latter too: an address
 * on a dead link serves nobody, and another router may have a living one.
 */
export function interfacesOf(input: Concerned): readonly string[] {
  const tracked = input.addresses.filter((vip) => vip.untracked !== true);
  return [...new Set([input.interface, ...tracked.map((vip) => vip.interface)])];
}

/**
 * keepalived: a configured source is used as it is. Multicast can be sent from any address; unicast cannot be answered
 * unless this machine holds it, on whatever interface. Without one: the interface's first address that is not virtual.
 * A better candidate is no reason to change the address that peers know, while the former one is still there.
 */
function chooseSourceAddress(
  input: Concerned,
  { interfaces, virtualAddresses }: KernelView,
  former: string | null,
): string | null {
  const own = (interfaces.get(input.interface) ?? ABSENT_INTERFACE).addresses;
  const configured = input.sourceAddress;
  if (configured !== null) {
    if (input.unicastPeers.length === 0 || own.includes(configured)) return configured;
    return [...interfaces.values()].some((view) => view.addresses.includes(configured)) ? configured : null;
  }
  if (former !== null && own.includes(former)) return former;
  const virtual = (address: string) =>
    virtualAddresses.has(address) || input.addresses.some((vip) => vip.address === address);
  return own.find((address) => !virtual(address)) ?? null;
}

/** `former` is the standing before the change, null at start. */
export function standingOf(input: Concerned, view: KernelView, former: Standing | null): Standing {
  return {
    down: interfacesOf(input).filter((name) => view.interfaces.get(name)?.up !== true),
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

/** Virtual addresses of the instance that left the interface called `name`. */
export function deletionFacts(
  input: Concerned,
  name: string,
  before: InterfaceView,
  after: InterfaceView,
): VrrpEvent[] {
  return input.addresses.flatMap((vip): VrrpEvent[] => {
    const lost = before.addresses.includes(vip.address) && !after.addresses.includes(vip.address);
    return vip.interface === name && vip.untracked !== true && lost
      ? [{ type: 'address.deleted', address: vip.address }]
      : [];
  });
}
