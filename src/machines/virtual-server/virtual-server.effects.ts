/** What a virtual server may ask for. */
import { type EffectOf, effect } from '../declare.ts';
import type { ServerNotice } from '../signals.ts';

export const virtualServerEffects = {
  /** Tells scripts and FIFOs whether it has its quorum. Nothing comes back. */
  notify: effect<ServerNotice>(),
};

export type VirtualServerEffect = EffectOf<typeof virtualServerEffects>;
