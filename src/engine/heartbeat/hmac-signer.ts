/** keepalived's auth_hmac: a trailer with a sequence number and HMAC-SHA256 after adverts of any kind. */
import type { AdvertAuthentication } from '../../machines/vrrp/input/wire.ts';
import type { AdvertSeal } from '../../protocol/vrrp.ts';
import { writeIpv6Checksum } from '../../protocol/vrrp.ts';
import {
  isAfter,
  isSameSecret,
  readTrailer,
  secondsAhead,
  sequenceOfClock,
  TRAILER_BYTES,
  TRAILER_HMAC_AT,
  TRAILER_HMAC_BYTES,
  TRAILER_TYPE,
  trailerInput,
  writeTrailer,
} from '../../protocol/vrrp-authentication.ts';
import type { AdvertLayout, AdvertProof, ProofRefusal } from '../../protocol/vrrp-judgement.ts';
import type { ActorId } from '../types.ts';
import type { AdvertPacket } from './advert-packets.ts';
import type { AdvertDigests, AdvertSigner } from './signer.ts';

/** Senders of multicast adverts whose newest number is kept; more than one only while they contend. */
const MULTICAST_SENDERS = 4;

type HmacSettings = Extract<AdvertAuthentication, { kind: 'hmac' }>;

export interface HmacOptions {
  readonly actor: ActorId;
  readonly digests: AdvertDigests;
  readonly settings: HmacSettings;
  /** Empty: multicast. */
  readonly peers: readonly string[];
}

export class HmacSigner implements AdvertSigner {
  readonly seal: AdvertSeal;
  readonly changing = 'trailer';
  readonly proof: AdvertProof;
  readonly #options: HmacOptions;
  readonly #windowSeconds: number;
  #sent = 0n;
  /** Newest number of each sender, the least recently heard one first. */
  readonly #marks = new Map<string, bigint>();

  constructor(options: HmacOptions) {
    this.#options = options;
    this.#windowSeconds = Math.floor(options.settings.windowUs / 1_000_000);
    this.seal = { kind: options.settings.mode === 'receive-only' ? 'none' : 'hmac' };
    this.proof = { kind: 'hmac', judge: (packet, layout, wallUs) => this.#judge(packet, layout, wallUs) };
  }

  get #timed(): boolean {
    return this.#options.settings.antiReplay === 'time';
  }

  /** One number and one HMAC for all destinations, which it does not cover. */
  sign(packets: readonly AdvertPacket[], wallUs: number): void {
    const [first] = packets;
    if (this.seal.kind === 'none' || first === undefined) return;
    const { actor, digests, settings } = this.#options;
    writeTrailer(first.bytes, first.end, settings.activeKey, this.#nextSequence(wallUs));
    const input = trailerInput(first.bytes, first.start, first.end, first.source);
    const hmac = digests.hmacSha256(actor, settings.activeKey, input);
    if (hmac !== null) first.bytes.set(hmac.subarray(0, TRAILER_HMAC_BYTES), first.end + TRAILER_HMAC_AT);
    const trailer = first.bytes.subarray(first.end, first.end + TRAILER_BYTES);
    for (const { bytes, end, start } of packets) {
      if (bytes !== first.bytes) bytes.set(trailer, end);
      // Over IPv4 the checksum covers the message alone.
      if ((bytes[0] ?? 0) >>> 4 === 6) writeIpv6Checksum(bytes, start);
    }
  }

  /**
   * The clock, or the last number and one more. A clock that was set back strands the numbers ahead of what others
   * accept: past the window they start from the clock again, unless growth is all that counts.
   */
  #nextSequence(wallUs: number): bigint {
    const clock = sequenceOfClock(wallUs);
    const stranded = this.#timed && secondsAhead(this.#sent, clock) > this.#windowSeconds;
    this.#sent = isAfter(clock, this.#sent) || stranded ? clock : BigInt.asUintN(64, this.#sent + 1n);
    return this.#sent;
  }

  /** What costs a digest comes after what can be told without; a number counts as used only once it is proven. */
  #judge(packet: Uint8Array, layout: AdvertLayout, wallUs: number): ProofRefusal | null {
    const { actor, digests, settings, peers } = this.#options;
    if (!layout.trailer) {
      return settings.mode === 'enforce'
        ? { error: 'authExtMissing', detail: 'no authentication trailer' }
        : null;
    }
    if (layout.unicast && !peers.includes(layout.source))
      return { error: 'unknownUnicastSource', detail: `${layout.source} is no peer` };
    const { type, reserved, keyId, sequence } = readTrailer(packet, layout.end);
    if (type !== TRAILER_TYPE || reserved !== 0)
      return { error: 'authExtMalformed', detail: `trailer type ${type}, reserved ${reserved}` };
    const skewSeconds = secondsAhead(sequenceOfClock(wallUs), sequence);
    if (this.#timed && Math.abs(skewSeconds) > this.#windowSeconds)
      return { error: 'authExtStale', detail: `${skewSeconds} s old, ${this.#windowSeconds} s may be` };
    const input = trailerInput(packet, layout.start, layout.end, layout.source);
    const hmac = digests.hmacSha256(actor, keyId, input);
    if (hmac === null) return { error: 'authExtUnknownKey', detail: `key ${keyId}` };
    if (!isSameSecret(packet, layout.end + TRAILER_HMAC_AT, hmac, TRAILER_HMAC_BYTES))
      return { error: 'authExtInvalidHmac', detail: `the HMAC is not that of key ${keyId}` };
    return this.#isNew(layout.source, sequence, wallUs)
      ? null
      : { error: 'authExtReplay', detail: `sequence number ${sequence.toString(16)} was used before` };
  }

  /** A mark outside the window only orders what the window refuses: without it a reset sender is heard again. */
  #isNew(source: string, sequence: bigint, wallUs: number): boolean {
    const mark = this.#marks.get(source);
    const expired =
      mark !== undefined &&
      this.#timed &&
      Math.abs(secondsAhead(sequenceOfClock(wallUs), mark)) > this.#windowSeconds;
    if (mark !== undefined && !expired && !isAfter(sequence, mark)) return false;
    this.#marks.delete(source);
    this.#marks.set(source, sequence);
    if (this.#options.peers.length === 0 && this.#marks.size > MULTICAST_SENDERS) {
      for (const oldest of this.#marks.keys()) {
        this.#marks.delete(oldest);
        break;
      }
    }
    return true;
  }
}
