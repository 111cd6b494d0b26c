/** What a checker knows. */

import type { WeightWord } from '../signals.ts';
import type { ProbeOutcome } from './checker.events.ts';
import type { CheckerInput } from './checker.input.ts';

export type CheckerContext = {
  readonly input: CheckerInput;
  /** Failures in a row that a further try forgave, or counts as if they had been. */
  readonly retriesUsed: number;
  /** The last report that was posted; null before the first. */
  readonly last: {
    readonly outcome: ProbeOutcome;
    readonly code: string;
    readonly detail: string;
  } | null;
  /** What it has to say of the weight of its server; null: nothing. */
  readonly weight: WeightWord | null;
};

export function initialContext(input: CheckerInput): CheckerContext {
  return { input, retriesUsed: 0, last: null, weight: null };
}
