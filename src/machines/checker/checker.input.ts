/** One check of one real server. Times are integers in microseconds. */

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

/** A program: its exit status says how the server is (keepalived's MISC_CHECK). */
export type MiscProbe = {
  readonly kind: 'misc';
  /** Program and arguments. */
  readonly command: readonly string[];
  /** null: that of script_user. */
  readonly user: string | null;
  /** As written, `GROUP`, `:GROUP` or `:`; null: that of the user. */
  readonly group: string | null;
  readonly timeoutUs: number;
  /** Status 2 to 255 is success, and the server then weighs two less than that. */
  readonly dynamic: boolean;
};

/** What is done again and again. */
export type ProbePlan = TcpProbe | MiscProbe;

/** Nothing is done: a tracker tells when what it follows has changed. */
export type FollowPlan = {
  readonly kind: 'file' | 'bfd';
  /** Its actor: `tracker/file/load`. */
  readonly tracker: string;
};

export type CheckPlan = ProbePlan | FollowPlan;

export function isFollowing(plan: CheckPlan): plan is FollowPlan {
  return plan.kind === 'file' || plan.kind === 'bfd';
}

export type CheckerInput = {
  /** Its own actor: `checker/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80/1`. */
  readonly actor: string;
  /** The real server that it checks: `[10.0.0.2]:tcp:80`. */
  readonly name: string;
  /** Actor of the real server that hears of it: `real/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80`. */
  readonly realServer: string;
  readonly probe: CheckPlan;
  readonly delayLoopUs: number;
  readonly delayBeforeRetryUs: number;
  /** Further tries before a failure counts. */
  readonly retry: number;
  /** It counts as failed until it has passed. */
  readonly alpha: boolean;
  /** Every failed try is a line in the log, not only the last one. */
  readonly logAllFailures: boolean;
};
