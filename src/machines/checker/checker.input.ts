/** One check of one real server. Times are integers in microseconds. */
import type { HttpProbe } from '../http-checker/http-probe.ts';

/** Where a probe comes from. */
export type ProbeOrigin = {
  /** Address; '': the Linux kernel's choice. */
  readonly source: string;
  /** 0: the kernel's choice. */
  readonly sourcePort: number;
  /** Interface that it is bound to; '': none. */
  readonly device: string;
  /** Firewall mark; 0: none. */
  readonly mark: number;
};

/** What one probe does: all that makes two checkers the same one (keepalived). */
export type TcpProbe = {
  readonly kind: 'tcp';
  readonly address: string;
  readonly port: number;
  readonly origin: ProbeOrigin;
  readonly timeoutUs: number;
};

export type ProbePlan = TcpProbe | HttpProbe;

export type CheckerInput = {
  /** Its own actor: `checker/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80/1`. */
  readonly actor: string;
  /** The real server that it checks: `[10.0.0.2]:tcp:80`. */
  readonly name: string;
  /** Actor of the real server that hears of it: `real/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80`. */
  readonly realServer: string;
  readonly probe: ProbePlan;
  readonly delayLoopUs: number;
  readonly delayBeforeRetryUs: number;
  /** Further tries before a failure counts. */
  readonly retry: number;
  /** It counts as failed until it has passed. */
  readonly alpha: boolean;
  /** Every failed try is a line in the log, not only the last one. */
  readonly logAllFailures: boolean;
};
