/**
 * When a virtual server is to hear of what of its entries is otherwise than it shall be. The table is looked at every few
 * seconds, and what a look finds as the look before did is no event: counting looks is no state of the chart.
 */

/** What goes on being so is told again after 1, 2, 4 looks and so on, and then every so many, which is ten minutes. */
const MOST_LOOKS_APART = 64;

/** What was told last, so many looks ago; it is told again if it is still so after `everyLooks`. */
export interface ToldDrift {
  readonly text: string;
  /** 0: it is told by this look. */
  readonly looksAgo: number;
  readonly everyLooks: number;
}

/** After one more look that found a drift. `told`: after the look before; null if that found none, or there was none. */
export function afterLook(told: ToldDrift | null, text: string): ToldDrift {
  if (told?.text !== text) return { text, looksAgo: 0, everyLooks: 1 };
  const looksAgo = told.looksAgo + 1;
  if (looksAgo < told.everyLooks) return { ...told, looksAgo };
  return { text, looksAgo: 0, everyLooks: Math.min(2 * told.everyLooks, MOST_LOOKS_APART) };
}
