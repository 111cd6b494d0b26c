/** Whether a received packet is an advert that may move a virtual router (RFC 9568 section 7.1, keepalived's order). */
import { formatIpv4, parseIpv4 } from './ipv4.ts';
import { parseIpv4Header } from './ipv4-header.ts';
import {
  checksumDialect,
  decodeVrrp,
  VRRP_MULTICAST_GROUP,
  VRRP_PROTOCOL,
  VRRP_TTL,
  vrrpLength,
} from './vrrp.ts';

/** What the receiving instance is. */
export interface AdvertExpectation {
  readonly version: 2 | 3;
  readonly virtualRouterId: number;
  /** Version 2 accepts only this interval; version 3 learns the sender's. */
  readonly advertIntervalUs: number;
  /** True: adverts come to an address of ours, from any TTL. False: to 224.0.0.18 with TTL 255. */
  readonly unicast: boolean;
  readonly addresses: readonly string[];
}

/** What an accepted advert says. */
export interface AcceptedAdvert {
  readonly source: string;
  readonly priority: number;
  readonly advertIntervalUs: number;
  readonly addresses: readonly string[];
}

export type AdvertFault =
  | 'packetLength'
  | 'ipHeader'
  | 'ttl'
  | 'version'
  | 'type'
  | 'checksum'
  | 'authType'
  | 'advertInterval'
  | 'unicastMulticast'
  | 'unknownVirtualRouter';

export type Judgement =
  | {
      readonly ok: true;
      readonly advert: AcceptedAdvert;
      /** The sender backs up other addresses than we do: worth counting, not a reason to refuse (as keepalived). */
      readonly addressListDiffers: boolean;
    }
  | { readonly ok: false; readonly error: AdvertFault; readonly detail: string };

/** An Ethernet frame's smallest payload: shorter packets may arrive with its padding counted in. */
const ETHERNET_MINIMUM_BYTES = 46;
const MULTICAST_GROUP = parseIpv4(VRRP_MULTICAST_GROUP);

/**
 * Judges one whole IPv4 packet. The checks come in keepalived's order, the first that fails names the fault: length,
 * TTL, version, authentication, interval, type, IP total length, checksum, unicast or multicast. One difference: the
 * length is computed from the packet's own version, so that a neighbour of the other version is reported as that and
 * not as a wrong length. An interval of 0 in version 3 is refused: it would take over at once (range 1 to 4095).
 */
export function judgeAdvert(packet: Uint8Array, expected: AdvertExpectation): Judgement {
  const parsed = parseIpv4Header(packet);
  if (!parsed.ok) return parsed;
  const ip = parsed.header;
  if (ip.protocol !== VRRP_PROTOCOL) return refuse('ipHeader', `IP protocol ${ip.protocol}`);
  const start = ip.headerLength;
  const decoded = decodeVrrp(packet.subarray(start));
  if (!decoded.ok) return decoded;
  const vrrp = decoded.vrrp;
  const expectedLength = start + vrrpLength(vrrp.version, vrrp.addresses.length);
  if (packet.length !== expectedLength && !isPadding(expectedLength, packet.length))
    return refuse('packetLength', `${packet.length} bytes received, ${expectedLength} expected`);
  if (vrrp.virtualRouterId !== expected.virtualRouterId)
    return refuse('unknownVirtualRouter', `virtual router ${vrrp.virtualRouterId}`);
  if (!expected.unicast && ip.ttl !== VRRP_TTL) return refuse('ttl', `TTL ${ip.ttl}`);
  if (vrrp.version !== expected.version)
    return refuse('version', `VRRP version ${vrrp.version}, ours is ${expected.version}`);
  if (vrrp.authType !== 0) return refuse('authType', `authentication type ${vrrp.authType}`);
  if (vrrp.version === 2 && vrrp.advertIntervalUs !== expected.advertIntervalUs)
    return refuse(
      'advertInterval',
      `interval ${vrrp.advertIntervalUs} us, ours is ${expected.advertIntervalUs} us`,
    );
  if (vrrp.advertIntervalUs === 0) return refuse('advertInterval', 'interval 0');
  if (vrrp.type !== 1) return refuse('type', `VRRP type ${vrrp.type}`);
  if (ip.totalLength !== packet.length && ip.totalLength !== expectedLength)
    return refuse('packetLength', `IP total length ${ip.totalLength}, ${packet.length} bytes received`);
  if (checksumDialect(packet, start, expectedLength, ip.source, ip.destination) === null)
    return refuse('checksum', `checksum 0x${vrrp.checksum.toString(16)}`);
  if (!isAddressedRightly(ip.destination, expected.unicast))
    return refuse('unicastMulticast', `sent to ${formatIpv4(ip.destination)}`);
  const advert: AcceptedAdvert = {
    source: formatIpv4(ip.source),
    priority: vrrp.priority,
    advertIntervalUs: vrrp.advertIntervalUs,
    addresses: vrrp.addresses,
  };
  return {
    ok: true,
    advert,
    addressListDiffers: !sameAddresses(vrrp.addresses, expected.addresses),
  };
}

/** keepalived's rule: a short packet may be longer by what fills it up to a multiple of 4 bytes past 2. */
function isPadding(expectedLength: number, receivedLength: number): boolean {
  return (
    expectedLength < ETHERNET_MINIMUM_BYTES &&
    receivedLength > expectedLength &&
    (receivedLength - expectedLength) % 4 === 2
  );
}

function isAddressedRightly(destination: number, unicast: boolean): boolean {
  return unicast ? destination >>> 28 !== 0xe : destination === MULTICAST_GROUP;
}

/** The same addresses in any order. */
function sameAddresses(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((address) => b.includes(address));
}

function refuse(error: AdvertFault, detail: string): Judgement {
  return { ok: false, error, detail };
}
