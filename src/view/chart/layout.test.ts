import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type MachineDefinition, machineDefinitions } from '../../machines/registry.ts';
import { crosses, overlaps } from './geometry.ts';
import type { Box, ChartLayout } from './layout-types.ts';

type StateNode = MachineDefinition['machine']['root'];

function committed(definition: MachineDefinition): string {
  const name = definition.name.split('@')[0];
  return readFileSync(new URL(`../layout/${name}.json`, import.meta.url), 'utf8');
}

/** Straight from the definition, without the code under test: `path` of every state, `path event` of every transition. */
function walk(node: StateNode, states: string[], transitions: string[]): void {
  const path = node.path.join('.') || node.machine.id;
  states.push(path);
  for (const [event, alternatives] of node.transitions) {
    const timer = /^xstate\.after\.([^.]+)/.exec(event)?.[1];
    const name = timer === undefined ? event : `after ${timer}`;
    alternatives.forEach(({ target, guard }, position) => {
      const to = target?.[0]?.path.join('.') ?? null;
      transitions.push(`${path}:${name}:${position} > ${to} [${guard ?? ''}]`);
    });
  }
  for (const child of Object.values(node.states)) walk(child, states, transitions);
}

/** Everything that is text: edge labels, small print, titles (which end before the small print begins). */
function texts(layout: ChartLayout): { readonly of: string; readonly box: Box }[] {
  return [
    ...layout.edges.flatMap(({ id, labelBox }) => (labelBox === null ? [] : [{ of: id, box: labelBox }])),
    ...layout.nodes.flatMap(({ id, notes }) => notes.map((box) => ({ of: `${id} ${box.text}`, box }))),
    ...layout.nodes
      .filter(({ kind }) => kind !== 'initial' && kind !== 'machine')
      .map(({ id, x, y, label }) => ({ of: id, box: { x: x + 9, y: y + 4, w: label.length * 5, h: 15 } })),
  ];
}

describe.each(machineDefinitions)('layout of $name', (definition) => {
  const layout: ChartLayout = JSON.parse(committed(definition));

  it('shows every state and every transition exactly once', () => {
    const states: string[] = [];
    const transitions: string[] = [];
    walk(definition.machine.root, states, transitions);
    const drawn = layout.nodes.filter(({ kind }) => kind !== 'initial').map(({ id }) => id);
    expect(drawn.toSorted()).toEqual(states.toSorted());
    const edges = layout.edges
      .filter(({ event }) => event !== 'initial')
      .map(({ id, target, guard }) => `${id} > ${target} [${guard ?? ''}]`);
    expect(edges.toSorted()).toEqual(transitions.toSorted());
  });

  it('points an initial dot at the first state of every compound state', () => {
    const found = layout.edges.filter(({ event }) => event === 'initial').map(({ target }) => target);
    const wanted: string[] = [];
    const visit = (node: StateNode): void => {
      if (node.type === 'compound') wanted.push(node.initial.target[0]?.path.join('.') ?? '');
      for (const child of Object.values(node.states)) visit(child);
    };
    visit(definition.machine.root);
    expect(found.toSorted()).toEqual(wanted.toSorted());
  });

  it('lets no two texts overlap and no line run through a text that is not its own', () => {
    const all = texts(layout);
    const clashes = all.flatMap((a, index) =>
      all.slice(index + 1).flatMap((b) => (overlaps(a.box, b.box) ? [`${a.of} on ${b.of}`] : [])),
    );
    expect(clashes).toEqual([]);
    const cut = layout.edges.flatMap(({ id, source, target, points }) => {
      const own = layout.edges.filter((edge) => edge.source === source && edge.target === target);
      const foreign = all.filter(({ of }) => !own.some((edge) => edge.id === of));
      return foreign.filter(({ box }) => crosses(points, box)).map(({ of }) => `${id} through ${of}`);
    });
    expect(cut).toEqual([]);
  });

  it('keeps children inside their parents and everything inside the chart', () => {
    const byId = new Map(layout.nodes.map((node) => [node.id, node]));
    for (const node of layout.nodes) {
      const outer =
        node.parent === null ? { x: 0, y: 0, w: layout.width, h: layout.height } : byId.get(node.parent);
      if (outer === undefined) throw new Error(`${node.id} has no parent ${node.parent}`);
      expect(node.x, node.id).toBeGreaterThanOrEqual(outer.x);
      expect(node.y, node.id).toBeGreaterThanOrEqual(outer.y);
      expect(node.x + node.w, node.id).toBeLessThanOrEqual(outer.x + outer.w + 0.2);
      expect(node.y + node.h, node.id).toBeLessThanOrEqual(outer.y + outer.h + 0.2);
    }
  });

  it('holds no engine hash and has an arrow for every transition that goes somewhere', () => {
    expect(committed(definition)).not.toContain('$H');
    for (const { id, target, points, labelBox, event } of layout.edges) {
      expect(points.length >= 2, id).toBe(target !== null);
      if (event !== 'initial') expect(labelBox, id).not.toBeNull();
    }
  });
});
