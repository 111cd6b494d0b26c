import { describe, expect, it } from 'vitest';
import type { ActorView } from '../../api.ts';
import { formatPlace, readPlace } from '../location.ts';
import { EVERYTHING, matcher, search } from './filter.ts';
import { cellAt, layoutWall, placedCells } from './layout.ts';
import { keyOf, WallModel } from './model.ts';

const view = (
  node: string,
  actor: string,
  state: ActorView['state'],
  more: Partial<ActorView> = {},
): ActorView => ({
  ...{ node, actor, machine: 'any@1', seq: 1, wallUs: 1, state, priority: null, running: true },
  ...{ relations: [], addresses: [], ...more },
});

const S1 = '[10.0.0.1]:tcp:80';
const S2 = 'FWM 5';
const ACTORS = [
  view('r1', 'vrrp/VI_10', 'master'),
  view('r1', 'vrrp/VI_2', 'fault', { addresses: ['10.9.0.1'] }),
  view('r1', 'vrrp/VI_3', 'backup'),
  view('r1', 'group/G', 'fault', { relations: ['vrrp/VI_2', 'vrrp/VI_10'] }),
  view('r1', `virtual/${S1}`, { table: 'applied', quorum: 'up', checks: 'running' }),
  view('r1', `virtual/${S2}`, { table: 'applied', quorum: 'down', checks: 'running' }),
  view('r1', `real/${S1}/[10.1.0.1]:tcp:80`, 'up'),
  view('r1', `real/${S1}/[10.1.0.2]:tcp:80`, 'up'),
  view('r1', `real/${S2}/[10.1.0.2]:none:0`, 'down'),
  view('r1', `checker/${S1}/[10.1.0.2]:tcp:80/1`, { passing: 'steady' }),
  view('r1', `checker/${S1}/[10.1.0.2]:tcp:80/2`, 'failing'),
  view('r2', 'vrrp/VI_2', 'master', { running: false }),
];

function model(): WallModel {
  const wall = new WallModel(ACTORS);
  wall.sort();
  return wall;
}
const units = (wall: WallModel, node: string, name: string) =>
  wall.sections.find((section) => section.node === node && section.name === name)?.units ?? [];

describe('who belongs to whom', () => {
  it('is told by groups and by names, worst first', () => {
    const wall = model();
    const told = (name: string) =>
      units(wall, 'r1', name).map(({ title, cells }) => [title, cells.map((cell) => cell.name)]);
    expect(told('Instances')).toEqual([
      ['G', ['VI_2', 'VI_10']],
      ['in no group', ['VI_3']],
    ]);
    expect(told('Virtual servers')).toEqual([
      ['10.0.0.1:80', ['10.1.0.2:80', '10.1.0.1:80']],
      ['FWM 5', ['[10.1.0.2]:none:0']],
    ]);
    const checks = units(wall, 'r1', 'Virtual servers').flatMap(
      ({ cells }) => cells[0]?.pips.map(({ name }) => name) ?? [],
    );
    expect(checks).toEqual(['10.1.0.2:80 #1', '10.1.0.2:80 #2']);
  });

  it('a process that is gone makes no trouble of each of its actors', () => {
    expect(model().cells.get('r2 vrrp/VI_2')).toMatchObject({ main: 'gone', tone: 'idle' });
    const found = search(model().cells.values(), { ...EVERYTHING, text: 'VI_2' }, 5);
    expect(found.first.map(({ key }) => key)).toEqual(['r1 vrrp/VI_2', 'r2 vrrp/VI_2']);
  });

  it('changes with live rows, and asks for all when somebody is new', () => {
    const wall = model();
    expect(wall.update(view('r1', 'vrrp/VI_2', 'backup'))).toMatchObject({ main: 'backup', tone: 'calm' });
    wall.sort();
    expect(units(wall, 'r1', 'Instances')[0]?.cells.map(({ name }) => name)).toEqual(['VI_2', 'VI_10']);
    expect(wall.update(view('r1', 'vrrp/NEW', 'backup'))).toBeNull();
  });

  it('stands beside its chart', () => {
    const kin = (actor: string) =>
      model()
        .kinOf({ node: 'r1', actor }, 5)
        .map(({ key }) => key);
    expect(kin('vrrp/VI_2')).toEqual(['r1 vrrp/VI_2', 'r2 vrrp/VI_2', 'r1 group/G']);
    expect(kin(`real/${S1}/[10.1.0.2]:tcp:80`).slice(1)).toEqual([
      `r1 virtual/${S1}`,
      `r1 checker/${S1}/[10.1.0.2]:tcp:80/1`,
      `r1 checker/${S1}/[10.1.0.2]:tcp:80/2`,
    ]);
  });
});

describe('the search', () => {
  const first = (text: string) => search(model().cells.values(), { ...EVERYTHING, text }, 3).first[0]?.key;
  it('prefers a name to its beginning, and that to its middle', () => {
    expect(first('vi_2')).toBe('r1 vrrp/VI_2');
    expect(first('VI_1')).toBe('r1 vrrp/VI_10');
    expect(first('10.9')).toBe('r1 vrrp/VI_2');
    expect(first('r2')).toBe('r2 vrrp/VI_2');
    expect(first('master r1')).toBe('r1 vrrp/VI_10');
    expect(first('nobody')).toBeUndefined();
  });

  it('wants every chip group and every word', () => {
    const filter = {
      text: 'r1',
      states: new Set(['down']),
      kinds: new Set(['real']),
      nodes: new Set(['r1']),
    };
    const found = [...model().cells.values()].filter((cell) => matcher(filter)(cell) !== null);
    expect(found.map(({ name }) => name)).toEqual(['[10.1.0.2]:none:0']);
  });
});

describe('the places', () => {
  it.each([
    [1_200, 700],
    [340, 300],
    [700, 40],
  ])('let nobody overlap or be missed at %d x %d', (width, height) => {
    const wall = model();
    const layout = layoutWall(wall.sections, width, height);
    const placed = [...placedCells(layout)];
    expect(placed.map(({ cell }) => cell.key).toSorted()).toEqual(ACTORS.map(keyOf).toSorted());
    for (const one of placed) {
      expect(one.x).toBeGreaterThanOrEqual(0);
      expect(one.x + one.w).toBeLessThanOrEqual(width);
      expect(one.y + one.h).toBeLessThanOrEqual(layout.height);
      expect(cellAt(layout, one.x + one.w / 2, one.y + Math.min(one.w, one.h) / 2)?.cell.key).toBe(
        one.cell.key,
      );
    }
  });
});

describe('the address', () => {
  it.each([
    '#view=wall',
    '#node=r1&actor=vrrp/VI_1&seq=12',
    '#view=wall&node=r1&actor=virtual/[10.0.0.1]:tcp:80&q=10.0.0.1+r1&state=fault&state=down&kind=real&on=r1',
    '#node=a%26b&actor=vrrp/100%25&time=1790000000000000',
  ])('comes back as it was: %s', (hash) => {
    const place = readPlace(hash);
    expect(formatPlace({ ...place, view: place.view ?? 'chart' })).toBe(hash);
  });

  it('takes a date for a moment, and nonsense for none', () => {
    expect(readPlace('#time=2026-11-28T03:12:07.5Z').timeUs).toBe(
      Date.UTC(2026, 10, 28, 3, 12, 7, 500) * 1_000,
    );
    expect(readPlace('#time=soon&seq=-1&view=floor')).toMatchObject({ timeUs: null, seq: null, view: null });
  });
});
