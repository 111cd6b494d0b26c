/** What the effects of an actor declare of its adverts, so that runs can be judged. */
import { STALL_FLOOR_US } from '../../engine/heartbeat/instance.ts';
import type { ActorEvent, Effect } from '../../engine/types.ts';
import type { StoredRun } from '../../journal/model.ts';
import { BFD_STATES } from '../../protocol/bfd.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import { ledOf } from '../led.ts';
import { AdvertStream, type RunFault, type RunTerms } from './advert-stream.ts';

/** Judges the runs of one actor. It is told of each row before the runs that were closed after it. */
export interface RunBook {
  /** Before the effects of the row. */
  event(event: ActorEvent, atUs: number): void;
  effect(effect: Effect, atUs: number): void;
  /** Nothing is known of what was declared: the run is judged by itself alone. */
  isUnknown(run: StoredRun): boolean;
  judge(run: StoredRun, terms: RunTerms): RunFault | null;
}

interface Awaited {
  readonly source: string;
  readonly priority: number;
  readonly advertIntervalUs: number;
  readonly addresses: readonly string[];
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** This process stood still, or its adverts did not leave. */
export const isTrouble = (type: string): boolean => type.startsWith('self.') || type.startsWith('adverts.');

/** One vrrp_instance: what src/engine/heartbeat makes of its effects, without the adverts. */
export class AdvertBook implements RunBook {
  readonly #sent = new AdvertStream('sent');
  readonly #received = new AdvertStream('received');
  #intervalUs = 0;
  #source = '';
  /** A silence would be told. */
  #isArmed = false;
  #awaited: Awaited | null = null;
  #troubledUs = Number.NEGATIVE_INFINITY;
  /** The advert that the row is about to ask for has left already. */
  #hasLed = false;

  /** An instance in the middle of its life: a master announces; whom a backup awaits, nothing tells for certain. */
  static restored(state: Json, context: JsonObject): AdvertBook {
    const book = new AdvertBook();
    const input = (context.input ?? {}) as JsonObject;
    book.#intervalUs = Math.max(Number(input.advertIntervalUs ?? 0), STALL_FLOOR_US);
    book.#source = typeof context.sourceAddress === 'string' ? context.sourceAddress : '';
    book.#received.isUnknown = true;
    const protocol = (state as JsonObject | null)?.protocol;
    if (protocol === 'master') book.#announce(Number(context.effectivePriority), Number.NEGATIVE_INFINITY);
    return book;
  }

  event(event: ActorEvent, atUs: number): void {
    const { type } = event;
    const led = ledOf(event);
    if (type === 'master.silent') this.#deafen(atUs);
    else if (isTrouble(type)) this.#troubledUs = atUs;
    this.#hasLed = led !== null;
    if (led === null) return;
    this.#announce(led.priority, led.sentUs);
    // The second one may have waited for this process.
    if (atUs - led.sentUs > STALL_FLOOR_US) this.#troubledUs = atUs;
    if (type === 'claim.withdrawn') this.#sent.end(atUs);
  }

  effect({ type, params }: Effect, atUs: number): void {
    switch (type) {
      case 'openHeartbeat':
        this.#close(atUs);
        this.#source = '';
        this.#intervalUs = Math.max(Number((params.identity as JsonObject).advertIntervalUs), STALL_FLOOR_US);
        return;
      case 'closeHeartbeat':
        this.#close(atUs);
        return;
      case 'setSourceAddress':
        this.#setSource(String(params.address), atUs);
        return;
      case 'announce':
      case 'reviseAnnouncement':
      case 'sendAdvert':
        this.#say(type, Number(params.priority), atUs);
        return;
      case 'stopAnnouncing':
        this.#sent.end(atUs);
        return;
      case 'watchMaster':
        this.#isArmed = true;
        this.#await(params.awaited as unknown as Awaited | null, Number(params.allowedUs), atUs);
        return;
      case 'adjustWatch':
        if (this.#isArmed)
          this.#await(params.awaited as unknown as Awaited | null, Number(params.allowedUs), atUs);
        return;
      case 'stopWatching':
        this.#deafen(atUs);
        return;
      default:
    }
  }

  judge(run: StoredRun, terms: RunTerms): RunFault | null {
    const stream = run.direction === 'sent' ? this.#sent : this.#received;
    return stream.judge(run, this.#troubledUs, terms);
  }

  isUnknown({ direction }: StoredRun): boolean {
    return (direction === 'sent' ? this.#sent : this.#received).isUnknown;
  }

  #close(atUs: number): void {
    this.#sent.end(atUs);
    this.#deafen(atUs);
  }

  #deafen(atUs: number): void {
    this.#isArmed = false;
    this.#await(null, 0, atUs);
  }

  #setSource(address: string, atUs: number): void {
    if (this.#source === address) return;
    this.#source = address;
    const { open } = this.#sent;
    if (open !== null) this.#announce(open.priority, atUs);
  }

  #say(type: string, priority: number, atUs: number): void {
    const { open } = this.#sent;
    if (open !== null && open.priority === priority) {
      if (type === 'announce' && this.#hasLed) this.#hasLed = false;
      else if (type !== 'reviseAnnouncement') open.extra += 1;
    } else if (type === 'announce' || (type === 'reviseAnnouncement' && open !== null))
      this.#announce(priority, atUs);
  }

  #announce(priority: number, fromUs: number): void {
    const allowedUs = Number.POSITIVE_INFINITY;
    this.#sent.begin({ fromUs, source: this.#source, priority, intervalUs: this.#intervalUs, allowedUs });
  }

  #await(awaited: Awaited | null, allowedUs: number, atUs: number): void {
    const { open } = this.#received;
    if (open !== null && isSame(awaited, this.#awaited)) {
      open.allowedUs = Math.max(open.allowedUs, allowedUs);
      return;
    }
    this.#awaited = awaited;
    if (awaited === null) this.#received.end(atUs);
    else {
      const { source, priority, advertIntervalUs } = awaited;
      this.#received.begin({ fromUs: atUs, source, priority, intervalUs: advertIntervalUs, allowedUs });
    }
  }
}

/** A packet is counted for when it came, which may be before the row that made it the awaited one. */
const LONGEST_WAIT_US = 60_000_000;

/** One BFD session: `priority` of its runs is the code of the state. Intervals vary, so that gaps say nothing. */
export class ControlBook implements RunBook {
  readonly #sent = new AdvertStream('sent');
  readonly #received = new AdvertStream('received');
  #identity: JsonObject = {};
  #packetState: Json = null;
  #awaited: Json = null;

  static restored(): ControlBook {
    const book = new ControlBook();
    book.#sent.isUnknown = true;
    book.#received.isUnknown = true;
    return book;
  }

  event({ type }: ActorEvent, atUs: number): void {
    if (type !== 'neighbor.silent') return;
    this.#awaited = null;
    this.#received.end(atUs);
  }

  effect({ type, params }: Effect, atUs: number): void {
    if (type === 'openSession') this.#identity = params.identity as JsonObject;
    else if (type === 'closeSession') {
      this.#sent.end(atUs);
      this.#received.end(atUs);
      this.#packetState = null;
      this.#awaited = null;
    } else if (type === 'transmitControl') this.#transmit((params.packet as JsonObject).state ?? null, atUs);
    else if (type === 'awaitControl') this.#await(params.awaited as JsonObject | null, atUs);
  }

  judge(run: StoredRun, terms: RunTerms): RunFault | null {
    return this.#of(run).judge(run, Number.POSITIVE_INFINITY, terms);
  }

  isUnknown(run: StoredRun): boolean {
    return this.#of(run).isUnknown;
  }

  #of({ direction }: StoredRun): AdvertStream {
    return direction === 'sent' ? this.#sent : this.#received;
  }

  #transmit(state: Json, fromUs: number): void {
    if (state === this.#packetState) return;
    this.#packetState = state;
    this.#begin(this.#sent, String(this.#identity.source ?? ''), state, fromUs);
  }

  #await(awaited: JsonObject | null, atUs: number): void {
    if (awaited === null) this.#received.end(atUs);
    else if (!isSame(awaited, this.#awaited))
      this.#begin(this.#received, String(this.#identity.neighbor), awaited.state ?? null, atUs);
    this.#awaited = awaited;
  }

  #begin(stream: AdvertStream, source: string, state: Json, atUs: number): void {
    const priority = (BFD_STATES as readonly Json[]).indexOf(state);
    stream.end(atUs);
    const fromUs = stream === this.#received ? atUs - LONGEST_WAIT_US : atUs;
    stream.begin({ fromUs, source, priority, intervalUs: 0, allowedUs: Number.POSITIVE_INFINITY });
  }
}
