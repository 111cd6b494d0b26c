/** What a virtual server may ask for. */
import type { DestinationPlan, ServicePlan } from '../../protocol/ipvs/plan.ts';
import { type EffectOf, effect } from '../declare.ts';
import type { ServerMail, ServerNotice } from '../signals.ts';

export type DestinationChange = {
  /** Place in the last list that was asked for. */
  readonly place: number;
  /** `10.0.0.2 80`, for those who read it. */
  readonly server: string;
  readonly weight: TableWeight;
};

/**
 * Null: it shall not stand. `asFound`: if it stands it stays as it is, until more is known. `asFoundOrIdle`: the same, and if it
 * does not stand it shall, with weight 0.
 */
export type TableWeight = number | null | 'asFound' | 'asFoundOrIdle';

export const virtualServerEffects = {
  /** Tells scripts and FIFOs whether it has its quorum. Nothing comes back. */
  notify: effect<ServerNotice>(),
  /** Sends a mail about it. Nothing comes back. */
  mail: effect<ServerMail>(),
  /**
   * These services and destinations shall stand in the kernel's table, and nothing else of what was asked for before.
   * Weights are in the order of the destinations. What differs is changed.
   * Comes back, as do all below: table.applied or table.refused, once for all that was asked for meanwhile.
   */
  holdServices: effect<{
    readonly service: ServicePlan;
    readonly destinations: readonly DestinationPlan[];
    readonly weights: readonly TableWeight[];
  }>(),
  setDestinations: effect<{ readonly changes: readonly DestinationChange[] }>(),
  /** What was found to be otherwise shall be as it was asked for. */
  mendServices: effect<Record<never, never>>(),
  releaseServices: effect<Record<never, never>>(),
  /** Its real servers are not probed until it asks for that again. Nothing comes back. */
  suspendChecks: effect<Record<never, never>>(),
  resumeChecks: effect<Record<never, never>>(),
};

export type VirtualServerEffect = EffectOf<typeof virtualServerEffects>;
