/** What a real server may ask for beside telling its virtual server. */
import { type EffectOf, effect } from '../declare.ts';
import type { ServerNotice } from '../signals.ts';

export const realServerEffects = {
  /** Tells scripts and FIFOs. Nothing comes back. */
  notify: effect<ServerNotice>(),
};

export type RealServerEffect = EffectOf<typeof realServerEffects>;
