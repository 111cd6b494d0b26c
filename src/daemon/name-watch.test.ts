import { expect, it } from 'vitest';
import { read } from '../config/config.fixture.ts';
import type { ConfigTree } from '../config/model.ts';
import type { KeptName } from '../config/names.ts';
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

/** What outlives a run. */
function shelf() {
  let kept: readonly KeptName[] = [];
  let writings = 0;
  return {
    writings: () => writings,
    book: () => ({
      keptOf: ({ host }: { readonly host: string }) => kept.find((one) => one.host === host) ?? null,
      save: (names: () => readonly KeptName[]) => {
        kept = names();
        writings += 1;
        return Promise.resolve(null);
      },
    }),
  };
}

function watched({ clock = new VirtualClock(), book = shelf().book() } = {}) {
  const asked: string[] = [];
  const told: string[] = [];
  const zone = new Map<string, readonly string[]>();
  const pending: (() => void)[] = [];
  let mostPending = 0;
  const watch = new NameWatch({
    ...{ clock, scheduler: clock, book },
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
  await watch.close();
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

const WEB = tree(named('web', 'name_hold 30'));

/** What a run that begins so long after the former one knows before anybody answers. */
async function afterPause(pauseUs: number, { isAnswered = true, ranUs = 0 } = {}) {
  const [clock, kept] = [new VirtualClock(), shelf()];
  const former = watched({ clock, book: kept.book() });
  former.zone.set('web', ['192.0.2.2']);
  former.watch.follow(WEB);
  await former.answer();
  if (!isAnswered) former.zone.delete('web');
  for (let ran = 0; ran < ranUs; ran += SECOND) {
    clock.advanceBy(SECOND);
    await former.answer();
  }
  // Killed: nobody closes it.
  clock.stepWall(pauseUs);
  const next = watched({ clock, book: kept.book() });
  next.watch.follow(WEB);
  return { ...next, clock, kept, addresses: () => [...next.watch.addressesFor(WEB).values()].flat() };
}

it('addresses outlive a run that was killed, until the first answer of the next', async () => {
  const { addresses, watch, zone, told, answer } = await afterPause(20 * SECOND, { ranUs: 1_000 * SECOND });
  expect(addresses()).toEqual(['192.0.2.2']);
  watch.open();
  expect(told).toEqual(['web: no answer since the start', 'web: 192.0.2.2']);
  zone.set('web', ['192.0.2.3']);
  await answer();
  expect(addresses()).toEqual(['192.0.2.3']);
  expect(watch.status(0)).toMatchObject([{ trouble: null }]);
});

it.each([
  // The answer was good for 10 s and is taken for a minute more, then name_hold counts.
  ['too long ago', 101 * SECOND, {}, []],
  ['not too long ago', 99 * SECOND, {}, ['192.0.2.2']],
  ['at a time to come, as the clock was set back', -3 * 86_400 * SECOND, {}, []],
  ['before the name servers fell silent', 0, { isAnswered: false, ranUs: 120 * SECOND }, []],
])('addresses that were good %s', async (_, pauseUs, before, expected) => {
  const { addresses } = await afterPause(pauseUs, before);
  expect(addresses()).toEqual(expected);
});

it('a start without answers does not make addresses younger', async () => {
  const { clock, kept, answer } = await afterPause(90 * SECOND);
  await answer();
  clock.advanceBy(60 * SECOND);
  const { watch } = watched({ clock, book: kept.book() });
  watch.follow(WEB);
  expect([...watch.addressesFor(WEB).values()]).toEqual([[]]);
});

it('answers that say the same are written down once a minute, for all names at once', async () => {
  const [clock, kept] = [new VirtualClock(), shelf()];
  const { watch, zone, answer } = watched({ clock, book: kept.book() });
  const names = Array.from({ length: 20 }, (_, n) => named(`web${n}`, 'name_refresh 1'));
  for (let n = 0; n < 20; n++) zone.set(`web${n}`, [`192.0.2.${n + 10}`]);
  watch.follow(tree(...names));
  await answer();
  const before = kept.writings();
  for (let second = 0; second < 600; second++) {
    clock.advanceBy(SECOND);
    await answer();
  }
  expect(kept.writings() - before).toBeLessThanOrEqual(11);
  expect(kept.writings() - before).toBeGreaterThanOrEqual(8);
});
