/** Who an instance is, and what decides whether it becomes master. */
export type ElectionInput = {
  readonly name: string;
  readonly interface: string;
  /** 1 to 255; 255 is the address owner (RFC 9568 section 5.2.4). */
  readonly priority: number;
  /** `state MASTER`: claim after one interval instead of a whole Master_Down_Interval. */
  readonly startAsMaster: boolean;
  readonly nopreempt: boolean;
  /** lower_prio_no_advert: do not answer a lower priority. */
  readonly lowerPriorityNoAdvert: boolean;
};
