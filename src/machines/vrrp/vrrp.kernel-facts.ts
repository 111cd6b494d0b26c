/** What a change in the Linux kernel's tables means to a VRRP instance: the decisions between netlink and the chart. */
import type { VrrpInput } from './vrrp.context.ts';
import type { VrrpEvent } from './vrrp.events.ts';

/** An interface as netlink last described it. */
export interface InterfaceView {
  /** IFF_UP and IFF_RUNNING. */
  readonly up: boolean;
  /** IPv4 addresses in the kernel's order. */
  readonly addresses: readonly string[];
}

/** An interface that does not exist. */
export const ABSENT_INTERFACE: InterfaceView = { up: false, addresses: [] };

type Concerned = Pick<VrrpInput, 'interface' | 'sourceAddress' | 'addresses'>;

/**
 * keepalived: adverts leave from the configured source, if the interface holds it; else from the interface's first
 * address that is not a virtual one. Null: nothing to send from, which is a FAULT.
 */
export function chooseSourceAddress(input: Concerned, view: InterfaceView): string | null {
  if (input.sourceAddress !== null) {
    return view.addresses.includes(input.sourceAddress) ? input.sourceAddress : null;
  }
  const virtual = new Set(input.addresses.map((vip) => vip.address));
  return view.addresses.find((address) => !virtual.has(address)) ?? null;
}

/** First fact of an instance. */
export function startFact(input: Concerned, view: InterfaceView): VrrpEvent {
  return {
    type: 'instance.started',
    linkUp: view.up,
    sourceAddress: chooseSourceAddress(input, view),
  };
}

function sourceFacts(input: Concerned, before: InterfaceView, after: InterfaceView): VrrpEvent[] {
  const former = chooseSourceAddress(input, before);
  const now = chooseSourceAddress(input, after);
  if (former === now) return [];
  if (now === null) return [{ type: 'source.lost' }];
  // A better candidate is no reason to change the address that peers know, while the old one is still there.
  if (former !== null && after.addresses.includes(former)) return [];
  return [{ type: 'source.found', address: now }];
}

/** Facts for one instance when the interface called `name` changed from `before` to `after`. */
export function changeFacts(
  input: Concerned,
  name: string,
  before: InterfaceView,
  after: InterfaceView,
): VrrpEvent[] {
  const facts: VrrpEvent[] = [];
  if (name === input.interface) {
    if (before.up !== after.up) facts.push({ type: after.up ? 'link.up' : 'link.down' });
    facts.push(...sourceFacts(input, before, after));
  }
  for (const vip of input.addresses) {
    const lost = before.addresses.includes(vip.address) && !after.addresses.includes(vip.address);
    if (vip.interface === name && lost) facts.push({ type: 'address.deleted', address: vip.address });
  }
  return facts;
}
