import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type MachineDefinition, machineDefinitions } from '../../machines/registry.ts';
import { crosses, overlaps } from './geometry.ts';
import { type Box, type ChartLayout, FONT_PX, NODE_PAD_PX } from './layout-types.ts';
import { layoutOf } from './layouts.ts';
import { svgFile } from './svg-file.ts';
import { textWidth } from './text-width.ts';

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
  node.always?.forEach(({ target, guard }, position) => {
    transitions.push(`${path}:always:${position} > ${target?.[0]?.path.join('.') ?? null} [${guard ?? ''}]`);
  });
  for (const child of Object.values(node.states)) walk(child, states, transitions);
}

function titleBox(x: number, y: number, label: string): Box {
  return { x: x + NODE_PAD_PX, y: y + 4, w: textWidth(label, FONT_PX.title, 'bold'), h: FONT_PX.title };
}

function isInside(inner: Box, outer: Box): boolean {
  const [right, bottom] = [outer.x + outer.w + 0.2, outer.y + outer.h + 0.2];
  return (
    inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.w <= right && inner.y + inner.h <= bottom
  );
}

/** Everything that is text: edge labels, small print, titles (which end before the small print begins). */
function texts(layout: ChartLayout): { readonly of: string; readonly box: Box }[] {
  return [
    ...layout.edges.flatMap(({ id, labelBox }) => (labelBox === null ? [] : [{ of: id, box: labelBox }])),
    ...layout.nodes.flatMap(({ id, notes }) => notes.map((box) => ({ of: `${id} ${box.text}`, box }))),
    ...layout.nodes
      .filter(({ kind }) => kind !== 'initial' && kind !== 'machine')
      .map(({ id, x, y, label }) => ({ of: id, box: titleBox(x, y, label) })),
  ];
}

it('there is one chart, and one drawing for the manual, for every kind of machine and none else', () => {
  const folder = (path: string): string[] => readdirSync(new URL(path, import.meta.url)).toSorted();
  const kinds = machineDefinitions.map(({ name }) => name.split('@')[0] ?? '').toSorted();
  expect(folder('../layout')).toEqual(kinds.map((kind) => `${kind}.json`));
  expect(folder('../../../docs/images/charts')).toEqual(kinds.map((kind) => `${kind}.svg`));
  const machines = readdirSync(new URL('../../machines', import.meta.url), { recursive: true });
  expect(machines.filter((file) => String(file).endsWith('.machine.ts'))).toHaveLength(kinds.length);
});

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

  it('keeps every text inside the region or chart that it belongs to', () => {
    const byId = new Map(layout.nodes.map((node) => [node.id, node]));
    const regionOf = (id: string): Box => {
      for (let node = byId.get(id); node !== undefined; node = byId.get(node.parent ?? '')) {
        if (node.kind === 'region' || node.kind === 'machine') return node;
      }
      throw new Error(`${id} is in no chart`);
    };
    const outside = [
      ...layout.edges.flatMap(({ id, source, labelBox }) =>
        labelBox === null || isInside(labelBox, regionOf(source)) ? [] : [id],
      ),
      ...layout.nodes.flatMap((node) =>
        node.kind === 'initial' ||
        [...node.notes, titleBox(node.x, node.y, node.label)].every((box) => isInside(box, node))
          ? []
          : [node.id],
      ),
    ];
    expect(outside).toEqual([]);
  });

  it('lays no label over a state that the transition is not of', () => {
    const boxes = layout.nodes.filter(({ kind }) => kind === 'atomic' || kind === 'final');
    const covered = layout.edges.flatMap(({ id, source, target, labelBox }) =>
      boxes
        .filter((box) => labelBox !== null && overlaps(labelBox, box))
        .filter((box) => target !== null || box.id !== source)
        .map((box) => `${id} over ${box.id}`),
    );
    expect(covered).toEqual([]);
  });

  it('is the one that the page draws, and the manual shows', () => {
    expect(layoutOf(definition.name)).toEqual(layout);
    const name = definition.name.split('@')[0];
    const drawing = new URL(`../../../docs/images/charts/${name}.svg`, import.meta.url);
    const styled = readFileSync(drawing, 'utf8');
    // Colours may change without a chart.
    expect(
      styled.replace(/<style>.*<\/style>/, '') === svgFile(layout, '').replace('<style></style>', ''),
    ).toBe(true);
  });

  it('holds no engine hash and has an arrow for every transition that goes somewhere', () => {
    expect(committed(definition)).not.toContain('$H');
    for (const { id, target, points, labelBox, event } of layout.edges) {
      expect(points.length >= 2, id).toBe(target !== null);
      if (event !== 'initial') expect(labelBox, id).not.toBeNull();
    }
  });
});
