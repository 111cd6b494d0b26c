/** Proofs of adverts with real digests: packets of keepalived 2.4.3 from the wire, and what must not be believed. */
import { describe, expect, test } from 'vitest';
import { bytesOf, hexOf } from '../../../test/harness/advert-packets.ts';
import { RecordedCore, second } from '../../../test/harness/recorded-core.ts';
import { wireIdentity } from '../../../test/harness/wire-identity.ts';
import { HeartbeatCore } from '../../engine/heartbeat/core.ts';
import type { WireDetails } from '../../machines/vrrp/input/wire.ts';
import type { WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import { wireDetails } from '../../machines/vrrp/vrrp.fixture.ts';
import { type AdvertSecrets, SecretDigests } from './digests.ts';

const actor = 'vrrp/VI_1';
const TEXT_KEY = Buffer.from('0123456789abcdef0123456789ABCDEF');
const HEX_KEY = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20', 'hex');

function secretsOf(secrets: Partial<AdvertSecrets> = {}): SecretDigests {
  const keys = new Map([
    [1, TEXT_KEY],
    [7, HEX_KEY],
  ]);
  return new SecretDigests(new Map([[actor, { password: Buffer.from('s3cret\0\0'), keys, ...secrets }]]));
}

type Hmac = Extract<WireDetails['authentication'], { kind: 'hmac' }>;

function hmac(changes: Partial<Hmac> = {}): Hmac {
  return {
    kind: 'hmac',
    activeKey: 1,
    mode: 'enforce',
    antiReplay: 'time',
    windowUs: 5 * second,
    ...changes,
  };
}

interface Vector {
  readonly name: string;
  readonly identity: Partial<WireIdentity>;
  readonly activeKey: number;
  readonly source: string;
  readonly packets: readonly string[];
}

const IPV4 = { addresses: ['10.9.0.100'] } as const;

const VECTORS: readonly Vector[] = [
  {
    name: 'version 2',
    identity: { ...IPV4, version: 2 },
    activeKey: 1,
    source: '10.9.0.1',
    packets: [
      '45c0004400010000ff70d06c0a090001e00000122133ff010001d55c0a0900640000000000000000010100006b09ccdaed5900001247d8de173369fcb60b8d7f2fd2ff60',
      '45c0004400020000ff70d06b0a090001e00000122133ff010001d55c0a0900640000000000000000010100006b09ccdc0d0a00003d5978cd50c08b35675c0035daaf35ce',
    ],
  },
  {
    name: 'version 3',
    identity: IPV4,
    activeKey: 7,
    source: '10.9.0.1',
    packets: [
      '45c0003c00010000ff70d0740a090001e00000123133ff010064da600a090064010700006b09ccdb080b00007edba21ea4e3ec0ace2903af3726cd52',
      '45c0003c00020000ff70d0730a090001e00000123133ff010064da600a090064010700006b09ccdc15880000b5d75f4c350be8160121be3e62193c0d',
    ],
  },
  {
    name: 'version 3, unicast',
    identity: { ...IPV4, unicastPeers: ['10.9.0.2'] },
    activeKey: 7,
    source: '10.9.0.1',
    packets: [
      '45c0003c00010000ff70a67c0a0900010a0900023133ff010064b0680a090064010700006b09ccdb9b2d0000d5108404cfa6ba0841f5e6147b1e5668',
      '45c0003c00020000ff70a67b0a0900010a0900023133ff010064b0680a090064010700006b09ccdcac2400007b4f3f4313f9f78bbb14ca33357aac86',
    ],
  },
  {
    name: 'version 3 over IPv6',
    identity: { family: 'inet6', addresses: ['fe80::100'] },
    activeKey: 1,
    source: 'fe80::1',
    packets: [
      '6c0446f3003470fffe800000000000000000000000000001ff0200000000000000000000000000123133ff010064ba97fe800000000000000000000000000100010100006b09ccdb9a6300008f6d86829cc5b653eef51730a67d2e1c',
      '6c0446f3003470fffe800000000000000000000000000001ff0200000000000000000000000000123133ff0100642540fe800000000000000000000000000100010100006b09ccdcb273000045f758d4126947e58deaf917d6996a59',
    ],
  },
];

function identityOf({ identity, activeKey }: Pick<Vector, 'identity' | 'activeKey'>): WireIdentity {
  const multicastGroup = identity.family === 'inet6' ? 'ff02::12' : '224.0.0.18';
  return wireIdentity({
    ...identity,
    wire: wireDetails({ multicastGroup, authentication: hmac({ activeKey }) }),
  });
}

/** The clock that the trailer of a packet shows. */
function wallUsOf(packet: string): number {
  const trailer = Buffer.from(packet.slice(-56), 'hex');
  return trailer.readUInt32BE(4) * second + Math.ceil((trailer.readUInt16BE(8) * second) / 65_536);
}

/** Without header checksum (the kernel's) and flow label (drawn by chance). */
function comparable(packet: string): string {
  if (packet.startsWith('6')) return `6c000000${packet.slice(8)}`;
  return `${packet.slice(0, 20)}0000${packet.slice(24)}`;
}

describe('packets of keepalived', () => {
  test.each(VECTORS)('$name: we send the same', (vector) => {
    const sent: string[] = [];
    const core = new HeartbeatCore(
      {
        send: (_name, packet) => {
          sent.push(hexOf(packet));
          return null;
        },
        event: () => {},
        run: () => {},
      },
      secretsOf(),
    );
    core.open(actor, identityOf(vector));
    core.setSource(actor, vector.source);
    for (const packet of vector.packets) core.announce(actor, { priority: 255 }, 0, wallUsOf(packet));
    expect(sent.map(comparable)).toEqual(vector.packets.map(comparable));
  });

  test.each(VECTORS)('$name: we accept them, each once', (vector) => {
    const [peer] = vector.identity.unicastPeers ?? [];
    const recorded = new RecordedCore(secretsOf());
    const ours = peer === undefined ? {} : { unicastPeers: [vector.source] };
    recorded.core.open(actor, { ...identityOf(vector), ...ours });
    recorded.core.setSource(actor, peer ?? (vector.identity.family === 'inet6' ? 'fe80::2' : '10.9.0.2'));
    recorded.watch(null, 60 * second);
    for (const packet of vector.packets) recorded.receiveAt(bytesOf(packet), wallUsOf(packet));
    expect(recorded.status().received).toBe(2);
    for (const packet of vector.packets) recorded.receiveAt(bytesOf(packet), wallUsOf(packet));
    expect(recorded.status()).toMatchObject({ received: 2, errors: { authExtReplay: 2 } });
  });
});

/** A sender and a receiver of multicast adverts on one clock that starts at this second. */
class Pair {
  nowUs = 1_700_000_000 * second;
  readonly receiver: RecordedCore;
  readonly #sender: HeartbeatCore;
  #packet: Uint8Array = new Uint8Array();

  constructor(authentication: WireDetails['authentication'], options: Partial<WireIdentity> = {}) {
    const identity = (own: WireDetails['authentication']) =>
      wireIdentity({ ...IPV4, ...options, wire: wireDetails({ authentication: own }) });
    this.#sender = new HeartbeatCore(
      {
        send: (_name, packet) => {
          this.#packet = packet.slice();
          return null;
        },
        event: () => {},
        run: () => {},
      },
      secretsOf(),
    );
    this.#sender.open(actor, identity(authentication));
    this.#sender.setSource(actor, '10.9.0.1');
    this.receiver = new RecordedCore(secretsOf());
    this.receiver.core.open(actor, identity(authentication));
    this.receiver.core.setSource(actor, '10.9.0.2');
    this.receiver.watch(null, 60 * second);
  }

  /** The next advert of the sender. */
  advert(): Uint8Array {
    this.nowUs += second;
    this.#sender.announce(actor, { priority: 200 }, this.nowUs, this.nowUs);
    return this.#packet;
  }

  /** What is counted for a packet: a fault, or `received`. */
  hear(packet: Uint8Array): string {
    const before = this.receiver.status();
    this.receiver.receiveAt(packet, this.nowUs);
    const after = this.receiver.status();
    if (after.received > before.received) return 'received';
    const faults = Object.entries(after.errors) as [keyof typeof after.errors, number][];
    return faults.find(([fault, count]) => count > before.errors[fault])?.[0] ?? 'nothing';
  }
}

/** A copy with one byte changed; `at` counts from the end. */
function damaged(packet: Uint8Array, at: number): Uint8Array {
  const copy = packet.slice();
  copy[copy.length - at] = (copy[copy.length - at] ?? 0) ^ 1;
  return copy;
}

describe('auth_hmac', () => {
  test('what is wrong with a trailer is told apart', () => {
    const pair = new Pair(hmac());
    const packet = pair.advert();
    expect(pair.hear(damaged(packet, 28))).toBe('authExtMalformed');
    expect(pair.hear(damaged(packet, 25))).toBe('authExtMalformed');
    expect(pair.hear(damaged(packet, 27))).toBe('authExtUnknownKey');
    expect(pair.hear(damaged(packet, 1))).toBe('authExtInvalidHmac');
    expect(pair.hear(damaged(packet, 30))).toBe('authExtInvalidHmac');
    const bare = packet.slice(0, packet.length - 28);
    bare[3] = bare.length;
    expect(pair.hear(bare)).toBe('authExtMissing');
    expect(pair.hear(packet)).toBe('received');
    expect(pair.hear(packet)).toBe('authExtReplay');
    const later = pair.advert();
    expect(pair.hear(later)).toBe('received');
    expect(pair.hear(packet)).toBe('authExtReplay');
  });

  test('the window: an old advert is stale, unless growth is all that counts', () => {
    const timed = new Pair(hmac());
    const old = timed.advert();
    timed.nowUs += 6 * second;
    expect(timed.hear(old)).toBe('authExtStale');
    const growing = new Pair(hmac({ antiReplay: 'monotonic' }));
    const kept = growing.advert();
    growing.nowUs += 600 * second;
    expect(growing.hear(kept)).toBe('received');
    growing.nowUs -= 1200 * second;
    expect(growing.hear(growing.advert())).toBe('received');
  });

  test('a sender whose clock was set back is heard again once both are within the window', () => {
    const pair = new Pair(hmac());
    expect(pair.hear(pair.advert())).toBe('received');
    pair.nowUs -= 60 * second;
    expect(pair.hear(pair.advert())).toBe('received');
  });

  test('another key is believed, too: keys change without a gap', () => {
    const pair = new Pair(hmac({ activeKey: 7 }));
    expect(pair.hear(pair.advert())).toBe('received');
  });

  test('modes: only enforce wants a trailer, and receive-only sends none', () => {
    const quiet = new Pair(hmac({ mode: 'receive-only' }));
    const bare = quiet.advert();
    expect(bare).toHaveLength(32);
    expect(quiet.hear(bare)).toBe('received');
    const permissive = new Pair(hmac({ mode: 'permissive' }));
    expect(permissive.hear(bare)).toBe('received');
    expect(permissive.hear(permissive.advert())).toBe('received');
    expect(permissive.hear(damaged(permissive.advert(), 1))).toBe('authExtInvalidHmac');
    expect(new Pair(hmac()).hear(bare)).toBe('authExtMissing');
  });

  test('the same advert again costs an event no more than without a trailer', () => {
    const pair = new Pair(hmac());
    const { receiver } = pair;
    receiver.receiveAt(pair.advert(), pair.nowUs);
    const advert = { source: '10.9.0.1', priority: 200, advertIntervalUs: second, addresses: ['10.9.0.100'] };
    receiver.watch(advert, 60 * second);
    for (let count = 0; count < 5; count++) receiver.receiveAt(pair.advert(), pair.nowUs);
    expect(receiver.status().received).toBe(6);
    expect(receiver.eventTypes()).toEqual(['advert.received']);
  });
});

describe('version 2', () => {
  const version2 = { version: 2 } as const;

  test('a password in clear text', () => {
    const pair = new Pair({ kind: 'pass' }, version2);
    const packet = pair.advert();
    expect(Buffer.from(packet.slice(-8)).toString('latin1')).toBe('s3cret\0\0');
    expect(pair.hear(packet)).toBe('received');
    expect(pair.hear(damaged(packet, 3))).toBe('authFailure');
    expect(pair.hear(new Pair({ kind: 'none' }, version2).advert())).toBe('authTypeMismatch');
    expect(new Pair({ kind: 'none' }, version2).hear(packet)).toBe('authTypeMismatch');
  });

  test('an authentication header: digest, then sequence', () => {
    const pair = new Pair({ kind: 'ah' }, version2);
    const packet = pair.advert();
    expect(packet[9]).toBe(51);
    expect(pair.hear(damaged(packet, 1))).toBe('authFailure');
    expect(pair.hear(packet)).toBe('received');
    expect(pair.hear(packet)).toBe('authFailure');
    expect(pair.hear(pair.advert())).toBe('received');
    // Routers may change the type of service on the way.
    const marked = pair.advert();
    marked[1] = 0;
    expect(pair.hear(marked)).toBe('received');
    expect(pair.hear(new Pair({ kind: 'none' }, version2).advert())).toBe('authTypeMismatch');
  });

  test('whoever takes over goes on where the former master stopped', () => {
    const pair = new Pair({ kind: 'ah' }, version2);
    const sequenceOf = (packet: Uint8Array) => Buffer.from(packet).readUInt32BE(28);
    let last = 0;
    for (let count = 0; count < 3; count++) {
      const packet = pair.advert();
      last = sequenceOf(packet);
      pair.receiver.receiveAt(packet, pair.nowUs);
    }
    pair.receiver.announce(100);
    expect(sequenceOf(pair.receiver.sent.at(-1)?.bytes ?? new Uint8Array(40))).toBe(last + 1);
  });

  test('a new password counts from the next advert on', () => {
    const digests = secretsOf();
    const recorded = new RecordedCore(digests);
    recorded.core.open(
      actor,
      wireIdentity({ ...version2, wire: wireDetails({ authentication: { kind: 'pass' } }) }),
    );
    recorded.core.setSource(actor, '10.9.0.1');
    recorded.announce(200);
    digests.replace(new Map([[actor, { password: Buffer.from('newer\0\0\0'), keys: new Map() }]]));
    recorded.core.secretsChanged();
    recorded.announce(200);
    const passwords = recorded.sent.map(({ bytes }) => Buffer.from(bytes.slice(-8)).toString('latin1'));
    expect(passwords).toEqual(['s3cret\0\0', 'newer\0\0\0']);
  });
});
