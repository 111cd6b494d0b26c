/**
 * Facts that one actor tells another, by the effect `signalActor`. The signal is an event of its receiver and stands in
 * the journal with the row that sent it as its cause.
 */

/** From `tracker/KIND/NAME` to each `vrrp/NAME` that follows it, at its first result and at every change. */
export type TrackerSignal = {
  readonly type: 'tracker.changed';
  /** Actor of the tracker: `tracker/script/chk`. */
  readonly tracker: string;
  /** What it adds to the priority now, with the weight and direction that this follower gives it; may be negative. */
  readonly weight: number;
  /** True: it has weight 0 and has failed, which is a reason for FAULT. */
  readonly fault: boolean;
};

/** From `bfd/NAME` to `tracker/bfd/NAME`: the session came up, or is no longer up. */
export type BfdSignal = { readonly type: 'bfd.up' } | { readonly type: 'bfd.down'; readonly reason: string };

/** What is told outside when an actor's state changes: scripts, FIFOs and mail are found by scope and name. */
export type Notice = {
  readonly scope: 'INSTANCE' | 'GROUP';
  readonly name: string;
  readonly state:
    | 'MASTER'
    | 'BACKUP'
    | 'FAULT'
    | 'STOP'
    | 'DELETED'
    | 'MASTER_RX_LOWER_PRI'
    | 'MASTER_PRIORITY'
    | 'BACKUP_PRIORITY';
  /** Effective priority; 0 for groups. */
  readonly priority: number;
};
