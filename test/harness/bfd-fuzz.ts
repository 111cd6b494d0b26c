/** BFD packets that are almost right for a running daemon, and what RFC 5880 says of each, without the codec under test. */
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { SeededRandom } from '../sim/seeded-random.ts';
import { bfdStatus, waitForSession } from './bfd-status.ts';
import { JsonLinesChild } from './json-lines-child.ts';
import { ip, withLan } from './lan.ts';
import { temporaryDirectory } from './leftovers.ts';
import { RouterProcess } from './router.ts';
import { seedOfRun } from './seed.ts';
import type { Datagram, UdpService } from './udp-service.ts';

const UDP_SERVICE = fileURLToPath(new URL('udp-service.ts', import.meta.url));
/** So few that the receive buffer holds them even if the daemon does not run for a while. */
const BATCH = 400;
const BATCH_DEADLINE_MS = 30_000;
const STRANGER = '10.77.0.200';
const SINGLE_HOP = 3784;
const MULTIHOP = 4784;
const INIT = 2;

interface Case extends Omit<Datagram, 'bytes' | 'destination'> {
  readonly bytes: readonly number[];
}

interface Setting {
  readonly neighbor: string;
  readonly discriminator: number;
}

/** The words of RFC 5880 section 6.8.6 one after the other, with keepalived's additions; null: accepted. */
function verdict({ bytes, source, ttl, port }: Case, { neighbor, discriminator }: Setting): string | null {
  const word = (at: number): number =>
    [0, 1, 2, 3].reduce((sum, offset) => sum * 256 + (bytes[at + offset] ?? 0), 0);
  const [first = 0, flags = 0, multiplier = 0, length = 0] = bytes;
  const bit = (mask: number): boolean => Math.floor(flags / mask) % 2 === 1;
  if (bytes.length > 0 && Math.floor(first / 32) !== 1) return 'version';
  const least = bit(4) ? 26 : 24;
  if (bytes.length < least || length < least || length !== bytes.length) return 'length';
  if (multiplier === 0) return 'multiplier';
  if (bit(1)) return 'multipoint';
  if (word(4) === 0) return 'discriminator';
  if (word(8) === 0 && Math.floor(flags / 64) >= INIT) return 'state';
  if (bit(32) && bit(16)) return 'pollAndFinal';
  if (first % 32 > 8) return 'diagnostic';
  const known = word(8) === 0 ? source === neighbor : word(8) === discriminator;
  if (!known || port !== SINGLE_HOP) return 'session';
  if (ttl < 255) return 'hops';
  return bit(4) ? 'authentication' : null;
}

function wordBytes(value: number): number[] {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256);
}

function wellFormed(random: SeededRandom, discriminator: number): number[] {
  const known = random.chance(0.5);
  const state = known ? 0 : random.integer(0, 1);
  const flags = state * 64 + random.integer(0, 2) * 16;
  const yours = wordBytes(known ? discriminator : 0);
  const mine = wordBytes(random.integer(1, 3));
  const intervals = [1_000_000, random.integer(1, 3) * 100_000, 0].flatMap(wordBytes);
  const authentication = random.chance(0.05) ? [1, 2] : [];
  const length = 24 + authentication.length;
  const bits = flags + (authentication.length > 0 ? 4 : 0);
  return [32, bits, random.integer(1, 5), length, ...mine, ...yours, ...intervals, ...authentication];
}

function mutated(random: SeededRandom, bytes: readonly number[]): number[] {
  const result = [...bytes];
  const at = random.integer(0, Math.max(0, result.length - 1));
  switch (random.integer(0, 5)) {
    case 0:
      return result.slice(0, at);
    case 1:
      return [...result, ...Array.from({ length: random.integer(1, 40) }, () => random.integer(0, 255))];
    case 2:
      result[at] = random.integer(0, 255);
      return result;
    case 3:
      result.fill(0, at - (at % 4), at - (at % 4) + 4);
      return result;
    default:
      result[at] = (result[at] ?? 0) ^ (1 << random.integer(0, 7));
      return result;
  }
}

/** None that would bring the session up: the discriminator of one that was up is another one afterwards. */
function nextCase(random: SeededRandom, setting: Setting): Case {
  for (;;) {
    let bytes = wellFormed(random, setting.discriminator);
    for (let left = random.integer(0, 3); left > 0; left--) bytes = mutated(random, bytes);
    const found: Case = {
      bytes,
      source: random.chance(0.9) ? setting.neighbor : STRANGER,
      ttl: random.chance(0.9) ? 255 : random.integer(1, 254) > 100 ? 254 : 1,
      port: random.chance(0.9) ? SINGLE_HOP : MULTIHOP,
    };
    if (verdict(found, setting) !== null || Math.floor((bytes[1] ?? 0) / 64) < INIT) return found;
  }
}

/** What the daemon has made of every packet so far: by fault, `accepted` for the others. */
async function countsOf(control: string): Promise<Readonly<Record<string, number>>> {
  const { sessions, bfdStrays } = await bfdStatus(control);
  const counters = sessions.find(({ name }) => name === 'wan')?.counters;
  const sums: Record<string, number> = { accepted: counters?.received ?? 0 };
  for (const errors of [bfdStrays, counters?.errors ?? {}])
    for (const [fault, count] of Object.entries(errors)) sums[fault] = (sums[fault] ?? 0) + count;
  return sums;
}

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Sends this many to a daemon of its own: each is counted as what it is, and the daemon goes on. */
export async function fuzzRunningDaemon(packets: number): Promise<void> {
  const seed = seedOfRun();
  const random = new SeededRandom(seed);
  await withLan({ hosts: ['a', 'b'] }, async (lan) => {
    await ip(lan, 'b', 'addr', 'add', `${STRANGER}/24`, 'dev', 'eth0');
    const [destination, neighbor] = [lan.address('a'), lan.address('b')];
    const router = await RouterProcess.start(lan, 'a', {
      program: relived,
      // The second session is there to have the other port heard.
      configuration: `bfd_instance wan {\n neighbor_ip ${neighbor}\n passive\n}
bfd_instance far {\n neighbor_ip 10.99.0.1\n multihop\n passive\n}\n`,
      directory: temporaryDirectory('bfd-fuzz'),
    });
    const { control } = router.files;
    const { discriminator } = await waitForSession(control, 'wan', ({ state }) => state === 'down');
    const setting: Setting = { neighbor, discriminator };
    const sender = new JsonLinesChild<UdpService, never>(lan.argv('b', [process.execPath, UDP_SERVICE]));
    const expected: Record<string, number> = {};
    for (let sent = 0; sent < packets; ) {
      const cases = Array.from({ length: Math.min(BATCH, packets - sent) }, () => nextCase(random, setting));
      for (const each of cases) {
        const kind = verdict(each, setting) ?? 'accepted';
        expected[kind] = (expected[kind] ?? 0) + 1;
      }
      const datagrams = cases.map(({ bytes, ...way }) => ({
        ...way,
        destination,
        bytes: Buffer.from(bytes).toString('hex'),
      }));
      sent += await sender.ask('send', datagrams);
      await waitFor(async () => total(await countsOf(control)) >= sent, {
        deadlineMs: BATCH_DEADLINE_MS,
        intervalMs: 5,
        what: `${sent} packets are counted`,
      });
    }
    await sender.close();
    const counts = Object.entries(await countsOf(control)).filter(([, count]) => count > 0);
    console.log(`${packets} packets: ${counts.map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
    expect(Object.fromEntries(counts)).toEqual(expected);
    expect(expected.accepted).toBeGreaterThan(packets / 50);
    const { sessions } = await bfdStatus(control);
    expect(sessions.map(({ state }) => state)).not.toContain('crashed');
    expect(router.log).not.toContain('internal error');
    await router.stop();
    expect(await router.ended).toBe(0);
  });
}
