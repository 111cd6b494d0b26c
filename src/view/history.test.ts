import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changedRow, startRow, temporaryDirectory } from '../journal/journal.fixture.ts';
import { openJournal } from '../journal/writer.ts';
import type { ViewRow } from './api.ts';
import { unpackFleet } from './fleet.ts';
import { ColumnCache } from './history/columns.ts';
import { links } from './history/links.ts';
import { moment } from './history/moment.ts';
import { Timelines } from './history/timeline.ts';
import { type DirectorySource, openSources } from './journal-source.ts';
import { at, context, nodes, rows } from './queries.ts';
import { INSTANCE, startTwoRouters, type TwoRouters } from './two-routers.fixture.ts';

const BEGAN_US = 1_790_000_000_000_000;
const S = 1_000_000;

describe('a failover and back, read from the journals', () => {
  let routers: TwoRouters;
  let sources: DirectorySource[];
  let all: readonly ViewRow[];
  const query = { actor: INSTANCE, after: null, before: null, seq: null, atUs: null, limit: 500 };
  const r1 = (): DirectorySource => sources[0] as DirectorySource;
  const r2 = (): DirectorySource => sources[1] as DirectorySource;

  beforeAll(async () => {
    routers = startTwoRouters(BEGAN_US);
    routers.clock.advanceBy(30 * S);
    routers.r1.setLink(false);
    routers.clock.advanceBy(20 * S);
    routers.r1.setLink(true);
    routers.clock.advanceBy(20 * S);
    await routers.flush();
    sources = openSources(routers.directories);
    all = rows(r1(), query).rows;
  });
  afterAll(async () => {
    for (const source of sources) source.close();
    await routers.close();
  });

  it('names nodes and actors as they are now', () => {
    const answer = nodes(sources);
    expect(answer.nodes.map(({ node, lastSeq, running }) => [node, lastSeq > 5, running])).toEqual([
      ['r1', true, true],
      ['r2', true, true],
    ]);
    const states = answer.fleet
      .flatMap(unpackFleet)
      .map(({ node, state, priority }) => ({ node, state, priority }));
    expect(states).toMatchObject([
      { node: 'r1', state: { protocol: 'master', addresses: 'held', garp: 'settled' }, priority: 150 },
      {
        node: 'r2',
        state: { protocol: { backup: 'listening' }, addresses: 'absent', garp: 'idle' },
        priority: 100,
      },
    ]);
  });

  it('knows what everybody was in the middle of the failover', () => {
    const actors = at(sources, BEGAN_US + 40 * S).fleet.flatMap(unpackFleet);
    expect(actors.map(({ node, state }) => [node, (state as { protocol: unknown }).protocol])).toEqual([
      ['r1', 'fault'],
      ['r2', 'master'],
    ]);
    expect(at(sources, BEGAN_US - 1).fleet).toEqual([]);
  });

  it('gives each row the state before it', () => {
    expect(all[0]?.event.type).toBe('actor.started');
    expect(all[0]?.before).toBeNull();
    for (const [index, row] of all.entries()) {
      if (index > 0) expect(row.before, `row ${row.seq}`).toEqual(all[index - 1]?.state);
      expect(rows(r1(), { ...query, seq: row.seq }).rows).toEqual([row]);
    }
  });

  it('pages forwards and backwards without a hole', () => {
    const forwards: number[] = [];
    for (let after = 0, more = true; more; ) {
      const page = rows(r1(), { ...query, after, limit: 3 });
      forwards.push(...page.rows.map(({ seq }) => seq));
      after = page.rows.at(-1)?.seq ?? 0;
      more = page.more;
    }
    const backwards: number[] = [];
    for (let before: number | null = null, more = true; more; ) {
      const page: ReturnType<typeof rows> = rows(r1(), { ...query, before, limit: 3 });
      backwards.unshift(...page.rows.map(({ seq }) => seq));
      before = page.rows[0]?.seq ?? 0;
      more = page.more && page.rows.length > 0;
    }
    const seqs = all.map(({ seq }) => seq);
    expect(forwards).toEqual(seqs);
    expect(backwards).toEqual(seqs);
  });

  it('finds the row in force at a time', () => {
    const down = all.find(({ event }) => event.type === 'link.down');
    if (down === undefined) throw new Error('the link never went down');
    const found = rows(r1(), { ...query, atUs: down.wallUs - 1, limit: 1 }).rows[0];
    expect(found?.seq).toBe(all[all.indexOf(down) - 1]?.seq);
  });

  it('tells a moment in one answer: the row in force, its cause, its arrows and everybody', () => {
    const ask = (timeUs: number, everybody: boolean) =>
      moment(sources, sources, r1(), { actor: INSTANCE, timeUs, everybody });
    const down = all.find(({ event }) => event.type === 'link.down');
    if (down === undefined) throw new Error('the link never went down');
    for (const row of all) {
      // Of rows of one instant the last one is in force.
      const newest = all.findLast(({ wallUs }) => wallUs === row.wallUs);
      expect(ask(row.wallUs, false), `row ${row.seq}`).toMatchObject({ row: newest, fleet: null });
    }
    const shown = ask(down.wallUs + 5 * S, true);
    expect(shown.row?.wallUs).toBeLessThanOrEqual(down.wallUs + 5 * S);
    expect(shown.cause).toEqual(all.find(({ seq }) => seq === shown.row?.cause) ?? null);
    expect(shown.links).toEqual(links(sources, r1(), shown.row?.seq ?? 0));
    expect(shown.fleet).toEqual(at(sources, shown.row?.wallUs ?? 0).fleet);
    expect(ask(BEGAN_US - S, false).row?.seq).toBe(all[0]?.seq);
    const nobody = { actor: 'vrrp/other', timeUs: down.wallUs, everybody: true };
    expect(moment(sources, sources, r1(), nobody).row).toBeNull();
  });

  it('tells what an actor knew after a row', () => {
    const heard = rows(r2(), query).rows.find(({ event }) => event.type === 'advert.received');
    const known = context(r2(), INSTANCE, heard?.seq ?? 0);
    expect(known?.context.master).toMatchObject({ source: '10.0.0.1', priority: 150 });
    expect(context(r2(), 'vrrp/other', 3)).toBeNull();
  });

  const window = (fromUs: number, toUs: number, cellUs = 1) => ({ fromUs, toUs, cellUs, actors: null });

  it('draws states over time that agree with the rows, at any scale', () => {
    for (const cellUs of [1, 1_000, S, 10 * S, 1_000 * S]) {
      const answer = new Timelines().timeline(sources, window(BEGAN_US - S, BEGAN_US + 70 * S, cellUs));
      const lane = answer.lanes.find(({ node }) => node === 'r1');
      expect(lane?.ticks.reduce((sum, tick) => sum + tick.rows, 0)).toBe(all.length);
      for (const { seq, wallUs, state } of all) {
        const states = [
          ...(lane?.spans ?? []).map((span) => ({ ...span, states: [span.state] })),
          ...(lane?.dense ?? []),
        ].flatMap((piece) =>
          piece.fromUs <= wallUs && piece.toUs >= wallUs
            ? piece.states.map((index) => answer.states[index])
            : [],
        );
        expect(states, `row ${seq} at ${cellUs} us`).toContainEqual(state);
      }
    }
  });

  it('draws a window in which nothing happens', () => {
    const { lanes } = new Timelines().timeline(sources, window(BEGAN_US + 40 * S, BEGAN_US + 41 * S));
    expect(lanes.map(({ node, spans }) => [node, spans.length, spans[0]?.fromUs, spans[0]?.toUs])).toEqual([
      ['r1', 1, BEGAN_US + 40 * S, BEGAN_US + 41 * S],
      ['r2', 1, BEGAN_US + 40 * S, BEGAN_US + 41 * S],
    ]);
  });
});

describe('a history too long to draw row by row', () => {
  it('tells every state, keeps little of it, and rows of one actor are still found', async () => {
    const directory = temporaryDirectory();
    const journal = openJournal({ directory: directory.path, node: 'busy', process: 'vrrp' });
    const count = 9_000;
    journal.row(startRow(1));
    journal.row(startRow(2, 'vrrp/rare'));
    for (let seq = 3; seq <= count; seq += 1) {
      journal.row(changedRow(seq));
      if (seq % 1_000 === 0) await journal.flush();
    }
    await journal.flush();
    const [source] = openSources([directory.path]);
    if (source === undefined) throw new Error('no source');
    const began = startRow(1).wallUs;
    const window = { fromUs: began - S, toUs: began + 10 * S, cellUs: S, actors: null };
    const timelines = new Timelines(new ColumnCache(1));
    const rowsOf = (actor: string): number => {
      const lane = timelines.timeline([source], window).lanes.find((one) => one.actor === actor);
      return lane?.ticks.reduce((sum, { rows: some }) => sum + some, 0) ?? 0;
    };
    expect(rowsOf('vrrp/VI_1')).toBe(count - 1);
    expect(rowsOf('vrrp/rare')).toBe(1);
    // What is written while it is looked at.
    journal.row(changedRow(count + 1));
    await journal.flush();
    expect(rowsOf('vrrp/VI_1')).toBe(count);
    const kept = new Timelines();
    for (let time = 0; time < 3; time += 1) kept.timeline([source], window);
    expect(kept.cache.bytes).toBeGreaterThan(count * 20);
    expect(kept.cache.bytes).toBeLessThan(count * 50);
    const rare = rows(source, {
      actor: 'vrrp/rare',
      after: null,
      before: null,
      seq: null,
      atUs: null,
      limit: 5,
    });
    expect(rare.rows.map(({ seq }) => seq)).toEqual([2]);
    const late = { actor: 'vrrp/rare', timeUs: began + 9 * S, everybody: false };
    expect(moment([source], [source], source, late).row?.seq).toBe(2);
    await journal.close();
    source.close();
    directory.remove();
  });
});

describe('a journal that does not exist yet', () => {
  it('is an empty source that fills', async () => {
    const directory = temporaryDirectory();
    const path = join(directory.path, 'r9');
    const [source] = openSources([path]);
    if (source === undefined) throw new Error('no source');
    expect(source.node).toBe('r9');
    expect(nodes([source]).fleet).toEqual([]);
    const seen: number[] = [];
    const end = source.subscribe((found) => seen.push(...found.map(({ seq }) => seq)));
    const journal = openJournal({ directory: path, node: 'r9', process: 'vrrp' });
    journal.row(startRow(1));
    await journal.flush();
    await expect.poll(() => seen, { timeout: 5_000 }).toEqual([1]);
    end();
    await journal.close();
    source.close();
    rmSync(path, { recursive: true, force: true });
    directory.remove();
  });

  it('keeps nodes of the same name apart', () => {
    const directory = temporaryDirectory();
    const names = openSources([join(directory.path, 'a/r1'), join(directory.path, 'b/r1')]).map(
      ({ node }) => node,
    );
    expect(names).toEqual(['r1', 'r1 (2)']);
    directory.remove();
  });
});
