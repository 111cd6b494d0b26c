/** Effects of the vrrp chart with the parameters it gives them: each is a line in its states. */
import { heldAddresses } from './input/objects.ts';
import {
  listeningWatch,
  skewingWatch,
  startingWatch,
  type VrrpContext,
  wireIdentity,
} from './vrrp.context.ts';

type Args = { readonly context: VrrpContext };

export const announce = {
  type: 'announce' as const,
  params: ({ context }: Args) => ({ priority: context.effectivePriority }),
};
export const answerNow = {
  type: 'sendAdvert' as const,
  params: ({ context }: Args) => ({ priority: context.effectivePriority }),
};
/** RFC 9568 section 5.2.4: priority 0 says that the master has stopped, so that a backup need not wait. */
export const resign = { type: 'sendAdvert' as const, params: { priority: 0 } };
export const stopAnnouncing = { type: 'stopAnnouncing' as const, params: {} };
export const stopWatching = { type: 'stopWatching' as const, params: {} };
export const closeHeartbeat = { type: 'closeHeartbeat' as const, params: {} };
export const watchListening = {
  type: 'watchMaster' as const,
  params: ({ context }: Args) => ({ ...listeningWatch(context) }),
};
export const watchSkewing = {
  type: 'watchMaster' as const,
  params: ({ context }: Args) => ({ ...skewingWatch(context) }),
};
export const watchStarting = {
  type: 'watchMaster' as const,
  params: ({ context }: Args) => ({ ...startingWatch(context) }),
};
export const open = {
  type: 'openHeartbeat' as const,
  params: ({ context }: Args) => ({ identity: wireIdentity(context) }),
};
export const setSource = {
  type: 'setSourceAddress' as const,
  params: ({ context }: Args) => ({ address: context.sourceAddress ?? '' }),
};
export const addVips = {
  type: 'addVips' as const,
  params: ({ context: { input } }: Args) => ({
    addresses: heldAddresses(input),
    ...(input.blocked === null ? {} : { blocked: input.blocked }),
  }),
};
export const removeVips = {
  type: 'removeVips' as const,
  params: ({ context }: Args) => ({ addresses: heldAddresses(context.input) }),
};
