/** Whether a received packet is an advert that may move a virtual router (RFC 9568 section 7.1, keepalived's order). */
import { type IpFamily, isMulticastIp } from './ip.ts';
import { type IpPacket, parseIpPacket } from './ip-packet.ts';
import {
  AUTH_AH,
  AUTH_NONE,
  AUTH_PASS,
  type ChecksumDialect,
  checksumDialect,
  type DecodedVrrp,
  decodeVrrp,
  VRRP_PROTOCOL,
  VRRP_TTL,
  vrrpLength,
} from './vrrp.ts';
import { AH_BYTES, AH_PROTOCOL, TRAILER_BYTES } from './vrrp-authentication.ts';

/** A router that may send unicast adverts, and the TTLs that they may arrive with. */
export interface ExpectedPeer {
  readonly address: string;
  readonly minTtl: number;
  readonly maxTtl: number;
}

/** What the receiving instance is. */
export interface AdvertExpectation {
  readonly family: IpFamily;
  readonly version: 2 | 3;
  readonly virtualRouterId: number;
  /** Version 2 accepts only this interval; version 3 learns the sender's. */
  readonly advertIntervalUs: number;
  /** True: adverts come to an address of ours, from any TTL. False: to the group with TTL 255. */
  readonly unicast: boolean;
  /** The multicast group, or our own address; null: whatever unicast address. */
  readonly destination: string | null;
  readonly addresses: readonly string[];
  /** Null: unicast adverts of anybody count. */
  readonly peers: readonly ExpectedPeer[] | null;
  /** Multicast group that may stand for the destination in the checksum of unicast adverts; null: it may not. */
  readonly checksumGroup: string | null;
  /** What must prove the sender. */
  readonly proof: AdvertProof;
}

/** Where the parts of an advert stand in its packet. */
export interface AdvertLayout {
  readonly source: string;
  /** The VRRP message is `packet[start, end)`. */
  readonly start: number;
  readonly end: number;
  /** Offset of the authentication header, null without. */
  readonly ahAt: number | null;
  /** Whether a trailer follows the message. */
  readonly trailer: boolean;
  readonly unicast: boolean;
}

/** Judges what proves the sender of an advert, with whatever keys and sequence numbers it keeps. */
export interface AdvertProof {
  readonly kind: 'none' | 'pass' | 'ah' | 'hmac';
  /** Null: proven. It may take the packet's sequence number as used. `wallUs`: Unix time of its arrival. */
  judge(packet: Uint8Array, layout: AdvertLayout, wallUs: number): ProofRefusal | null;
}

export interface ProofRefusal {
  readonly error: AdvertFault;
  readonly detail: string;
}

export const NO_PROOF: AdvertProof = { kind: 'none', judge: () => null };

/** What an accepted advert says. */
export interface AcceptedAdvert {
  readonly source: string;
  readonly priority: number;
  readonly advertIntervalUs: number;
  readonly addresses: readonly string[];
}

/** Names follow keepalived's statistics. */
export type AdvertFault =
  | 'packetLength'
  | 'ipHeader'
  | 'ttl'
  | 'version'
  | 'type'
  | 'checksum'
  /** A kind of authentication that version 2 does not know. */
  | 'authType'
  /** Another kind than ours. */
  | 'authTypeMismatch'
  | 'authFailure'
  | 'authExtMissing'
  | 'authExtMalformed'
  | 'authExtUnknownKey'
  | 'authExtInvalidHmac'
  | 'authExtStale'
  | 'authExtReplay'
  | 'advertInterval'
  | 'unicastMulticast'
  | 'unknownUnicastSource'
  | 'unknownVirtualRouter';

export type Judgement =
  | {
      readonly ok: true;
      readonly advert: AcceptedAdvert;
      /** The sender backs up other addresses than we do: worth counting, not a reason to refuse (as keepalived). */
      readonly addressListDiffers: boolean;
      readonly dialect: ChecksumDialect;
      readonly layout: AdvertLayout;
    }
  | Refusal;

export interface Refusal extends ProofRefusal {
  readonly ok: false;
}

/** An Ethernet frame's smallest payload: shorter packets may arrive with its padding counted in. */
const ETHERNET_MINIMUM_BYTES = 46;

/**
 * Judges one whole IP packet. The checks come in keepalived's order, the first that fails names the fault: length, TTL,
 * version, trailer, authentication, interval, type, IP total length, checksum, unicast or multicast, sender.
 * Two differences: the length is computed from the packet's own version, so that a neighbour of the other version is
 * reported as that and not as a wrong length; and an interval of 0 in version 3 is refused: it would take over at once
 * (range 1 to 4095). `wallUs` is the Unix time of its arrival.
 */
export function judgeAdvert(packet: Uint8Array, expected: AdvertExpectation, wallUs = 0): Judgement {
  const parsed = parseIpPacket(packet);
  if (!parsed.ok) return parsed;
  const { ip } = parsed;
  const start = ip.headerLength + (ip.protocol === AH_PROTOCOL ? AH_BYTES : 0);
  const foreign = refuseForeign(packet, ip, expected);
  if (foreign !== null) return foreign;
  const decoded = decodeVrrp(packet.subarray(start), ip.family);
  if (!decoded.ok) return decoded;
  const { vrrp } = decoded;
  const end = start + vrrpLength(vrrp.version, vrrp.addresses.length, ip.family);
  const trailer = expected.proof.kind === 'hmac' && packet.length === end + TRAILER_BYTES;
  const layout: AdvertLayout = {
    source: ip.source,
    start,
    end,
    ahAt: ip.protocol === AH_PROTOCOL ? ip.headerLength : null,
    trailer,
    unicast: expected.unicast,
  };
  const expectedLength = end + (trailer ? TRAILER_BYTES : 0);
  const refused =
    refuseSender(packet, ip, vrrp, expected, expectedLength) ??
    refuseProof(packet, vrrp, expected, layout, wallUs) ??
    refuseContent(packet, ip, vrrp, expected, expectedLength);
  if (refused !== null) return refused;
  const dialect = checksumDialect(packet, start, end, expected.checksumGroup);
  if (dialect === null) return refuse('checksum', `checksum 0x${vrrp.checksum.toString(16)}`);
  const wrongly = refuseEnds(ip, expected);
  if (wrongly !== null) return wrongly;
  const { priority, advertIntervalUs, addresses } = vrrp;
  return {
    ok: true,
    advert: { source: ip.source, priority, advertIntervalUs, addresses },
    addressListDiffers: !sameAddresses(addresses, expected.addresses),
    dialect,
    layout,
  };
}

/** Of another family or protocol, or with an authentication header where none belongs, or without. */
function refuseForeign(packet: Uint8Array, ip: IpPacket, expected: AdvertExpectation): Refusal | null {
  if (ip.family !== expected.family) return refuse('ipHeader', `a packet of ${ip.family}`);
  const authenticated = ip.protocol === AH_PROTOCOL && ip.family === 'inet';
  if (ip.protocol !== VRRP_PROTOCOL && !authenticated)
    return refuse('ipHeader', `IP protocol ${ip.protocol}`);
  if (authenticated !== (expected.proof.kind === 'ah'))
    return refuse(
      'authTypeMismatch',
      authenticated ? 'an authentication header' : 'no authentication header',
    );
  if (authenticated && packet.length < ip.headerLength + AH_BYTES)
    return refuse('packetLength', `${packet.length} bytes are less than an authentication header`);
  const next = packet[ip.headerLength];
  return authenticated && next !== VRRP_PROTOCOL
    ? refuse('ipHeader', `an authentication header before IP protocol ${next}`)
    : null;
}

function refuseSender(
  packet: Uint8Array,
  ip: IpPacket,
  vrrp: DecodedVrrp,
  expected: AdvertExpectation,
  expectedLength: number,
): Refusal | null {
  if (packet.length !== expectedLength && !isPadding(expectedLength, packet.length))
    return refuse('packetLength', `${packet.length} bytes received, ${expectedLength} expected`);
  if (vrrp.virtualRouterId !== expected.virtualRouterId)
    return refuse('unknownVirtualRouter', `virtual router ${vrrp.virtualRouterId}`);
  if (!expected.unicast && ip.hopLimit !== VRRP_TTL) return refuse('ttl', `TTL ${ip.hopLimit}`);
  if (vrrp.version !== expected.version)
    return refuse('version', `VRRP version ${vrrp.version}, ours is ${expected.version}`);
  return null;
}

/** The trailer proves both versions, the other kinds only version 2. */
function refuseProof(
  packet: Uint8Array,
  vrrp: DecodedVrrp,
  { version, proof }: AdvertExpectation,
  layout: AdvertLayout,
  wallUs: number,
): Refusal | null {
  if (proof.kind === 'hmac') {
    const refused = proof.judge(packet, layout, wallUs);
    if (refused !== null) return { ok: false, ...refused };
  }
  if (version !== 2) return null;
  if (![AUTH_NONE, AUTH_PASS, AUTH_AH].includes(vrrp.authType))
    return refuse('authType', `authentication type ${vrrp.authType}`);
  const ours = proof.kind === 'pass' ? AUTH_PASS : proof.kind === 'ah' ? AUTH_AH : AUTH_NONE;
  if (vrrp.authType !== ours)
    return refuse('authTypeMismatch', `authentication type ${vrrp.authType}, ours is ${ours}`);
  const refused = proof.kind === 'hmac' ? null : proof.judge(packet, layout, wallUs);
  return refused === null ? null : { ok: false, ...refused };
}

function refuseContent(
  packet: Uint8Array,
  ip: IpPacket,
  vrrp: DecodedVrrp,
  expected: AdvertExpectation,
  expectedLength: number,
): Refusal | null {
  if (vrrp.version === 2 && vrrp.advertIntervalUs !== expected.advertIntervalUs)
    return refuse(
      'advertInterval',
      `interval ${vrrp.advertIntervalUs} us, ours is ${expected.advertIntervalUs} us`,
    );
  if (vrrp.advertIntervalUs === 0) return refuse('advertInterval', 'interval 0');
  if (vrrp.type !== 1) return refuse('type', `VRRP type ${vrrp.type}`);
  if (ip.totalLength !== packet.length && ip.totalLength !== expectedLength)
    return refuse('packetLength', `IP total length ${ip.totalLength}, ${packet.length} bytes received`);
  return null;
}

function refuseEnds(ip: IpPacket, expected: AdvertExpectation): Refusal | null {
  const { unicast, destination, peers } = expected;
  const addressed =
    isMulticastIp(ip.destination) !== unicast && (destination === null || ip.destination === destination);
  if (!addressed) return refuse('unicastMulticast', `sent to ${ip.destination}`);
  if (peers === null) return null;
  const peer = peers.find(({ address }) => address === ip.source);
  if (peer === undefined) return refuse('unknownUnicastSource', `${ip.source} is no peer`);
  return ip.hopLimit < peer.minTtl || ip.hopLimit > peer.maxTtl
    ? refuse('ttl', `TTL ${ip.hopLimit}, ${peer.minTtl} to ${peer.maxTtl} may arrive from ${ip.source}`)
    : null;
}

/** keepalived's rule: a short packet may be longer by what fills it up to a multiple of 4 bytes past 2. */
function isPadding(expectedLength: number, receivedLength: number): boolean {
  return (
    expectedLength < ETHERNET_MINIMUM_BYTES &&
    receivedLength > expectedLength &&
    (receivedLength - expectedLength) % 4 === 2
  );
}

/** The same addresses in any order. */
function sameAddresses(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && b.every((address) => a.includes(address));
}

function refuse(error: AdvertFault, detail: string): Refusal {
  return { ok: false, error, detail };
}
