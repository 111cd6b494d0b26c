/** What proves adverts: signs ours and judges those of others, with secrets that somebody else keeps. */
import type { WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import type { AdvertSeal } from '../../protocol/vrrp.ts';
import { isSameSecret } from '../../protocol/vrrp-authentication.ts';
import { type AdvertProof, NO_PROOF } from '../../protocol/vrrp-judgement.ts';
import type { ActorId } from '../types.ts';
import type { AdvertPacket } from './advert-packets.ts';
import { AhSigner } from './ah-signer.ts';
import { HmacSigner } from './hmac-signer.ts';

/** Computes with passwords and keys that nobody else sees. Null: there is none. */
export interface AdvertDigests {
  /** The eight bytes that PASS sends in clear text, zeros after a shorter one. */
  password(actor: ActorId): Uint8Array | null;
  /** HMAC-MD5 (RFC 2104) keyed with the password. */
  hmacMd5(actor: ActorId, input: Uint8Array): Uint8Array | null;
  /** HMAC-SHA256 with one of the keys of auth_hmac. */
  hmacSha256(actor: ActorId, keyId: number, input: Uint8Array): Uint8Array | null;
}

export const NO_DIGESTS: AdvertDigests = {
  password: () => null,
  hmacMd5: () => null,
  hmacSha256: () => null,
};

export interface AdvertSigner {
  readonly seal: AdvertSeal;
  readonly proof: AdvertProof;
  /** Completes the packets of one advert, which are alike but for their destination. */
  sign(packets: readonly AdvertPacket[], wallUs: number): void;
  /** What is new in every advert, though it says the same. */
  readonly changing: 'nothing' | 'ahHeader' | 'trailer';
}

/** Sequence numbers go on where `former` stopped, if it is of the same kind and may (keepalived: AH only). */
export function createSigner(
  actor: ActorId,
  identity: WireIdentity,
  digests: AdvertDigests,
  former: AdvertSigner | null,
): AdvertSigner {
  const { authentication } = identity.wire;
  switch (authentication.kind) {
    case 'none':
      return PLAIN;
    case 'pass':
      return passwordSigner(actor, digests);
    case 'ah':
      return new AhSigner(actor, digests, former instanceof AhSigner ? former.sequence : 0);
    case 'hmac':
      return new HmacSigner({ actor, digests, settings: authentication, peers: identity.unicastPeers });
  }
}

const PLAIN: AdvertSigner = { seal: { kind: 'none' }, proof: NO_PROOF, sign: () => {}, changing: 'nothing' };

/** Version 2 over IPv6 has no room for a password, so nothing there proves it (keepalived accepts none, too). */
function passwordSigner(actor: ActorId, digests: AdvertDigests): AdvertSigner {
  const password = digests.password(actor) ?? new Uint8Array(8);
  const proof: AdvertProof = {
    kind: 'pass',
    judge: (packet, { start, end }) => {
      const roomAt = end - password.length;
      const messageEndsWithPassword = (packet[0] ?? 0) >>> 4 === 4 && roomAt > start;
      return messageEndsWithPassword && isSameSecret(packet, roomAt, password, password.length)
        ? null
        : { error: 'authFailure', detail: 'another password' };
    },
  };
  return { seal: { kind: 'pass', password }, proof, sign: () => {}, changing: 'nothing' };
}
