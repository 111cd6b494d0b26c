import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActorView } from './api.ts';
import { type Fleet, startFleet } from './fleet.fixture.ts';
import { packFleet, unpackFleet } from './fleet.ts';
import { type DirectorySource, openSources } from './journal-source.ts';
import { at, nodes } from './queries.ts';

const BEGAN_US = 1_790_000_000_000_000;
type Place = Pick<ActorView, 'node' | 'actor' | 'seq'>;
const isOther = (before: readonly ActorView[], { node, actor, seq }: Place): boolean =>
  before.some((view) => view.node === node && view.actor === actor && view.seq !== seq);
const TERMS = { nodes: ['r1', 'r2'], instances: 20, services: 5, reals: 4, checks: 2, trouble: 4 };

describe('all actors of two routers at once', () => {
  let fleet: Fleet;
  let sources: DirectorySource[];
  let now: ActorView[];
  beforeAll(async () => {
    fleet = await startFleet({ ...TERMS, beganUs: BEGAN_US });
    sources = openSources(fleet.directories);
    now = nodes(sources).fleet.flatMap(unpackFleet);
  });
  afterAll(async () => {
    for (const source of sources) source.close();
    await fleet.close();
  });

  it('says of each what its journal says', () => {
    for (const source of sources) {
      const own = new Map(now.filter(({ node }) => node === source.node).map((view) => [view.actor, view]));
      const states = source.statesAt(source.lastSeq());
      expect(own.size).toBe(1 + 2 + 20 + 5 * (1 + 4 + 4 * 2));
      expect(own.size).toBe(states.length);
      for (const { actor, machine, seq, state } of states) {
        const wallUs = source.row(seq)?.wallUs;
        expect(own.get(actor)).toMatchObject({ actor, machine, seq, state, wallUs, running: true });
      }
    }
  });

  it('knows who belongs to whom, and what addresses an instance has', () => {
    const find = (actor: string) => now.find((view) => view.node === 'r2' && view.actor === actor);
    const members = Array.from({ length: 10 }, (_, n) => `vrrp/VI_${n + 11}`);
    expect(find('group/G_2')?.relations).toEqual(members);
    expect(find('tracker/file/load')?.relations).toHaveLength(10);
    expect(find('vrrp/VI_3')).toMatchObject({ addresses: ['10.2.1.2'], priority: 100 });
  });

  it('is the same for the past', () => {
    const [first] = sources;
    const seq = Math.floor((first?.lastSeq() ?? 0) / 2);
    const views = at(sources, first?.row(seq)?.wallUs ?? 0).fleet.flatMap(unpackFleet);
    const states = first?.statesAt(first.seqAt(first.row(seq)?.wallUs ?? 0)) ?? [];
    const told = new Map(states.map(({ actor, state }) => [actor, state]));
    expect(told.size).toBeGreaterThan(60);
    expect(
      Object.fromEntries(views.filter(({ node }) => node === 'r1').map((view) => [view.actor, view.state])),
    ).toEqual(Object.fromEntries(told));
  });

  it('is kept up to date by what comes, as if it were read anew', async () => {
    const [first] = fleet.nodes;
    const checker = first?.actors.find((actor) => actor.startsWith('checker/')) ?? '';
    first?.probe(checker, false);
    await first?.pass(10_000);
    const kept = nodes(sources).fleet.flatMap(unpackFleet);
    expect(kept.filter(({ seq, actor, node }) => isOther(now, { node, actor, seq })).length).toBeGreaterThan(
      1,
    );
    const anew = openSources(fleet.directories);
    expect(kept).toEqual(nodes(anew).fleet.flatMap(unpackFleet));
    for (const source of anew) source.close();
  });

  it('comes back as it was packed, in the order of names', () => {
    const own = now.filter(({ node }) => node === 'r1');
    const packed = packFleet('r1', true, own.toReversed());
    expect(unpackFleet(JSON.parse(JSON.stringify(packed)))).toEqual(own);
    expect(unpackFleet(packFleet('r1', false, []))).toEqual([]);
  });
});
