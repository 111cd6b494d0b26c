/** Requests to tell the LAN where the addresses are. */
import { addressBits } from '../../../protocol/ip.ts';
import { heldAddresses } from '../input/objects.ts';
import type { VrrpContext } from '../vrrp.context.ts';
import type { GarpBurst, GarpPace, GarpRefresh, VirtualAddress } from '../vrrp.effects.ts';

type Args = { readonly context: VrrpContext };

function burst({ input }: VrrpContext, addresses: readonly VirtualAddress[], repeat: number): GarpBurst {
  const carriers = new Set(addresses.map((vip) => vip.interface));
  const paces = input.garpPaces.filter((pace: GarpPace) => carriers.has(pace.interface));
  return { addresses, repeat, ...(paces.length > 0 ? { paces } : {}) };
}

/** keepalived: the first refresh counts from the second burst. */
export function garpRefreshes(context: VrrpContext): readonly GarpRefresh[] {
  const { garpMasterDelayUs, garpRefreshUs, garpRefreshRepeat, garpExtra } = context.input;
  const refreshes: GarpRefresh[] = [];
  const add = (addresses: readonly VirtualAddress[], repeat: number, everyUs: number): void => {
    if (everyUs === 0 || repeat === 0 || addresses.length === 0) return;
    refreshes.push({
      ...burst(context, addresses, repeat),
      firstUs: garpMasterDelayUs + everyUs,
      everyUs,
    });
  };
  add(heldAddresses(context.input), garpRefreshRepeat, garpRefreshUs);
  if (garpExtra !== null) add(garpExtra.addresses, 1, garpExtra.everyUs);
  return refreshes;
}

export const garpMaster = {
  type: 'sendGratuitousArps' as const,
  params: ({ context }: Args) => burst(context, heldAddresses(context.input), context.input.garpMasterRepeat),
};
export const garpContested = {
  type: 'sendGratuitousArps' as const,
  params: ({ context }: Args) =>
    burst(context, heldAddresses(context.input), context.input.garpLowerPriorityRepeat),
};
/** What unicast peers send to, where it stands on an interface of the instance; null: nothing. */
function ownAddress({ input, sourceAddress: address }: VrrpContext): VirtualAddress | null {
  if (input.unicastPeers.length === 0 || input.interface === '' || address === null) return null;
  return { address, prefixLength: addressBits(input.family), interface: input.interface };
}

function ownBurst(context: VrrpContext): GarpBurst | null {
  const own = ownAddress(context);
  return own === null ? null : { addresses: [own], repeat: 1 };
}

/**
 * keepalived: the others may have forgotten the MAC of a router that was away, and the adverts of unicast would have to
 * wait until they asked for it. Paces do not count.
 */
export const remindPeers = {
  type: 'sendGratuitousArps' as const,
  params: ({ context }: Args) => ownBurst(context),
};
/** The same of one that starts, if it had to wait for the first result of a script. */
export const remindPeersAtLast = {
  type: 'sendGratuitousArps' as const,
  params: ({ context }: Args) =>
    context.input.trackers.some(({ pending }) => pending) ? ownBurst(context) : null,
};
export const refreshGarps = {
  type: 'refreshGarps' as const,
  params: ({ context }: Args) => ({ refreshes: garpRefreshes(context) }),
};
export const stopRefreshingGarps = { type: 'stopRefreshingGarps' as const, params: {} };
