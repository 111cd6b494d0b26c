/** Adverts that arrive and are refused. */
import { setTimeout as elapse } from 'node:timers/promises';
import { writeIpv4HeaderChecksum } from '../../../src/protocol/ipv4-header.ts';
import { encodeAdvertPacket, VRRP_MULTICAST_GROUP } from '../../../src/protocol/vrrp.ts';
import { hexOf } from '../../harness/advert-packets.ts';
import type { FrameService } from '../../harness/frame-service.ts';
import { JsonLinesChild } from '../../harness/json-lines-child.ts';
import { instance, type Settings } from '../configurations.ts';
import type { Script } from '../incident.ts';
import { type Stage, VIP } from '../stage.ts';
import { AB, PEACE_MS } from './common.ts';

const FRAME_SERVICE = new URL('../../harness/frame-service.ts', import.meta.url).pathname;

/** Both believe to be alone, because each refuses what the other one says. */
async function strangers(stage: Stage, a: Settings, b: Settings): Promise<void> {
  await stage.start('a', instance(150, a));
  await stage.untilHeld('a');
  await stage.pass(PEACE_MS);
  await stage.start('b', instance(100, b));
  await stage.untilHeld('b');
  await stage.pass(1_500);
}

const password = (word: string): string => `authentication {\n    auth_type PASS\n    auth_pass ${word}\n  }`;

/** Somebody on `c` says all the time to be master, with packets that are not as they should be. */
async function forged(stage: Stage, hopLimit: number, spoil: (packet: Uint8Array) => void): Promise<void> {
  const packet = encodeAdvertPacket(
    { version: 3, virtualRouterId: 51, priority: 200, advertIntervalUs: 500_000, addresses: [VIP] },
    { source: stage.lan.address('c'), destination: VRRP_MULTICAST_GROUP, hopLimit },
  );
  spoil(packet);
  writeIpv4HeaderChecksum(packet);
  const sender = new JsonLinesChild<FrameService, never>(
    stage.lan.argv('c', [process.execPath, FRAME_SERVICE]),
  );
  let isOver = false;
  const sending = (async () => {
    while (!isOver) {
      await sender.ask('send', [hexOf(packet)]);
      await elapse(400);
    }
  })();
  await stage.start('b', instance(100));
  await stage.untilHeld('b');
  await stage.pass(500);
  isOver = true;
  await sending;
  await sender.kill();
}

const CHECKSUM_AT = 26;

export const mismatches: Readonly<Record<string, Script>> = {
  'other-password': {
    hosts: AB,
    play: (stage) =>
      strangers(
        stage,
        { version: 2, advertInt: '1', extra: password('one') },
        { version: 2, advertInt: '1', extra: password('two') },
      ),
  },
  'other-interval': {
    hosts: AB,
    play: (stage) => strangers(stage, { version: 2, advertInt: '1' }, { version: 2, advertInt: '2' }),
  },
  'other-version': {
    hosts: AB,
    play: (stage) => strangers(stage, { version: 2, advertInt: '1' }, { version: 3, advertInt: '1' }),
  },
  'wrong-checksum': {
    hosts: ['b', 'c'],
    play: (stage) =>
      forged(stage, 255, (packet) => {
        packet[CHECKSUM_AT] = (packet[CHECKSUM_AT] ?? 0) ^ 0x55;
      }),
  },
  'wrong-ttl': { hosts: ['b', 'c'], play: (stage) => forged(stage, 64, () => {}) },
};
