/** Facts that reach a checker. Times are integers in microseconds. */
import type { TrackerSignal } from '../signals.ts';
import type { CheckerInput } from './checker.input.ts';

export type ProbeOutcome =
  | 'passed'
  | 'failed'
  /** It could not be tried from here: that says nothing of the server (keepalived). */
  | 'unable';

export type ProbeReport = {
  readonly type: 'probe.reported';
  readonly outcome: ProbeOutcome;
  /** In the manner of HAProxy: `L4OK`, `L4CON` (refused), `L4TOUT` (no answer in time), `L4UNR` (unreachable) ... */
  readonly code: string;
  readonly detail: string;
  readonly durationUs: number;
  /** What the server is to weigh from now on; without it, what the configuration says. */
  readonly weight?: number;
  /** Of a plan with several pages: which one, from 0 on. */
  readonly page?: number;
};

export type CheckerEvent =
  /**
   * First event of every checker: its real server exists. The delay until its first probe is drawn by chance, so that
   * checkers do not all probe at once. At a reload a first failure is not final (keepalived).
   */
  | { readonly type: 'checker.started'; readonly firstDelayUs: number; readonly atReload: boolean }
  | ProbeReport
  /** What it follows in place of probing. */
  | TrackerSignal
  | { readonly type: 'checker.reconfigured'; readonly input: CheckerInput }
  | { readonly type: 'checker.removed' }
  | { readonly type: 'shutdown.requested'; readonly reason: string };
