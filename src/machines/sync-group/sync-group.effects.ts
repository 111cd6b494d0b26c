/** What a sync group may ask for beside telling its members. */
import { type EffectOf, effect } from '../declare.ts';
import type { Notice } from '../signals.ts';

export const syncGroupEffects = {
  /** Tells scripts, FIFOs and mail. Nothing comes back. */
  notify: effect<Notice>(),
};

export type SyncGroupEffect = EffectOf<typeof syncGroupEffects>;
