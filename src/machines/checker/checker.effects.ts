/** What a checker may ask for. Parameters are plain JSON. */
import { type EffectOf, effect } from '../declare.ts';
import type { ProbePlan } from './checker.input.ts';

export const checkerEffects = {
  /**
   * Probe again and again and post `probe.reported`: first after `firstDelayUs`, then `everyUs` after the end of the probe
   * before. Replaces what runs; every report counts until `expectProbe` says otherwise.
   */
  probe: effect<{ plan: ProbePlan; firstDelayUs: number; everyUs: number }>(),
  /**
   * The next probe is after so long, those that follow it every `everyUs`. `page`: of a plan with several pages, it is this
   * one; else the one that it was to be.
   */
  probeAgain: effect<{ afterUs: number; everyUs: number; page?: number }>(),
  /** Probes from the next one on are these; when they are due stays as it is. One under way ends as it began. */
  revisePlan: effect<{ plan: ProbePlan }>(),
  /** A report of this outcome changes nothing and need not be posted; null: all count. */
  expectProbe: effect<{ outcome: 'passed' | 'failed' | null }>(),
  stopProbing: effect<Record<string, never>>(),
};

export type CheckerEffect = EffectOf<typeof checkerEffects>;
