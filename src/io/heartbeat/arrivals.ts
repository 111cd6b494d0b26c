/** What arrives on a channel, whichever family: read into one buffer, told with its time, ended by an error that stays. */
import { type Observable, Subject } from 'rxjs';
import type { Clock } from '../../engine/types.ts';
import { PACKET_BYTES, type ReceivedPacket, textOf } from './channel-sockets.ts';
import { HeartbeatError } from './heartbeat-error.ts';

/** Reading takes a pending error away (ENETDOWN when the link goes down); one that stays would be read for ever. */
const ERRORS_IN_A_ROW = 16;

export class Arrivals {
  readonly packets$: Observable<ReceivedPacket>;
  /** Where the next packet is to be read. */
  readonly buffer = new Uint8Array(PACKET_BYTES);
  readonly #interfaceName: string;
  readonly #clock: Clock;
  readonly #received = new Subject<ReceivedPacket>();
  #errorsInARow = 0;

  constructor(interfaceName: string, clock: Clock) {
    this.#interfaceName = interfaceName;
    this.#clock = clock;
    this.packets$ = this.#received.asObservable();
  }

  /** A packet of this length has been read. Subscribers cannot throw into it: RxJS throws their errors later. */
  deliver(bytes: number): void {
    this.#errorsInARow = 0;
    this.#received.next({
      interfaceName: this.#interfaceName,
      bytes: this.buffer.subarray(0, bytes),
      monotonicUs: this.#clock.monotonicUs(),
      wallUs: this.#clock.wallUs(),
    });
  }

  /** True: it has been too many in a row. */
  failed(): boolean {
    return ++this.#errorsInARow > ERRORS_IN_A_ROW;
  }

  break(error: unknown): void {
    this.#received.error(new HeartbeatError(this.#interfaceName, `the socket broke: ${textOf(error)}`));
  }

  end(): void {
    this.#received.complete();
  }
}
