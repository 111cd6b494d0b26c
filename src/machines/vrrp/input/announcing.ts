/** How an instance tells the LAN where its addresses are: gratuitous ARP, unsolicited neighbour advertisements. */
import type { GarpPace, VirtualAddress } from '../vrrp.effects.ts';

export type AnnouncingInput = {
  /** Frames for each address in one burst. */
  readonly garpMasterRepeat: number;
  /** Delay of the second burst; 0: no second burst. */
  readonly garpMasterDelayUs: number;
  /** Time between further bursts while master; 0: none. The first follows the second burst after this time. */
  readonly garpRefreshUs: number;
  readonly garpRefreshRepeat: number;
  /** Frames for each address when another router advertises a lower priority; 0: none. */
  readonly garpLowerPriorityRepeat: number;
  /** Delay of the second burst after that; 0: none. */
  readonly garpLowerPriorityDelayUs: number;
  /** keepalived's garp_extra_if: one frame on each further interface, again and again. */
  readonly garpExtra: { readonly everyUs: number; readonly addresses: readonly VirtualAddress[] } | null;
  /** Interfaces on which frames keep a distance. */
  readonly garpPaces: readonly GarpPace[];
};
