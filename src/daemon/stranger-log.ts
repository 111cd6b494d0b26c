/** log_unknown_vrids: adverts for virtual routers that are not ours, each told at most once a minute. */
import type { StrangeAdvert } from '../engine/heartbeat.ts';

const PAUSE_US = 60_000_000;
/** Virtual routers that are remembered; a LAN has at most 255 of each family. */
const MOST = 4_096;

export class StrangerLog {
  readonly #toldUs = new Map<string, number>();

  /** A line for the log, null if it was said a moment ago. */
  lineOf({ interface: name, virtualRouterId, source }: StrangeAdvert, nowUs: number): string | null {
    const family = source.includes(':') ? 6 : 4;
    const key = `${name} ${virtualRouterId} ${family}`;
    const beforeUs = this.#toldUs.get(key);
    if (beforeUs !== undefined && nowUs - beforeUs < PAUSE_US) return null;
    if (this.#toldUs.size >= MOST) this.#toldUs.clear();
    this.#toldUs.set(key, nowUs);
    return `Unknown VRID(${virtualRouterId}) received on interface(${name}) from ${source}. ignoring...`;
  }
}
