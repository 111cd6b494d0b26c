/** What a route wraps its packets in: lightweight tunnels (linux/lwtunnel.h, mpls_iptunnel.h, ila.h). */
import { attribute, nested, networkUint64, uint8, uint16, viewOf } from '../netlink/attributes.ts';
import { addressBytes } from './common.ts';

/** Options that are as by default are absent. */
export type Encap =
  | {
      readonly type: 'ip' | 'ip6';
      /** 64 bits as decimal text. */
      readonly id?: string;
      readonly destination?: string;
      readonly source?: string;
      /** TTL or hop limit. */
      readonly ttl?: number;
      /** Type of service or traffic class. */
      readonly tos?: number;
      readonly flags?: number;
    }
  | { readonly type: 'mpls'; readonly labels: readonly number[] }
  /** `1:2:3:4` */
  | { readonly type: 'ila'; readonly locator: string };

const TYPES = { mpls: 1, ip: 2, ila: 3, ip6: 4 } as const;
// LWTUNNEL_IP_* and LWTUNNEL_IP6_* are the same numbers.
const TUNNEL_ID = 1;
const TUNNEL_DST = 2;
const TUNNEL_SRC = 3;
const TUNNEL_TTL = 4;
const TUNNEL_TOS = 5;
const TUNNEL_FLAGS = 6;
const MPLS_IPTUNNEL_DST = 1;
const ILA_ATTR_LOCATOR = 1;
const BOTTOM_OF_STACK = 0x100;

export interface EncodedEncap {
  readonly type: number;
  /** Attributes that go into RTA_ENCAP. */
  readonly attributes: readonly Uint8Array[];
}

/** Null if an address is malformed. */
export function encodeEncap(encap: Encap): EncodedEncap | null {
  const attributes = attributesOf(encap);
  return attributes === null ? null : { type: TYPES[encap.type], attributes };
}

/** As an attribute of `type`. */
export function nestedEncap(type: number, { attributes }: EncodedEncap): Uint8Array {
  return nested(type, ...attributes);
}

function attributesOf(encap: Encap): Uint8Array[] | null {
  switch (encap.type) {
    case 'mpls':
      return [attribute(MPLS_IPTUNNEL_DST, labelStack(encap.labels))];
    case 'ila': {
      const parsed = addressBytes(`::${encap.locator}`);
      return parsed === null ? null : [attribute(ILA_ATTR_LOCATOR, parsed.bytes.slice(8))];
    }
    default:
      return tunnelAttributes(encap);
  }
}

function tunnelAttributes(encap: Extract<Encap, { type: 'ip' | 'ip6' }>): Uint8Array[] | null {
  const parts: Uint8Array[] = [];
  const { id, destination, source, tos, ttl, flags } = encap;
  const family = encap.type === 'ip' ? 'inet' : 'inet6';
  if (id !== undefined) parts.push(networkUint64(TUNNEL_ID, id));
  for (const [type, address] of [
    [TUNNEL_DST, destination],
    [TUNNEL_SRC, source],
  ] as const) {
    if (address === undefined) continue;
    const parsed = addressBytes(address);
    if (parsed?.family !== family) return null;
    parts.push(attribute(type, parsed.bytes));
  }
  if (tos !== undefined) parts.push(uint8(TUNNEL_TOS, tos));
  if (ttl !== undefined) parts.push(uint8(TUNNEL_TTL, ttl));
  if (flags !== undefined) parts.push(uint16(TUNNEL_FLAGS, flags));
  return parts;
}

/** RFC 3032 section 2.1: 20 bits of label, the last one marked. */
function labelStack(labels: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * labels.length);
  labels.forEach((label, at) => {
    const last = at === labels.length - 1 ? BOTTOM_OF_STACK : 0;
    viewOf(bytes).setUint32(4 * at, ((label << 12) | last) >>> 0);
  });
  return bytes;
}
