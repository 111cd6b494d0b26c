/** What the heartbeat service knows of one VRRP instance. */
import type { AdvertContent, AwaitedAdvert, WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import { ipBytes } from '../../protocol/ip.ts';
import { sourceOffset } from '../../protocol/ip-packet.ts';
import type { AcceptedAdvert, Judgement } from '../../protocol/vrrp-judgement.ts';
import type { AdvertErrorKind, HeartbeatStatus } from '../heartbeat.ts';
import type { ActorId } from '../types.ts';
import { AdvertJudge } from './advert-judge.ts';
import { type AdvertPacket, buildAdvertPackets } from './advert-packets.ts';
import { Deadline } from './deadline-heap.ts';
import type { FirstAdvert, LeftAdvert } from './first-advert.ts';
import type { KnownPacket, Repeated, Repetition } from './repetition.ts';
import { type HeartbeatRun, RunCounter } from './run-counter.ts';
import { type AdvertDigests, type AdvertSigner, createSigner } from './signer.ts';

/** What falls due for an instance: its next advert, its master's silence, or the hand-over of a run. */
export type DeadlineKind = 'advert' | 'silence' | 'runs';

export interface DeadlineOwner {
  readonly instance: Instance;
  readonly kind: DeadlineKind;
}

/** No interval of ours is shorter (version 3: one centisecond), so that a wrong one cannot make a busy loop. */
const SHORTEST_INTERVAL_US = 10_000;
const RESIGNATION: AdvertContent = { priority: 0 };

/** Lateness below this is the ordinary noise of a scheduler and not worth a fact. */
export const STALL_FLOOR_US = 10_000;

/** Interface that the adverts pass; without one its VRF; '' for unicast that goes where the routing table says. */
export function channelOf(identity: WireIdentity): string {
  return identity.interface || (identity.wire.vrf ?? '');
}

export interface InstanceParts {
  readonly digests: AdvertDigests;
  readonly former: Instance | null;
  readonly emitRun: (run: HeartbeatRun) => void;
  /** Who repeats for it; null: nobody does. Asked only for adverts that may be repeated as they are. */
  readonly repetition: () => Repetition | null;
}

export class Instance {
  readonly actor: ActorId;
  readonly identity: WireIdentity;
  /** Interface whose sockets it uses. */
  readonly channel: string;
  readonly unicast: boolean;
  readonly signer: AdvertSigner;
  /** Null: the core keeps its deadlines and sees all that is sent to it. */
  readonly repetition: Repetition | null;
  source: string | null = null;
  #sourceBytes: Uint8Array | null = null;

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
  /** A deadline is running. */
  awaitsSilence = false;
  /** May leave as soon as silence is found; null: none may. */
  first: FirstAdvert | null = null;
  /** Has left like that, and waits for the statechart to ask for it. */
  left: LeftAdvert | null = null;
  /** Whoever repeats knows the awaited packet, and counts it. */
  isKnownElsewhere = false;
  /** When what is counted elsewhere was asked for last because of its age. */
  collectedUs = 0;

  readonly advertDue: Deadline<DeadlineOwner>;
  readonly silenceDue: Deadline<DeadlineOwner>;
  readonly runsDue: Deadline<DeadlineOwner>;
  readonly receivedRun: RunCounter;
  readonly sentRun: RunCounter;

  received = 0;
  sent = 0;
  priorityZeroReceived = 0;
  priorityZeroSent = 0;
  readonly errors: Record<AdvertErrorKind, number>;
  /** Faults that have been told since the instance last changed. */
  readonly toldFaults = new Set<AdvertErrorKind>();
  lastAdvert: AcceptedAdvert | null = null;
  lastAdvertUs = 0;
  /** It had another address list than ours. */
  listDiffers = false;
  lastSentWallUs = 0;

  readonly #judge: AdvertJudge;

  /** `former`: what the actor was until now, whose counters and sequence numbers go on. */
  constructor(
    actor: ActorId,
    identity: WireIdentity,
    { digests, former, emitRun, repetition }: InstanceParts,
  ) {
    this.actor = actor;
    this.identity = identity;
    this.channel = channelOf(identity);
    this.unicast = identity.unicastPeers.length > 0;
    this.signer = createSigner(actor, identity, digests, former?.signer ?? null);
    this.repetition = this.signer.changing === 'nothing' ? repetition() : null;
    this.#judge = new AdvertJudge(identity, this.signer);
    this.advertDue = new Deadline<DeadlineOwner>({ instance: this, kind: 'advert' });
    this.silenceDue = new Deadline<DeadlineOwner>({ instance: this, kind: 'silence' });
    this.runsDue = new Deadline<DeadlineOwner>({ instance: this, kind: 'runs' });
    this.receivedRun = new RunCounter(actor, 'received', emitRun);
    this.sentRun = new RunCounter(actor, 'sent', emitRun);
    this.errors = former?.errors ?? noErrors();
    this.received = former?.received ?? 0;
    this.sent = former?.sent ?? 0;
    this.priorityZeroReceived = former?.priorityZeroReceived ?? 0;
    this.priorityZeroSent = former?.priorityZeroSent ?? 0;
    this.lastSentWallUs = former?.lastSentWallUs ?? 0;
    if (former !== null) this.#identification = former.#identification;
  }

  setSource(address: string): void {
    this.source = address;
    this.#sourceBytes = ipBytes(address);
    this.#judge.setOwnAddress(address);
  }

  /** No packet is known any more. */
  forgetPackets(): void {
    this.#judge.forget();
  }

  /** True if the packet claims to come from us. */
  isOwn(packet: Uint8Array): boolean {
    return this.#sourceBytes !== null && isAt(packet, sourceOffset(this.identity.family), this.#sourceBytes);
  }

  /** True if the packet was sent to where this instance listens. */
  isAddressed(packet: Uint8Array): boolean {
    return this.#judge.isAddressed(packet);
  }

  /** The packets of an advert with this priority; null without a source address. */
  packetsFor({ priority }: AdvertContent): readonly AdvertPacket[] | null {
    if (this.source === null) return null;
    const { oldChecksum } = this.#judge;
    return buildAdvertPackets(this.identity, {
      source: this.source,
      priority,
      seal: this.signer.seal,
      oldChecksum,
    });
  }

  /** What somebody else sends while this is announced. */
  repeated(): Repeated {
    return { packets: this.packets ?? [], resignation: this.packetsFor(RESIGNATION) ?? [] };
  }

  /** What gives the mastership up; null: nobody else can say it, now or at all. */
  goodbyes(): readonly AdvertPacket[] | null {
    return this.signer.changing === 'nothing' ? this.packetsFor(RESIGNATION) : null;
  }

  /** 1 to 65535, never 0: the kernel would replace a 0. */
  nextIdentification(): number {
    this.#identification = this.#identification === 0xffff ? 1 : this.#identification + 1;
    return this.#identification;
  }

  /** Of the newest packet. */
  get identification(): number {
    return this.#identification;
  }

  /** The packet of the newest advert, if one that is equal says the same without another look. */
  get known(): KnownPacket | null {
    const known = this.#judge.known;
    return known !== null && known.judgement.advert === this.lastAdvert ? known : null;
  }

  /**
   * Takes what was counted elsewhere. Returns how many adverts were received there.
   */
  collect(): number {
    if (this.repetition === null) return 0;
    const { sent, received, identification } = this.repetition.take();
    if (sent.count > 0) {
      this.sent += sent.count;
      this.lastSentWallUs = sent.lastWallUs;
      this.sentRun.addStretch(sent);
      this.#identification = identification;
    }
    if (received.count > 0) {
      this.received += received.count;
      this.lastAdvertUs = Math.max(this.lastAdvertUs, received.lastUs);
      this.silentSinceUs = Math.max(this.silentSinceUs, received.lastUs);
      this.receivedRun.addStretch(received);
    }
    return received.count;
  }

  /** True if adverts matter to this instance at all. */
  get listening(): boolean {
    return this.watching || this.announced !== null;
  }

  /** In steady state it is the known packet again and gets the known judgement, the same object. */
  judge(packet: Uint8Array, wallUs: number): Judgement {
    return this.#judge.judge(packet, wallUs);
  }

  /** True once after a peer turned out to use the old checksum: what is announced must be built anew. */
  takeChecksumChange(): boolean {
    return this.#judge.takeChecksumChange();
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
      lastSentWallUs: this.lastSentWallUs,
    };
  }
}

/** keepalived's skip_check_adv_addr: a backup compares the list of a sender that it knows no more; a master always. */
export function comparesAddresses(instance: Instance, advert: AcceptedAdvert, sameSender: boolean): boolean {
  const countDiffers = advert.addresses.length !== instance.identity.addresses.length;
  return (
    countDiffers || !sameSender || !instance.identity.wire.compareAddressesOnce || instance.announced !== null
  );
}

export function intervalOf({ identity }: Instance): number {
  return Math.max(identity.advertIntervalUs, SHORTEST_INTERVAL_US);
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

function isAt(packet: Uint8Array, at: number, bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) if (packet[at + index] !== bytes[index]) return false;
  return true;
}

function noErrors(): Record<AdvertErrorKind, number> {
  return {
    packetLength: 0,
    ipHeader: 0,
    ttl: 0,
    version: 0,
    type: 0,
    checksum: 0,
    authType: 0,
    authTypeMismatch: 0,
    authFailure: 0,
    authExtMissing: 0,
    authExtMalformed: 0,
    authExtUnknownKey: 0,
    authExtInvalidHmac: 0,
    authExtStale: 0,
    authExtReplay: 0,
    advertInterval: 0,
    addressList: 0,
    unicastMulticast: 0,
    unknownUnicastSource: 0,
    unknownVirtualRouter: 0,
  };
}
