/** keepalived's `auth_type AH`: an authentication header with HMAC-MD5-96 before adverts of version 2 over IPv4. */
import {
  AH_DIGEST_AT,
  AH_DIGEST_BYTES,
  AH_SEQUENCE_AT,
  AH_SPI_AT,
  ahInput,
  isSameSecret,
} from '../../protocol/vrrp-authentication.ts';
import type { AdvertLayout, AdvertProof, ProofRefusal } from '../../protocol/vrrp-judgement.ts';
import type { ActorId } from '../types.ts';
import type { AdvertPacket } from './advert-packets.ts';
import type { AdvertDigests, AdvertSigner } from './signer.ts';

/** keepalived counts no further; one advert a second gets there in 136 years. */
const LAST_SEQUENCE = 0xffff_fffd;
const IPV4_SOURCE_AT = 12;

/** One sequence number for both directions: whoever becomes master goes on where the former one stopped. */
export class AhSigner implements AdvertSigner {
  readonly seal = { kind: 'ah' } as const;
  readonly changing = 'ahHeader';
  readonly proof: AdvertProof;
  readonly #actor: ActorId;
  readonly #digests: AdvertDigests;
  #sequence: number;

  constructor(actor: ActorId, digests: AdvertDigests, sequence: number) {
    this.#actor = actor;
    this.#digests = digests;
    this.#sequence = sequence;
    this.proof = { kind: 'ah', judge: (packet, layout) => this.#judge(packet, layout) };
  }

  /** Newest number sent or received. */
  get sequence(): number {
    return this.#sequence;
  }

  sign(packets: readonly AdvertPacket[]): void {
    this.#sequence = this.#sequence >= LAST_SEQUENCE ? 1 : this.#sequence + 1;
    for (const { bytes, ahAt, unicast } of packets) {
      if (ahAt === null) continue;
      new DataView(bytes.buffer, bytes.byteOffset + ahAt).setUint32(AH_SEQUENCE_AT, this.#sequence);
      const digest = this.#digests.hmacMd5(this.#actor, ahInput(bytes, ahAt, unicast));
      if (digest !== null) bytes.set(digest.subarray(0, AH_DIGEST_BYTES), ahAt + AH_DIGEST_AT);
    }
  }

  /** The digest first: without it no field of the packet can be believed. */
  #judge(packet: Uint8Array, { ahAt, unicast }: AdvertLayout): ProofRefusal | null {
    const at = ahAt ?? 0;
    const digest = this.#digests.hmacMd5(this.#actor, ahInput(packet, at, unicast));
    if (digest === null || !isSameSecret(packet, at + AH_DIGEST_AT, digest, AH_DIGEST_BYTES))
      return { error: 'authFailure', detail: 'the authentication header has another digest' };
    const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
    if (view.getUint32(at + AH_SPI_AT) !== view.getUint32(IPV4_SOURCE_AT))
      return { error: 'authFailure', detail: 'the security parameter index is not the source' };
    const sequence = view.getUint32(at + AH_SEQUENCE_AT);
    if (sequence <= this.#sequence)
      return {
        error: 'authFailure',
        detail: `sequence number ${sequence} does not follow ${this.#sequence}`,
      };
    this.#sequence = sequence;
    return null;
  }
}
