/** What a checker of pages knows. */
import type { ProbeOutcome } from '../checker/checker.events.ts';
import type { HttpCheckerInput } from './http-checker.input.ts';

export type HttpCheckerContext = {
  readonly input: HttpCheckerInput;
  /** Failures in a row that a further try forgave, or counts as if they had been. */
  readonly retriesUsed: number;
  /** It has failed once, or passed all pages: from then on failures are forgiven as `retry` says (keepalived). */
  readonly hasRun: boolean;
  /** Its real server counts it as failed although nothing was tried yet (alpha). */
  readonly isTakenForFailed: boolean;
  /** The last report that was posted; null before the first. */
  readonly last: {
    readonly outcome: ProbeOutcome;
    readonly code: string;
    readonly detail: string;
    /** Which of the pages, from 0 on. */
    readonly page: number;
  } | null;
};

export function initialContext(input: HttpCheckerInput): HttpCheckerContext {
  return { input, retriesUsed: 0, hasRun: false, isTakenForFailed: input.alpha, last: null };
}
