/** What an instance follows beside its own link: trackers and its sync group. */

/** Something whose state adds to the priority or is a reason for FAULT. */
export type FollowedTracker = {
  /** Its actor: `tracker/script/chk`. It sends TrackerSignal. */
  readonly tracker: string;
  /** True: the instance does not start before the first result is known (keepalived: scripts of weight 0). */
  readonly pending: boolean;
};

export type StandingInput = {
  /** Its own actor, by which its sync group knows it: `vrrp/VI_1`. */
  readonly actor: string;
  readonly trackers: readonly FollowedTracker[];
  /** Actor of its sync group: `group/VG_1`; null: it decides alone. */
  readonly group: string | null;
  /** Reasons for FAULT that are open from the beginning, until `fault.cleared` or their own event ends them. */
  readonly faultsAtStart: readonly string[];
  /** notify_priority_changes: MASTER_PRIORITY and BACKUP_PRIORITY are told, too. */
  readonly notifyPriorityChanges: boolean;
  /** notify_deleted: an instance that a reload removes says DELETED and not FAULT. */
  readonly notifyDeleted: boolean;
};
