/** One virtual_server. */
import type { DestinationPlan, ServicePlan } from '../../protocol/ipvs/plan.ts';

/** A real server as its virtual server knows it. */
export type RealServerPlan = {
  readonly actor: string;
  readonly destination: DestinationPlan;
  /** What it weighs when it starts, if it starts alive; null: it starts down. */
  readonly startWeight: number | null;
  /** While it is down it stands in the table with weight 0, not to be removed (inhibit_on_failure). */
  readonly inhibit?: true;
};

export type SorryServerPlan = {
  /** `[10.0.0.9]:tcp:80` */
  readonly name: string;
  readonly destination: DestinationPlan;
  /** While it does not serve it stands in the table with weight 0 (sorry_server_inhibit). */
  readonly inhibit?: true;
};

export type VirtualServerInput = {
  /** `[10.0.0.1]:tcp:80`, `FWM 5` or `[group]:1`. */
  readonly name: string;
  /** What it is in the kernel's table. */
  readonly service: ServicePlan;
  /** In the order of the configuration. */
  readonly realServers: readonly RealServerPlan[];
  /** Weight of live servers that it needs. */
  readonly quorum: number;
  /** So much more to gain the quorum, so much less to lose it. */
  readonly hysteresis: number;
  /** Serves while there is no quorum; null: nobody. */
  readonly sorryServer: SorryServerPlan | null;
  /** At the end of the program it is told that it is down (omega). */
  readonly notifiesStop: boolean;
  /** Changes of its quorum are mailed (smtp_alert). */
  readonly mails?: true;
  /** Its real servers are checked only while this machine holds an address of it (ha_suspend). */
  readonly suspends?: true;
  /** At the end of the program somebody else empties the whole table (lvs_flush_on_stop). */
  readonly leavesTableAtStop?: true;
};
