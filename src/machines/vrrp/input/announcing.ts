/** How an instance tells the LAN where its addresses are. */
export type AnnouncingInput = {
  /** Gratuitous ARP requests for each address in one burst. */
  readonly garpMasterRepeat: number;
  /** Delay of the second gratuitous ARP burst; 0: no second burst. */
  readonly garpMasterDelayUs: number;
  readonly garpLowerPriorityRepeat: number;
};
