import { describe, expect, it } from 'vitest';
import { machineBody, machineDefinitions } from '../../machines/registry.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { MOST_STATES, MOST_TRANSITIONS, readDefinition } from './definition.ts';
import { FiredEdges } from './fired.ts';
import { overlaps } from './geometry.ts';
import { plainLayout } from './plain-layout.ts';
import { readStatechart } from './statechart.ts';

describe.each(machineDefinitions)('the plain drawing of $name', (definition) => {
  const read = readDefinition(definition.name, machineBody(definition));
  const layout = plainLayout(read);

  it('has the states and transitions of the machine, though it is read from JSON alone', () => {
    const known = readStatechart(definition);
    const names = ({ id, parent, kind, initial }: (typeof known.states)[number]): string =>
      [id, parent, kind, initial].join();
    expect(read.states.map(names).toSorted()).toEqual(known.states.map(names).toSorted());
    const ways = ({ id, target, guard, timer, label }: (typeof known.transitions)[number]): string =>
      [id, target, guard, timer, label].join();
    expect(read.transitions.map(ways).toSorted()).toEqual(known.transitions.map(ways).toSorted());
  });

  it('draws each of them once, children inside their parents and beside each other', () => {
    const boxes = layout.nodes.filter(({ kind }) => kind !== 'initial');
    expect(new Set(boxes.map(({ id }) => id)).size).toBe(read.states.length);
    const drawn = layout.edges.filter(({ event }) => event !== 'initial');
    expect(new Set(drawn.map(({ id }) => id)).size).toBe(read.transitions.length);
    for (const a of boxes) {
      const parent = boxes.find(({ id }) => id === a.parent);
      if (parent !== undefined) {
        expect(a.x >= parent.x && a.y >= parent.y, a.id).toBe(true);
        expect(a.x + a.w <= parent.x + parent.w && a.y + a.h <= parent.y + parent.h, a.id).toBe(true);
      }
      for (const b of boxes) if (a !== b && a.parent === b.parent) expect(overlaps(a, b), a.id).toBe(false);
    }
  });
});

describe('a chart of another version', () => {
  const body = {
    id: 'door',
    initial: 'closed',
    states: {
      closed: { on: { push: { target: 'open', guard: 'isUnlocked', actions: ['creak'] }, knock: {} } },
      open: {
        initial: 'ajar',
        entry: 'greet',
        states: { ajar: { always: '#door.closed' }, wide: { after: { draught: '.' } } },
      },
    },
  } as unknown as JsonObject;

  it('shows which transition a row took', () => {
    const layout = plainLayout(readDefinition('door@7', body));
    const row = { kind: 'step', event: { type: 'push' }, effects: [] } as const;
    const fired = new FiredEdges(layout).of({ ...row, before: 'closed', state: { open: 'ajar' } });
    expect(fired).toEqual(['closed:push:0']);
    expect(layout.edges.find(({ id }) => id === 'closed:push:0')?.lines).toEqual([
      'push [isUnlocked] \u2192 open',
    ]);
  });

  it('has the states that rows name and the definition lacks, and one box where nothing is known', () => {
    const ids = plainLayout(readDefinition('door@7', body, ['gone', 'open.off.hinges'])).nodes.map(
      ({ id }) => id,
    );
    expect(ids).toEqual(expect.arrayContaining(['gone', 'open.off', 'open.off.hinges']));
    const nothing = plainLayout(readDefinition('gate@1', null));
    expect(nothing.nodes.map(({ id, kind }) => [id, kind])).toEqual([['gate', 'machine']]);
    const rowsAlone = plainLayout(readDefinition('gate@1', null, ['up', 'up.high']));
    expect(rowsAlone.nodes.map(({ id, kind }) => [id, kind])).toEqual([
      ['gate', 'machine'],
      ['up', 'compound'],
      ['up.high', 'atomic'],
    ]);
  });

  it('is bounded, and passes over what makes no sense', () => {
    const states = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, i) => [`s${i}`, { on: { e: 's1' } }]),
    );
    const many = readDefinition('wild@1', { states } as unknown as JsonObject);
    expect(many.states).toHaveLength(MOST_STATES);
    let deep: JsonObject = {};
    for (let i = 0; i < 2_000; i += 1) deep = { states: { a: deep } } as unknown as JsonObject;
    expect(readDefinition('deep@1', deep).states.length).toBeLessThan(20);
    const on = { e: Array.from({ length: 9_000 }, () => ({ target: 'a' })) };
    const wide = readDefinition('wide@1', { on, states: { a: null } } as unknown as JsonObject);
    expect(wide.transitions).toHaveLength(MOST_TRANSITIONS);
    const odd = { id: 7, initial: [], states: { a: 3, b: { on: [1, null], entry: {}, after: 'x' } } };
    expect(plainLayout(readDefinition('odd@1', odd as unknown as JsonObject)).nodes.length).toBe(3);
  });
});
