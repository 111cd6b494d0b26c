/** What a real server may ask for beside telling its virtual server. */
import { type EffectOf, effect } from '../declare.ts';
import type { ServerMail, ServerNotice } from '../signals.ts';

export const realServerEffects = {
  /** Tells scripts and FIFOs. Nothing comes back. */
  notify: effect<ServerNotice>(),
  /** Sends a mail, to whom the configuration says. Nothing comes back. */
  mail: effect<ServerMail>(),
};

export type RealServerEffect = EffectOf<typeof realServerEffects>;
