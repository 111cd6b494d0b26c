/** Packets by the npm package raw-socket, on the event loop. It has no thread of its own, so it repeats nothing. */
import type { Clock } from '../../engine/types.ts';
import type { IpFamily } from '../../protocol/ip.ts';
import type { Carrier } from './carrier.ts';
import type { ChannelSockets } from './channel-sockets.ts';
import { Ipv4Sockets } from './ipv4-sockets.ts';
import { Ipv6Sockets } from './ipv6-sockets.ts';

/** Needs CAP_NET_RAW, and the main thread: raw-socket watches its sockets on the default event loop. */
export class RawSocketCarrier implements Carrier {
  /** It keeps none. */
  readonly lost = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(): void {}

  open(name: string, index: number | null, family: IpFamily): ChannelSockets {
    const Sockets = family === 'inet' ? Ipv4Sockets : Ipv6Sockets;
    return new Sockets(name, index, this.#clock);
  }

  repetitionOf(): null {
    return null;
  }

  answered(): void {}

  setRealtime(): void {}

  stop(): void {}
}
