/** Who an instance is, and what decides whether it becomes master. Times are integers in microseconds. */
export type ElectionInput = {
  readonly name: string;
  readonly interface: string;
  /** 1 to 255; 255 is the address owner (RFC 9568 section 5.2.4). */
  readonly priority: number;
  /** `state MASTER`: an owner claims its addresses at once. Others wait for silence all the same (keepalived). */
  readonly startAsMaster: boolean;
  readonly nopreempt: boolean;
  /** preempt_delay: how long a master of lower priority is left alone, from its first advert on. */
  readonly preemptDelayUs: number;
  /** down_timer_adverts: adverts that may be missing before the master counts as dead. */
  readonly downTimerAdverts: number;
  /** lower_prio_no_advert: do not answer a lower priority. */
  readonly lowerPriorityNoAdvert: boolean;
  /** higher_prio_send_advert: one more advert before yielding. */
  readonly higherPrioritySendAdvert: boolean;
  /** owner_ignore_adverts: an address owner is deaf. */
  readonly ownerIgnoreAdverts: boolean;
  /** timer_expired_backup: a master so late that a backup of this priority may have taken over yields; null: never. */
  readonly expiredTimerPriority: number | null;
  /** vrrp_startup_delay and vrrp_delay_after_boot: until then nobody becomes master and adverts are not heard. */
  readonly startupDelayUs: number;
  readonly delayAfterBootUs: number;
  /** A watch says what is announced after it. Absent in recordings from before that. */
  readonly declaresFirstAdvert?: boolean;
};
