/** What the heartbeat service knows of one VRRP instance. */
import type { AdvertContent, AwaitedAdvert, WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import { parseIpv4 } from '../../protocol/ipv4.ts';
import { wireIntervalUs } from '../../protocol/vrrp.ts';
import { type AcceptedAdvert, type Judgement, judgeAdvert } from '../../protocol/vrrp-judgement.ts';
import type { AdvertErrorKind, HeartbeatStatus } from '../heartbeat.ts';
import type { ActorId } from '../types.ts';
import type { AdvertPacket } from './advert-packets.ts';
import { Deadline } from './deadline-heap.ts';
import { type HeartbeatRun, RunCounter } from './run-counter.ts';

/** What falls due for an instance: its next advert, its master's silence, or the hand-over of a run. */
export type DeadlineKind = 'advert' | 'silence' | 'runs';

export interface DeadlineOwner {
  readonly instance: Instance;
  readonly kind: DeadlineKind;
}

/** Lateness below this is the ordinary noise of a scheduler and not worth a fact. */
export const STALL_FLOOR_US = 10_000;

export class Instance {
  readonly actor: ActorId;
  readonly identity: WireIdentity;
  readonly unicast: boolean;
  /** Unicast peers as 32-bit integers. */
  readonly peerValues: ReadonlySet<number | null>;
  source: string | null = null;
  sourceValue: number | null = null;

  announced: AdvertContent | null = null;
  packets: readonly AdvertPacket[] | null = null;
  sendFailing = false;
  #identification = 0;

  watching = false;
  awaited: AwaitedAdvert | null = null;
  allowedUs = 0;
  expectedIntervalUs = 0;
  /** Silence is measured from here: the last awaited advert, or the beginning of the watch. */
  silentSinceUs = 0;

  readonly advertDue: Deadline<DeadlineOwner>;
  readonly silenceDue: Deadline<DeadlineOwner>;
  readonly runsDue: Deadline<DeadlineOwner>;
  readonly receivedRun: RunCounter;
  readonly sentRun: RunCounter;

  received = 0;
  sent = 0;
  priorityZeroReceived = 0;
  priorityZeroSent = 0;
  readonly errors: Record<AdvertErrorKind, number> = {
    packetLength: 0,
    ipHeader: 0,
    ttl: 0,
    version: 0,
    type: 0,
    checksum: 0,
    authType: 0,
    advertInterval: 0,
    addressList: 0,
    unicastMulticast: 0,
    unknownVirtualRouter: 0,
  };
  lastAdvert: AcceptedAdvert | null = null;
  lastAdvertUs = 0;

  /** The newest accepted packet and its judgement: the same bytes again need no second one. */
  #knownPacket = new Uint8Array(0);
  #knownJudgement: Judgement | null = null;

  constructor(actor: ActorId, identity: WireIdentity, emitRun: (run: HeartbeatRun) => void) {
    this.actor = actor;
    this.identity = identity;
    this.unicast = identity.unicastPeers.length > 0;
    this.peerValues = new Set(identity.unicastPeers.map(parseIpv4));
    this.advertDue = new Deadline<DeadlineOwner>({ instance: this, kind: 'advert' });
    this.silenceDue = new Deadline<DeadlineOwner>({ instance: this, kind: 'silence' });
    this.runsDue = new Deadline<DeadlineOwner>({ instance: this, kind: 'runs' });
    this.receivedRun = new RunCounter(actor, 'received', emitRun);
    this.sentRun = new RunCounter(actor, 'sent', emitRun);
  }

  setSource(address: string): void {
    this.source = address;
    this.sourceValue = parseIpv4(address);
  }

  /** 1 to 65535, never 0: the kernel would replace a 0. */
  nextIdentification(): number {
    this.#identification = this.#identification === 0xffff ? 1 : this.#identification + 1;
    return this.#identification;
  }

  /** True if adverts matter to this instance at all. */
  get listening(): boolean {
    return this.watching || this.announced !== null;
  }

  /** Judges a packet; in steady state it is the known packet again and gets the known judgement, the same object. */
  judge(packet: Uint8Array): Judgement {
    const known = this.#knownJudgement;
    if (known !== null && isSameAdvert(packet, this.#knownPacket)) return known;
    const judgement = judgeAdvert(packet, {
      version: this.identity.version,
      virtualRouterId: this.identity.virtualRouterId,
      advertIntervalUs: wireIntervalUs(this.identity.version, this.identity.advertIntervalUs),
      unicast: this.unicast,
      addresses: this.identity.addresses,
    });
    if (judgement.ok) {
      this.#knownPacket = packet.slice();
      this.#knownJudgement = judgement;
    }
    return judgement;
  }

  /** True if the advert is the awaited one again. */
  isAwaited(advert: AcceptedAdvert): boolean {
    const awaited = this.awaited;
    return (
      awaited !== null &&
      advert.source === awaited.source &&
      advert.priority === awaited.priority &&
      advert.advertIntervalUs === awaited.advertIntervalUs &&
      isSameList(advert.addresses, awaited.addresses)
    );
  }

  /** Lateness of this deadline from which on the process must have been kept from running. */
  stallToleranceUs(kind: DeadlineKind): number {
    const intervalUs = kind === 'advert' ? this.identity.advertIntervalUs : this.expectedIntervalUs;
    return Math.max(STALL_FLOOR_US, intervalUs / 2);
  }

  status(): HeartbeatStatus {
    const last = this.lastAdvert;
    return {
      counters: {
        received: this.received,
        sent: this.sent,
        priorityZeroReceived: this.priorityZeroReceived,
        priorityZeroSent: this.priorityZeroSent,
        errors: { ...this.errors },
      },
      lastAdvert:
        last === null ? null : { source: last.source, priority: last.priority, atUs: this.lastAdvertUs },
    };
  }
}

export function isSameAwaited(a: AwaitedAdvert | null, b: AwaitedAdvert | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.source === b.source &&
    a.priority === b.priority &&
    a.advertIntervalUs === b.advertIntervalUs &&
    isSameList(a.addresses, b.addresses)
  );
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** Equal but for IP identification (bytes 4, 5) and header checksum (10, 11), which no check looks at. */
function isSameAdvert(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) {
    if (a[index] !== b[index] && index !== 4 && index !== 5 && index !== 10 && index !== 11) return false;
  }
  return true;
}
