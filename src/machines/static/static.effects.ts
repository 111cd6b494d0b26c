/** What the keeper of static objects may ask for: the same as an instance asks for what it holds. */
import { type EffectOf, effect } from '../declare.ts';
import type { KernelObjects } from '../kernel-objects.ts';

export const staticEffects = {
  addVips: effect<KernelObjects>(),
  removeVips: effect<KernelObjects>(),
};

export type StaticEffect = EffectOf<typeof staticEffects>;
