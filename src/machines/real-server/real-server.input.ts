/** One real_server of one virtual_server. */

export type WatchedBy = {
  /** Actor of the checker. */
  readonly actor: string;
  /** It counts as failed until it has passed. */
  readonly alpha: boolean;
};

export type RealServerInput = {
  /** `[10.0.0.2]:tcp:80` */
  readonly name: string;
  /** `[10.0.0.1]:tcp:80`, and the actor that hears of it. */
  readonly virtualServerName: string;
  readonly virtualServer: string;
  /** Its own actor. */
  readonly actor: string;
  readonly checkers: readonly WatchedBy[];
  readonly weight: number;
  /** A failure makes its weight 0 and does not remove it (inhibit_on_failure). */
  readonly inhibit: boolean;
  /** Which changes are mailed: those of each check, or of itself alone (no_checker_emails). */
  readonly mails: 'checks' | 'itself' | 'nothing';
  /** Being up from the start is told (rs_init_notifies). */
  readonly notifiesStart: boolean;
  /** At the end of the program it is told that it is down (omega). */
  readonly notifiesStop: boolean;
};
