/** BFD control packets (RFC 5880 section 4.1): bytes and objects, and what makes a packet unusable. Nothing here throws. */

/** UDP ports of RFC 5881 section 4 and RFC 5883 section 5. */
export const BFD_SINGLE_HOP_PORT = 3784;
export const BFD_MULTIHOP_PORT = 4784;

/** In the order of their codes on the wire. */
export const BFD_STATES = ['adminDown', 'down', 'init', 'up'] as const;
export type BfdState = (typeof BFD_STATES)[number];

/** Diagnostics (RFC 5880 section 4.1) in the order of their codes, as logs write them. */
export const BFD_DIAGNOSTICS = [
  'No Diagnostic',
  'Control Detection Time Expired',
  'Echo Function Failed',
  'Neighbor Signaled Session Down',
  'Forwarding Plane Reset',
  'Path Down',
  'Concatenated Path Down',
  'Administratively Down',
  'Reverse Concatenated Path Down',
] as const;

export const DIAGNOSTIC_NONE = 0;
export const DIAGNOSTIC_EXPIRED = 1;
export const DIAGNOSTIC_NEIGHBOR_DOWN = 3;
export const DIAGNOSTIC_ADMIN_DOWN = 7;

/** The mandatory section of a control packet, from its sender's side. Times in microseconds, as on the wire. */
export type BfdControl = {
  readonly state: BfdState;
  /** Index into BFD_DIAGNOSTICS. */
  readonly diagnostic: number;
  readonly poll: boolean;
  readonly final: boolean;
  readonly demand: boolean;
  readonly multiplier: number;
  readonly myDiscriminator: number;
  readonly yourDiscriminator: number;
  readonly desiredMinTxUs: number;
  readonly requiredMinRxUs: number;
};

/** Why a packet is discarded, in the order in which RFC 5880 section 6.8.6 asks; the rest is keepalived's. */
export const BFD_FAULTS = [
  'version',
  /** Shorter than it must be, or of another length than it says. */
  'length',
  'multiplier',
  'multipoint',
  /** "My discriminator" is 0. */
  'discriminator',
  /** "Your discriminator" is 0 in a packet that must have one. */
  'state',
  /** keepalived: poll and final in one packet. */
  'pollAndFinal',
  /** keepalived: a diagnostic without a meaning. */
  'diagnostic',
  /** No session has this discriminator or this neighbour. */
  'session',
  /** It came over more hops than allowed (RFC 5881 section 5). */
  'hops',
  /** It is authenticated, which no session is. */
  'authentication',
] as const;
export type BfdFault = (typeof BFD_FAULTS)[number];

/** How a packet reached this machine. Addresses in the canonical text of their family. */
export interface BfdArrival {
  readonly source: string;
  readonly destination: string;
  /** TTL or hop limit; 0 if the kernel did not tell. */
  readonly ttl: number;
  /** How long ago it reached this machine, in microseconds. */
  readonly ageUs: number;
  readonly multihop: boolean;
}

export type DecodedControl =
  | { readonly ok: true; readonly control: BfdControl; readonly authenticated: boolean }
  | { readonly ok: false; readonly error: BfdFault };

const VERSION = 1;
const MANDATORY_BYTES = 24;
/** With the least of an authentication section behind it. */
const AUTHENTICATED_BYTES = 26;

const POLL = 0x20;
const FINAL = 0x10;
const AUTHENTICATION = 0x04;
const DEMAND = 0x02;
const MULTIPOINT = 0x01;

/** Every check of RFC 5880 section 6.8.6 that needs no session. */
export function decodeControl(bytes: Uint8Array): DecodedControl {
  const [first = 0, second = 0, multiplier = 0, length = 0] = bytes;
  if (bytes.length > 0 && first >>> 5 !== VERSION) return refused('version');
  const authenticated = (second & AUTHENTICATION) !== 0;
  const least = authenticated ? AUTHENTICATED_BYTES : MANDATORY_BYTES;
  // RFC 5880 would take a longer datagram; keepalived takes none whose length differs.
  if (bytes.length < least || length < least || length !== bytes.length) return refused('length');
  if (multiplier === 0) return refused('multiplier');
  if ((second & MULTIPOINT) !== 0) return refused('multipoint');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const myDiscriminator = view.getUint32(4);
  if (myDiscriminator === 0) return refused('discriminator');
  const yourDiscriminator = view.getUint32(8);
  const state = BFD_STATES[second >>> 6] ?? 'adminDown';
  if (yourDiscriminator === 0 && state !== 'down' && state !== 'adminDown') return refused('state');
  const poll = (second & POLL) !== 0;
  const final = (second & FINAL) !== 0;
  if (poll && final) return refused('pollAndFinal');
  const diagnostic = first & 0x1f;
  if (diagnostic >= BFD_DIAGNOSTICS.length) return refused('diagnostic');
  const control: BfdControl = {
    state,
    diagnostic,
    poll,
    final,
    demand: (second & DEMAND) !== 0,
    multiplier,
    myDiscriminator,
    yourDiscriminator,
    desiredMinTxUs: view.getUint32(12),
    requiredMinRxUs: view.getUint32(16),
  };
  return { ok: true, control, authenticated };
}

/** No echo, no authentication, and control plane and forwarding are one. */
export function encodeControl(control: BfdControl): Uint8Array {
  const bytes = new Uint8Array(MANDATORY_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = (VERSION << 5) | control.diagnostic;
  bytes[1] =
    (BFD_STATES.indexOf(control.state) << 6) |
    (control.poll ? POLL : 0) |
    (control.final ? FINAL : 0) |
    (control.demand ? DEMAND : 0);
  bytes[2] = control.multiplier;
  bytes[3] = MANDATORY_BYTES;
  view.setUint32(4, control.myDiscriminator);
  view.setUint32(8, control.yourDiscriminator);
  view.setUint32(12, control.desiredMinTxUs);
  view.setUint32(16, control.requiredMinRxUs);
  return bytes;
}

function refused(error: BfdFault): DecodedControl {
  return { ok: false, error };
}
