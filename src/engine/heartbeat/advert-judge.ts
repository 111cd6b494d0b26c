/** Judges the adverts of one instance, and knows the newest one again without doing all of it. */
import type { WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import { ipBytes } from '../../protocol/ip.ts';
import { destinationOffset, packetFamily } from '../../protocol/ip-packet.ts';
import { checksumDialect, wireIntervalUs } from '../../protocol/vrrp.ts';
import {
  AH_BYTES,
  AH_DIGEST_AT,
  AH_SEQUENCE_AT,
  TRAILER_SEQUENCE_AT,
} from '../../protocol/vrrp-authentication.ts';
import {
  type AdvertExpectation,
  type ExpectedPeer,
  type Judgement,
  judgeAdvert,
} from '../../protocol/vrrp-judgement.ts';
import type { KnownPacket } from './repetition.ts';
import type { AdvertSigner } from './signer.ts';

type Accepted = Extract<Judgement, { ok: true }>;

interface Known extends KnownPacket {
  readonly judgement: Accepted;
}

export class AdvertJudge {
  readonly #identity: WireIdentity;
  readonly #signer: AdvertSigner;
  #expected: AdvertExpectation;
  #destination: Uint8Array | null;
  #known: Known | null = null;
  #oldChecksum: boolean;
  #checksumChanged = false;

  constructor(identity: WireIdentity, signer: AdvertSigner) {
    const { wire, unicastPeers, version, family } = identity;
    const unicast = unicastPeers.length > 0;
    const mayBeOld = unicast && version === 3 && family === 'inet' && wire.oldUnicastChecksum !== 'never';
    this.#identity = identity;
    this.#signer = signer;
    this.#oldChecksum = mayBeOld && wire.oldUnicastChecksum === 'always';
    this.#destination = unicast ? null : ipBytes(wire.multicastGroup);
    this.#expected = {
      family,
      version,
      virtualRouterId: identity.virtualRouterId,
      advertIntervalUs: wireIntervalUs(version, identity.advertIntervalUs),
      unicast,
      destination: unicast ? null : wire.multicastGroup,
      addresses: identity.addresses,
      peers: unicast && wire.checkUnicastSource ? peersOf(identity) : null,
      checksumGroup: mayBeOld ? wire.multicastGroup : null,
      proof: signer.proof,
    };
  }

  /** The newest accepted packet and its judgement; null: none, or one like it has to be judged all the same. */
  get known(): Known | null {
    return this.#signer.changing === 'nothing' ? this.#known : null;
  }

  /** Our adverts have the checksum that keepalived had up to 1.3.6. */
  get oldChecksum(): boolean {
    return this.#oldChecksum;
  }

  /** True once after `oldChecksum` changed. */
  takeChecksumChange(): boolean {
    const changed = this.#checksumChanged;
    this.#checksumChanged = false;
    return changed;
  }

  forget(): void {
    this.#known = null;
  }

  /** Where unicast adverts must be sent to. */
  setOwnAddress(address: string): void {
    if (!this.#expected.unicast) return;
    this.#expected = { ...this.#expected, destination: address };
    this.#destination = ipBytes(address);
    this.#known = null;
  }

  /** True if the packet was sent to the group, or to our address. */
  isAddressed(packet: Uint8Array): boolean {
    const wanted = this.#destination;
    const at = destinationOffset(packetFamily(packet));
    if (wanted === null) return false;
    for (let index = 0; index < wanted.length; index++)
      if (packet[at + index] !== wanted[index]) return false;
    return true;
  }

  judge(packet: Uint8Array, wallUs: number): Judgement {
    const known = this.#known;
    if (known !== null && saysTheSame(packet, known))
      return this.#judgeAgain(packet, known.judgement, wallUs);
    const judgement = judgeAdvert(packet, this.#expected, wallUs);
    if (!judgement.ok) return judgement;
    this.#known = { bytes: packet.slice(), mask: this.#maskOf(packet, judgement), judgement };
    if (judgement.dialect === 'groupPseudoHeader' && !this.#oldChecksum) {
      this.#oldChecksum = true;
      this.#checksumChanged = true;
    }
    return judgement;
  }

  /** Only what is new in every advert has to be looked at: its proof, and with a trailer over IPv6 the checksum. */
  #judgeAgain(packet: Uint8Array, judgement: Accepted, wallUs: number): Judgement {
    if (this.#signer.changing === 'nothing') return judgement;
    const { layout } = judgement;
    const refused = this.#signer.proof.judge(packet, layout, wallUs);
    if (refused !== null) return { ok: false, ...refused };
    const sums =
      this.#identity.family === 'inet' || checksumDialect(packet, layout.start, layout.end) !== null;
    return sums ? judgement : { ok: false, error: 'checksum', detail: 'checksum of the whole packet' };
  }

  /** IP identification and header checksum, which no check looks at, and what each advert has anew. */
  #maskOf(packet: Uint8Array, { layout }: Accepted): Uint8Array {
    const mask = new Uint8Array(packet.length).fill(255);
    if (this.#identity.family === 'inet') mask.fill(0, 4, 6).fill(0, 10, 12);
    const { ahAt, trailer, end, start } = layout;
    if (ahAt !== null) {
      mask.fill(0, ahAt + AH_SEQUENCE_AT, ahAt + AH_DIGEST_AT);
      mask.fill(0, ahAt + AH_DIGEST_AT, ahAt + AH_BYTES);
    }
    if (!trailer) return mask;
    mask.fill(0, end + TRAILER_SEQUENCE_AT);
    if (this.#identity.family === 'inet6') mask.fill(0, start + 6, start + 8);
    return mask;
  }
}

function peersOf({ unicastPeers, wire }: WireIdentity): readonly ExpectedPeer[] {
  return unicastPeers.map((address) => {
    const limits = wire.peerTtls.find(({ peer }) => peer === address);
    return { address, minTtl: limits?.min ?? 0, maxTtl: limits?.max ?? 255 };
  });
}

function saysTheSame(packet: Uint8Array, { bytes, mask }: Known): boolean {
  if (packet.length !== bytes.length) return false;
  for (let index = 0; index < bytes.length; index++)
    if ((((packet[index] ?? 0) ^ (bytes[index] ?? 0)) & (mask[index] ?? 0)) !== 0) return false;
  return true;
}
