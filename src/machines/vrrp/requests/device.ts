/** Requests for the devices of an instance. */
import type { VrrpContext } from '../vrrp.context.ts';

type Args = { readonly context: VrrpContext };

export const createDevices = {
  type: 'createDevices' as const,
  params: ({ context }: Args) => ({ devices: context.input.devices }),
};
export const removeDevices = { type: 'removeDevices' as const, params: {} };
