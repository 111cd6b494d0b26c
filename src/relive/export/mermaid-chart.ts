/** The chart of an actor as a state diagram of Mermaid, with the transitions that its rows stand for. */
import type { StoredRow } from '../../journal/model.ts';
import type { Json } from '../../protocol/json.ts';
import { activeStates } from '../../view/chart/active.ts';
import { FiredEdges } from '../../view/chart/fired.ts';
import type { ChartLayout, LayoutEdge, LayoutNode } from '../../view/chart/layout-types.ts';
import { layoutOf } from '../../view/chart/layouts.ts';

const MAIN_REGION = 'protocol';
const MOST_TAKEN = 200;
/** Numbers shown beside a transition that was taken again and again. */
const MOST_NUMBERS = 6;

/** Mermaid takes these for its own. */
export function escaped(text: string): string {
  return text
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll(';', ',')
    .replaceAll('#', '#35;')
    .replaceAll('"', "'");
}

const identifier = (id: string): string => `s_${id.replaceAll(/[^A-Za-z0-9]/g, '_')}`;

/** Collects what the rows of one actor did, then draws it. */
export class PathTaken {
  #layout: ChartLayout | null = null;
  #fired: FiredEdges | null = null;
  readonly #taken = new Map<string, number[]>();
  #count = 0;
  #active: ReadonlySet<string> = new Set();

  take(row: StoredRow, before: Json | null): void {
    if (this.#layout === null || this.#layout.machine !== row.machine) {
      this.#layout = layoutOf(row.machine) ?? this.#layout;
      this.#fired = this.#layout === null ? null : new FiredEdges(this.#layout);
    }
    this.#active = activeStates(row.state);
    for (const id of this.#fired?.of({ ...row, before }) ?? []) {
      this.#count += 1;
      if (this.#count > MOST_TAKEN) return;
      this.#taken.set(id, [...(this.#taken.get(id) ?? []), this.#count]);
    }
  }

  /** Null: nothing was taken, or this build does not have the chart. */
  lines(): string[] | null {
    const layout = this.#layout;
    if (layout === null || this.#taken.size === 0) return null;
    const regions = layout.nodes.filter(({ kind }) => kind === 'region').map(({ id }) => id);
    // What an operator asks for first.
    regions.sort((a, b) => Number(b === MAIN_REGION) - Number(a === MAIN_REGION));
    const edges = layout.edges.filter(({ id, target }) => target !== null && this.#taken.has(id));
    const drawn = regions.length === 0 ? [null] : regions;
    const lines = drawn.flatMap((region) => this.#container(layout, edges, region));
    const shown = layout.nodes.filter(({ id }) =>
      lines.some((line) => line.endsWith(` as ${identifier(id)}`)),
    );
    return lines.length === 0 ? null : ['stateDiagram-v2', ...lines, ...this.#classes(shown)];
  }

  /** A region in which nothing happened says nothing. */
  #container(layout: ChartLayout, edges: readonly LayoutEdge[], region: string | null): string[] {
    const inside = edges.filter(({ source }) => region === null || source.startsWith(`${region}.`));
    if (inside.every(({ event }) => event === 'initial')) return [];
    const root = layout.nodes.find(({ kind }) => kind === 'machine')?.id ?? null;
    const lines = this.#states(layout, region ?? root, inside, region === null ? 1 : 2);
    return region === null ? lines : [`  state "${region}" as ${identifier(region)} {`, ...lines, '  }'];
  }

  /** States of a container with the transitions between them; those within a state stand in it. */
  #states(layout: ChartLayout, parent: string | null, edges: readonly LayoutEdge[], depth: number): string[] {
    const pad = '  '.repeat(depth);
    const isMain =
      parent === null ||
      parent.startsWith(MAIN_REGION) ||
      !layout.nodes.some(({ kind }) => kind === 'region');
    const children = layout.nodes.filter(
      (node) => node.parent === parent && node.kind !== 'initial' && (isMain || isVisited(node, edges)),
    );
    const lines: string[] = [];
    for (const { id, kind, label } of children) {
      lines.push(`${pad}state "${escaped(label)}" as ${identifier(id)}`);
      if (kind !== 'compound') continue;
      const inner = this.#states(layout, id, edges, depth + 1);
      if (inner.length > 0) lines.push(`${pad}state ${identifier(id)} {`, ...inner, `${pad}}`);
    }
    for (const edge of edges) {
      const [from, to] = [childWithin(children, edge.source), childWithin(children, edge.target ?? '')];
      const starts =
        edge.event === 'initial' && layout.nodes.find(({ id }) => id === edge.source)?.parent === parent;
      if (starts && to !== null) lines.push(`${pad}[*] --> ${identifier(to)} : ${this.#label(edge)}`);
      else if (from !== null && to !== null && !(from === to && isDeeper(edge, from)))
        lines.push(`${pad}${identifier(from)} --> ${identifier(to)} : ${this.#label(edge)}`);
    }
    return lines;
  }

  #label({ id, event, guard }: LayoutEdge): string {
    const numbers = this.#taken.get(id) ?? [];
    const shown = numbers.slice(0, MOST_NUMBERS).join(', ') + (numbers.length > MOST_NUMBERS ? ', ...' : '');
    const what = event === 'initial' ? '' : ` ${event}${guard === null ? '' : ` [${guard}]`}`;
    return escaped(`${shown}${what}`);
  }

  /** Innermost states as the last row left them. Mermaid gives no class to a state with states in it. */
  #classes(nodes: readonly LayoutNode[]): string[] {
    const now = nodes
      .filter(({ id, kind }) => kind === 'atomic' && this.#active.has(id))
      .map(({ id }) => identifier(id));
    return now.length === 0 ? [] : ['  classDef now fill:#178a4a,color:#fff', `  class ${now.join(',')} now`];
  }
}

/** Of the other regions only what has to do with the path is drawn. */
function isVisited({ id }: LayoutNode, edges: readonly LayoutEdge[]): boolean {
  return edges.some(({ source, target }) =>
    [source, target].some((end) => end === id || end?.startsWith(`${id}.`)),
  );
}

/** The child that is or contains a state. Arrows across borders are drawn between the borders: Mermaid knows no others. */
function childWithin(children: readonly LayoutNode[], id: string): string | null {
  return children.find((child) => id === child.id || id.startsWith(`${child.id}.`))?.id ?? null;
}

/** Both ends lie inside the state, whose own lines show it. */
function isDeeper({ source, target }: LayoutEdge, within: string): boolean {
  return source !== within && target !== within;
}
