/** What a block that checks a real server becomes, before it has a name. */
import type { ProbeOrigin, ProbePlan } from '../../../machines/checker/checker.input.ts';
import type { ConfigTree } from '../../model.ts';

export type VirtualServerConfig = ConfigTree['virtual_server'][number];
export type RealServerConfig = VirtualServerConfig['real_server'][number];

/** The blocks around a checker. */
export interface Around {
  readonly tree: ConfigTree;
  readonly server: VirtualServerConfig;
  readonly real: RealServerConfig;
}

/** One probe, and the settings in force for it; a block may become several, or none. */
export interface PlannedCheck {
  readonly probe: ProbePlan;
  readonly timing: CheckTiming;
}

/** Every checker that runs by itself has these. Times in microseconds. */
export type CheckTiming = Pick<
  RealServerConfig['TCP_CHECK'][number],
  'retry' | 'delay_before_retry' | 'warmup' | 'delay_loop' | 'alpha' | 'log_all_failures'
>;

/** Every checker that connects has these. */
type Connecting = Omit<RealServerConfig['TCP_CHECK'][number], keyof CheckTiming>;

/** Where a probe goes to and comes from, and how long it waits. */
export interface ProbePath {
  readonly address: string;
  readonly port: number;
  readonly origin: ProbeOrigin;
  readonly timeoutUs: number;
}

export function probePath(check: Connecting, { real }: Around): ProbePath {
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
