/** Requests to tell the LAN where the addresses are. */
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
export const refreshGarps = {
  type: 'refreshGarps' as const,
  params: ({ context }: Args) => ({ refreshes: garpRefreshes(context) }),
};
export const stopRefreshingGarps = { type: 'stopRefreshingGarps' as const, params: {} };
