/** One packet of the fuzz: an advert of some kind that is broken, or not quite. */
import type { SeededRandom } from '../../sim/seeded-random.ts';
import { build, headerBytes, KINDS, type Kind, prove, sum } from './kinds.ts';

const SOURCES = {
  4: ['10.77.0.2', '10.77.0.9', '10.77.0.77'],
  6: ['fe80::2', 'fe80::9', 'fe80::77'],
} as const;
/** The router counts on, too: with each answer to an accepted advert. */
const AH_STEP = 1_000n;
const LONGEST = 1_200;

export class AdvertSource {
  readonly #random: SeededRandom;
  #count = 0n;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  next(): Buffer {
    const random = this.#random;
    const kind = this.#pick(KINDS);
    this.#count += 1n;
    const sequence =
      kind.proof === 'AH'
        ? (this.#count * AH_STEP) & 0xffff_ffffn
        : (BigInt(Math.floor(Date.now() / 1000)) << 32n) | (this.#count & 0xffff_ffffn);
    // A lower priority is the rule: it leaves the router master.
    const priority = random.integer(0, random.chance(0.05) ? 255 : 90);
    let packet = build(kind, priority, this.#pick(SOURCES[kind.family]), sequence);
    if (random.chance(0.5)) this.#finish(kind, packet);
    const mutations = random.integer(0, 3);
    for (let left = mutations; left > 0; left--) packet = this.#mutate(kind, packet);
    // Right sums and proofs carry the others past the first checks.
    if (random.chance(0.5)) this.#finish(kind, packet);
    return fixIpHeader(packet);
  }

  #finish(kind: Kind, packet: Buffer): void {
    const { family } = kind;
    fixIpHeader(packet);
    // The proof of IPv4's header covers the checksum, the checksum of IPv6 covers the proof.
    if (family === 4) sum(kind, packet);
    prove(kind, packet);
    if (family === 6) sum(kind, packet);
  }

  #mutate(kind: Kind, packet: Buffer): Buffer {
    const random = this.#random;
    const from = headerBytes(kind.family);
    const at = random.integer(from, packet.length - 1);
    switch (random.integer(0, 5)) {
      case 0:
        packet[at] = (packet[at] ?? 0) ^ (1 << random.integer(0, 7));
        return packet;
      case 1:
        packet[at] = random.integer(0, 255);
        return packet;
      case 2:
        return packet.subarray(0, random.integer(from + 1, packet.length));
      case 3: {
        const more = Buffer.from(Array.from({ length: random.integer(1, 40) }, () => random.integer(0, 255)));
        return Buffer.concat([packet, more]).subarray(0, LONGEST);
      }
      case 4:
        packet[kind.family === 4 ? 8 : 7] = random.integer(1, 255);
        return packet;
      default: {
        // Where the fields are that decide: version, virtual router, priority, count, kind of authentication, interval.
        const field = from + (kind.proof === 'AH' ? 24 : 0) + random.integer(0, 7);
        if (field < packet.length) packet[field] = this.#pick([0, 1, 2, 3, 0x21, 0x31, 51, 56, 59, 100, 255]);
        return packet;
      }
    }
  }

  #pick<T>(from: readonly T[]): T {
    const picked = from[this.#random.integer(0, from.length - 1)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }
}

/** Length and header checksum right, for the kernel drops everything else before any router sees it. */
function fixIpHeader(packet: Buffer): Buffer {
  if ((packet[0] ?? 0) >>> 4 === 6) {
    packet.writeUInt16BE(packet.length - 40, 4);
    return packet;
  }
  packet.writeUInt16BE(packet.length, 2);
  packet.writeUInt16BE(0, 10);
  let total = 0;
  for (let at = 0; at < 20; at += 2) total += packet.readUInt16BE(at);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  packet.writeUInt16BE(~total & 0xffff, 10);
  return packet;
}
