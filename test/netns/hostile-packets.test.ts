/** A running router under packets that are almost right. */
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { writeIpv4HeaderChecksum } from '../../src/protocol/ipv4-header.ts';
import { encodeAdvertPacket } from '../../src/protocol/vrrp.ts';
import { anyMutations, hexOf, mutate } from '../harness/advert-packets.ts';
import type { FrameService } from '../harness/frame-service.ts';
import { JsonLinesChild } from '../harness/json-lines-child.ts';
import { Pair } from '../harness/pair.ts';
import { relive } from '../harness/relive.ts';
import { seedOfRun } from '../harness/seed.ts';

const PACKETS = 10_000;
const FRAME_SERVICE = fileURLToPath(new URL('../harness/frame-service.ts', import.meta.url));

interface Counters {
  readonly received: number;
  readonly errors: Readonly<Record<string, number>>;
}

async function status(socket: string): Promise<{ role: string; counters: Counters }> {
  const { code, stdout, stderr } = await relive('status', '--socket', socket, '-o', 'json');
  expect(code, stderr).toBe(0);
  const [daemon] = [JSON.parse(stdout)].flat() as { instances: { role: string; counters: Counters }[] }[];
  const instance = daemon?.instances[0];
  if (instance === undefined) throw new Error(`no instance in ${stdout}`);
  return instance;
}

/** The kernel drops a packet whose IP header checksum is wrong, so that no router ever sees it. */
function withHeaderChecksum(packet: Uint8Array): Uint8Array {
  if (packet.length >= 20) writeIpv4HeaderChecksum(packet);
  return packet;
}

it('10,000 mutated adverts: none ends the router, refused ones are counted, mastership is found again', async () => {
  const pair = await Pair.create({
    programs: { a: 'relived', b: 'relived' },
    version: 3,
    unicast: false,
    advertInt: '0.1',
  });
  try {
    await pair.start('a');
    await pair.waitForHolder('a');
    const advert = {
      version: 3,
      virtualRouterId: 51,
      priority: 90,
      advertIntervalUs: 100_000,
      addresses: ['10.77.0.100'],
    } as const;
    const packet = encodeAdvertPacket(advert, {
      source: pair.lan.address('host'),
      destination: '224.0.0.18',
    });
    const mutations = fc.sample(anyMutations, { numRuns: PACKETS, seed: seedOfRun() });
    const argv = pair.lan.argv('host', [process.execPath, FRAME_SERVICE]);
    const sender = new JsonLinesChild<FrameService, never>(argv);
    const packets = mutations.map((list) => hexOf(withHeaderChecksum(mutate(packet, list))));
    expect(await sender.ask('send', packets)).toBe(PACKETS);
    await sender.close();
    const { counters } = await status(pair.control('a'));
    const refused = Object.values(counters.errors).reduce((sum, count) => sum + count, 0);
    expect(counters.received).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(500);
    // A mutation may have made a valid advert of a higher priority: that router falls silent now.
    await pair.waitForHolder('a');
    expect((await status(pair.control('a'))).role).toBe('master');
  } finally {
    await pair.destroy();
  }
}, 60_000);
