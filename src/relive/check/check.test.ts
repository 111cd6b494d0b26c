import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../../test/harness/leftovers.ts';
import { seedOfRun } from '../../../test/harness/seed.ts';
import { Cluster, type Sabotage } from '../../../test/sim/cluster.ts';
import { SeededRandom } from '../../../test/sim/seeded-random.ts';
import type { StoredRow } from '../../journal/model.ts';
import { JournalReader } from '../../journal/reader.ts';
import { writeJournals } from '../cluster.fixture.ts';
import { nodesOf } from '../merge/timeline.ts';
import { addresses } from './addresses.ts';
import { check, INVARIANTS } from './check.ts';
import { faults } from './faults.ts';
import { garp } from './garp.ts';
import { groups } from './groups.ts';
import type { InvariantOf } from './invariant.ts';
import { resignation } from './resignation.ts';
import { servers } from './servers.ts';

const SECOND = 1_000_000;
const ROUTERS = [
  { name: 'r1', address: '10.0.0.1', input: { priority: 150 } },
  { name: 'r2', address: '10.0.0.2', input: { priority: 100 } },
  { name: 'r3', address: '10.0.0.3', input: { priority: 50 } },
];

/** What was violated in a history, by name, each once. */
async function violated(
  live: (cluster: Cluster) => void,
  sabotage: Sabotage = {},
  seed = 1,
): Promise<string[]> {
  const cluster = new Cluster(ROUTERS, new SeededRandom(seed), sabotage);
  cluster.start();
  live(cluster);
  const root = temporaryDirectory('check');
  try {
    await writeJournals(cluster, root, {});
    const readers = ROUTERS.map(({ name }) => new JournalReader(join(root, name)));
    const everything = { since: null, until: null, actor: null, runs: false, changedOnly: false };
    const nodes = nodesOf(readers, everything, false);
    const { violations } = check(nodes, everything, new Set(Object.keys(INVARIANTS)));
    for (const reader of readers) reader.close();
    return [...new Set(violations.map(({ invariant }) => invariant))].sort();
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** Misfortunes, none of which is a mistake of a router. */
function misfortunes(cluster: Cluster, random: SeededRandom): void {
  for (let count = 0; count < 9; count += 1) {
    const router = cluster.routers[random.integer(0, cluster.routers.length - 1)];
    if (router === undefined) continue;
    cluster.time.advanceBy(random.integer(0, 6 * SECOND));
    const [begin, end] = [
      [() => router.stop(), () => router.start()],
      [() => router.setLink(false), () => router.setLink(true)],
      [() => router.deleteAddresses(), () => {}],
      [() => router.kill(), () => router.start()],
      [() => router.pause(), () => router.resume()],
    ][random.integer(0, 4)] as [() => void, () => void];
    begin();
    cluster.time.advanceBy(random.integer(SECOND, 9 * SECOND));
    end();
  }
  cluster.time.advanceBy(12 * SECOND);
}

describe('relive check', () => {
  it('has no complaint about routers that behave, whatever befalls them', async () => {
    const seed = seedOfRun();
    const found = await violated((cluster) => misfortunes(cluster, new SeededRandom(seed)), {}, seed);
    // That processes were killed, or did not run, is true of this history: the simulation has no note of a stop.
    const expected = ['end', 'lateness', 'two-masters'];
    expect(found.filter((name) => !expected.includes(name))).toEqual([]);
  });

  it('finds two masters on a LAN that is parted', async () => {
    const found = await violated((cluster) => {
      cluster.time.advanceBy(10 * SECOND);
      cluster.partition([['r1'], ['r2', 'r3']]);
      cluster.time.advanceBy(20 * SECOND);
      cluster.heal();
      cluster.time.advanceBy(10 * SECOND);
    });
    expect(found).toEqual(['two-masters']);
  });

  it('finds a kernel that does not answer', async () => {
    const found = await violated((cluster) => cluster.time.advanceBy(60 * SECOND), {
      wrapExecutor: (executor) => ({
        perform: (actor, effect, cause, post) => {
          if (effect.type !== 'addVips') executor.perform(actor, effect, cause, post);
        },
      }),
    });
    expect(found).toEqual(['addresses', 'effects']);
  });
});

/** What one invariant says of rows by hand; each lasts a second more than the one before unless it says so. */
function saidOf(invariant: InvariantOf, rows: readonly Partial<StoredRow>[], endUs = 600 * SECOND): string[] {
  const said: string[] = [];
  const one = invariant(({ seq }, text) => said.push(`@${seq} ${text}`));
  let before: StoredRow['state'] = null;
  for (const [i, given] of rows.entries()) {
    const row: StoredRow = {
      ...{ node: 'r1', epoch: 1, changed: true, seq: i + 1, monoUs: i * SECOND, wallUs: i * SECOND },
      ...{ kind: 'step', actor: 'vrrp/VI_1', machine: 'x@1', cause: null, event: { type: 'x' } },
      ...{ effects: [], state: null, delta: {}, ...given },
    };
    one.row({ row, before });
    before = row.state;
  }
  one.finish(endUs);
  return said;
}

const state = (protocol: string, region: string) => ({ protocol, addresses: region });

describe('invariants', () => {
  it('addresses: a master without, and a backup with', () => {
    const rows = [
      { state: state('master', 'incomplete') },
      { state: state('backup', 'untidy'), monoUs: 30 * SECOND },
    ];
    expect(saidOf(addresses, rows)).toEqual([
      '@1 master without all of its addresses for 30 s (incomplete)',
      '@2 backup, and its addresses not known to be gone for 570 s (untidy)'.replace('570 s', '9 min 30 s'),
    ]);
    expect(
      saidOf(addresses, [{ state: state('master', 'adding') }, { state: state('master', 'held') }]),
    ).toEqual([]);
  });

  it('garp: none at all, and no second burst', () => {
    const input = {
      garpMasterRepeat: 5,
      garpMasterDelayUs: 5 * SECOND,
      addresses: [{ address: '10.0.0.100' }],
    };
    const start = {
      kind: 'start',
      event: { type: 'actor.started', input },
      state: state('initialize', 'unknown'),
    } as const;
    const adding = { state: state('master', 'adding') };
    const burst = { effects: [{ type: 'sendGratuitousArps', params: {} }], state: state('master', 'held') };
    expect(saidOf(garp, [start, adding, { state: state('master', 'held') }])).toEqual([
      expect.stringMatching(/^@3 gained its addresses and sent no gratuitous ARP/),
    ]);
    expect(saidOf(garp, [start, adding, burst])).toEqual([expect.stringMatching(/^@3 no second burst/)]);
    expect(saidOf(garp, [start, adding, burst, { ...burst, monoUs: 7 * SECOND }])).toEqual([]);
    const stalled = {
      event: { type: 'self.stalled', stalledUs: 9 * SECOND },
      state: burst.state,
      monoUs: 15 * SECOND,
    };
    expect(saidOf(garp, [start, adding, burst, stalled, { ...burst, monoUs: 15 * SECOND }])).toEqual([]);
  });

  it('resignation: nobody follows', () => {
    const backup = { state: { protocol: { backup: 'listening' } } };
    const resigned = {
      event: { type: 'advert.received', source: '10.0.0.1', priority: 0 },
      effects: [{ type: 'watchMaster', params: { allowedUs: 609_375 } }],
      state: { protocol: { backup: 'skewing' } },
    };
    expect(saidOf(resignation, [backup, resigned])).toEqual([
      expect.stringMatching(/^@2 10\.0\.0\.1 resigned, and for .* nobody took over; the skew is 609 ms/),
    ]);
    const silent = { event: { type: 'master.silent' }, monoUs: 1_700_000 };
    expect(saidOf(resignation, [backup, resigned, silent])).toEqual([]);
  });

  it('sync-group: members that disagree', () => {
    const member = (name: string, protocol: string) => ({ actor: `vrrp/${name}`, state: { protocol } });
    const group = {
      ...({ kind: 'start', actor: 'group/G' } as const),
      event: { type: 'actor.started', input: { members: ['vrrp/a', 'vrrp/b'] } },
    };
    expect(
      saidOf(groups, [group, member('a', 'backup'), member('b', 'backup'), member('a', 'master')]),
    ).toEqual([expect.stringMatching(/^@4 members disagreed for .* at first a master, b backup/)]);
    const agreed = [
      group,
      member('a', 'backup'),
      member('b', 'backup'),
      member('a', 'master'),
      member('b', 'master'),
    ];
    expect(saidOf(groups, agreed)).toEqual([]);
  });

  it('servers: a failed one stays in the table, a quorum is not what the weights say', () => {
    const actor = 'virtual/[10.0.0.1]:tcp:80';
    const changed = (alive: boolean) => ({ type: 'real.changed', real: 'real/a', alive, weight: 1 });
    const steady = { actor, state: { table: 'applied', quorum: 'up' } };
    const start = {
      ...steady,
      kind: 'start',
      event: { type: 'actor.started', input: { quorum: 1, hysteresis: 0 } },
    } as const;
    const up = { ...steady, event: changed(true), delta: { liveWeight: 1 } };
    expect(
      saidOf(servers, [{ ...start, delta: { liveWeight: 1 } }, up, { ...steady, event: changed(false) }]),
    ).toEqual(['@3 real/a went down and stayed in the table']);
    expect(saidOf(servers, [start, { ...steady, delta: { liveWeight: 0 } }])[0]).toMatch(
      /has its quorum with a weight of 0/,
    );
    const checker = { actor: 'checker/x', state: 'passing' };
    const begun = {
      ...checker,
      kind: 'start',
      event: { type: 'actor.started', input: { retry: 1 } },
    } as const;
    expect(saidOf(servers, [begun, { ...checker, delta: { retriesUsed: 2 } }])).toEqual([
      '@2 failed 2 times in a row, of which 1 are forgiven, and still counts as passing',
    ]);
  });

  it('fault: without a reason', () => {
    const down = { state: { protocol: 'fault' }, delta: { faultReasons: ['link'] } };
    expect(saidOf(faults, [down])).toEqual([]);
    expect(saidOf(faults, [down, { ...down, delta: { faultReasons: [] } }])).toEqual([
      expect.stringMatching(/^@2 in fault for .* without any reason/),
    ]);
  });
});
