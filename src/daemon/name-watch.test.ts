import { expect, it } from 'vitest';
import { read } from '../config/config.fixture.ts';
import type { ConfigTree } from '../config/model.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';
import type { Resolved } from '../io/name-resolver.ts';
import { NameWatch } from './name-watch.ts';

const SECOND = 1_000_000;

function tree(...blocks: readonly string[]): ConfigTree {
  const { config } = read(`virtual_server 192.0.2.1 80 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 192.0.2.9 80 {
    }
    ${blocks.join('\n')}
  }`);
  if (config === null) throw new Error('unusable');
  return config.tree;
}

const named = (host: string, more = ''): string => `real_server_name ${host} 80 {\n${more}\n}`;

function watched() {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const told: string[] = [];
  const zone = new Map<string, readonly string[]>();
  const pending: (() => void)[] = [];
  let mostPending = 0;
  const watch = new NameWatch({
    ...{ clock, scheduler: clock },
    changed: ({ host, addresses }) => told.push(`${String(host)}: ${(addresses as string[]).join(' ')}`),
    note: ({ host, why }) => told.push(`${String(host)}: ${String(why)}`),
    resolver:
      () =>
      ({ host }) =>
        new Promise<Resolved>((resolve) => {
          asked.push(host);
          pending.push(() => {
            const addresses = zone.get(host);
            if (addresses === undefined) resolve({ kind: 'failed', why: 'ETIMEOUT' });
            else resolve({ kind: 'found', addresses, ttlUs: 10 * SECOND });
          });
          mostPending = Math.max(mostPending, pending.length);
        }),
  });
  watch.open();
  const answer = async (): Promise<void> => {
    for (const each of pending.splice(0)) each();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, watch, zone, asked, told, answer, most: () => mostPending };
}

it('asks again when the answer is no longer good, and tells of differences alone', async () => {
  const { clock, watch, zone, asked, told, answer } = watched();
  zone.set('web', ['192.0.2.2']);
  watch.follow(tree(named('web')));
  expect([...watch.addressesFor(tree(named('web'))).values()]).toEqual([[]]);
  for (let turn = 0; turn < 3; turn++) {
    await answer();
    clock.advanceBy(10 * SECOND);
  }
  expect(asked).toHaveLength(4);
  expect(told).toEqual(['web: 192.0.2.2']);
  zone.delete('web');
  await answer();
  clock.advanceBy(5 * SECOND);
  await answer();
  expect(told).toEqual(['web: 192.0.2.2', 'web: ETIMEOUT']);
  expect(watch.status(0)).toMatchObject([{ host: 'web', addresses: ['192.0.2.2'], trouble: 'ETIMEOUT' }]);
});

it('a name that is followed otherwise keeps its addresses, and one that goes is not asked for', async () => {
  const { clock, watch, zone, asked, told, answer } = watched();
  zone.set('web', ['192.0.2.2', '192.0.2.3']);
  zone.set('old', ['192.0.2.4']);
  watch.follow(tree(named('web'), named('old')));
  await answer();
  const later = tree(named('web', 'name_max 1'));
  expect([...watch.addressesFor(later).values()]).toEqual([['192.0.2.2']]);
  watch.follow(later);
  await answer();
  asked.length = 0;
  clock.advanceBy(100 * SECOND);
  expect(new Set(asked)).toEqual(new Set(['web']));
  expect(told).toHaveLength(2);
  watch.close();
  asked.length = 0;
  await answer();
  clock.advanceBy(100 * SECOND);
  expect(asked).toEqual([]);
});

it('asks for so many names at once and no more', async () => {
  const { clock, watch, asked, answer, most } = watched();
  watch.follow(tree(...Array.from({ length: 200 }, (_, n) => named(`web${n}`))));
  for (let turn = 0; turn < 8; turn++) {
    await answer();
    clock.advanceBy(SECOND / 10);
  }
  expect(most()).toBe(64);
  expect(new Set(asked).size).toBe(200);
});
