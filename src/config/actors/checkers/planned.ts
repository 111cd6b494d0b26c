/** What a block that checks a real server becomes, before it has a name. */
import type { CheckPlan, ProbePath } from '../../../machines/checker/checker.input.ts';
import type { Follower } from '../../../machines/tracker/tracker.input.ts';
import type { ConfigTree } from '../../model.ts';

export type VirtualServerConfig = ConfigTree['virtual_server'][number];
export type RealServerConfig = VirtualServerConfig['real_server'][number];

/** The blocks around a checker. */
export interface Around {
  readonly tree: ConfigTree;
  readonly server: VirtualServerConfig;
  readonly real: RealServerConfig;
}

/** One check, and the settings in force for it; a block may become several, or none. */
export interface PlannedCheck {
  readonly probe: CheckPlan;
  readonly timing: CheckTiming;
  /** What a tracker's words mean to it; null: it probes. */
  readonly follows: Pick<Follower, 'weight' | 'reverse'> | null;
}

/** Every checker that runs by itself has these. Times in microseconds. */
export type CheckTiming = Pick<
  RealServerConfig['TCP_CHECK'][number],
  | 'retry'
  | 'delay_before_retry'
  | 'warmup'
  | 'delay_loop'
  | 'delay_loop_failing'
  | 'delay_loop_down'
  | 'alpha'
  | 'log_all_failures'
>;

/** Of a check that only follows: each word counts at once. */
export const AT_ONCE: CheckTiming = {
  retry: 0,
  delay_before_retry: 0,
  warmup: 0,
  delay_loop: 0,
  delay_loop_failing: null,
  delay_loop_down: null,
  alpha: false,
  log_all_failures: false,
};

/** Every checker that connects has these. */
type Connecting = Omit<RealServerConfig['TCP_CHECK'][number], keyof CheckTiming | 'name'>;

export function probePath(check: Connecting, { real }: Pick<Around, 'real'>): ProbePath {
  return {
    address: check.connect_ip ?? real.name.address,
    port: check.connect_port ?? real.name.port,
    origin: {
      source: check.bindto ?? '',
      sourcePort: check.bind_port ?? 0,
      device: check.bind_if ?? '',
      mark: check.fwmark ?? 0,
    },
    timeoutUs: check.connect_timeout,
  };
}
