/** What the configuration says of IPVS as a whole: global_defs. */
import type { IpvsTimeouts, SyncDaemon } from '../../protocol/ipvs/daemon.ts';

export type SyncPlan = {
  readonly daemon: SyncDaemon;
  /** The VRRP instance that decides between master and backup; null: both run (keepalived). */
  readonly instance: string | null;
};

export type IpvsInput = {
  /** lvs_flush: at start everything goes, other programs' services, too. */
  readonly flushesAtStart: boolean;
  /** lvs_flush_on_stop: at the end everything goes. */
  readonly flushesAtStop: boolean;
  /** lvs_timeouts; null: as the kernel has them. */
  readonly timeouts: IpvsTimeouts | null;
  /** lvs_sync_daemon. */
  readonly sync: SyncPlan | null;
};
