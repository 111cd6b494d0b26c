/**
 * Which transitions a journal row stands for. A row records the event and the states before and after it, not the
 * transitions, so they are found on the chart: first those of the event itself, then those of events that the machine
 * raised on the way. Alternatives that lead to the same states are told apart by the effects that the row lists.
 */
import type { ActorEvent, Effect, RowKind } from '../../engine/types.ts';
import type { Json } from '../../protocol/json.ts';
import { activeStates } from './active.ts';
import type { ChartLayout, LayoutEdge, LayoutNode } from './layout-types.ts';

/** What of a row is needed. */
export interface FiringRow {
  readonly kind: RowKind;
  readonly event: ActorEvent;
  readonly effects: readonly Effect[];
  readonly before: Json;
  readonly state: Json;
}

/** Effects that the chart asks for only if there is somebody to hear: a row may lack them (`effect` in machines/declare). */
const OPTIONAL_EFFECTS: readonly string[] = [
  'notify',
  'sendGratuitousArps',
  'setSourceAddress',
  'signalActor',
];

/** Steps that one event may cause inside one region. */
const MAX_STEPS = 4;

interface Path {
  readonly edges: readonly LayoutEdge[];
  /** Innermost state that the path leads to. */
  readonly leaf: string;
  readonly effects: readonly string[];
}

export class FiredEdges {
  readonly #nodes: ReadonlyMap<string, LayoutNode>;
  readonly #edges: readonly LayoutEdge[];
  readonly #initials: ReadonlyMap<string, LayoutEdge>;
  readonly #regions: readonly string[];

  constructor({ nodes, edges }: ChartLayout) {
    this.#nodes = new Map(nodes.map((node) => [node.id, node]));
    this.#edges = edges.filter(({ event }) => event !== 'initial');
    this.#initials = new Map(
      edges.flatMap((edge) => {
        const parent = edge.event === 'initial' ? this.#nodes.get(edge.source)?.parent : null;
        return parent === null || parent === undefined ? [] : [[parent, edge] as const];
      }),
    );
    const root = nodes.find(({ kind }) => kind === 'machine')?.id ?? '';
    const regions = nodes
      .filter(({ kind, parent }) => kind === 'region' && parent === root)
      .sort((a, b) => a.y - b.y || a.x - b.x);
    this.#regions = regions.length > 0 ? regions.map(({ id }) => id) : [root];
  }

  /** Ids of the edges, in the order in which a region took them. */
  of(row: FiringRow): string[] {
    if (row.kind === 'start') return this.#entered(activeStates(row.state));
    if (row.kind !== 'step') return [];
    const before = activeStates(row.before);
    const after = activeStates(row.state);
    const fired = this.#regions.map((region) => this.#inRegion(region, row, before, after));
    return fired.flat().map(({ id }) => id);
  }

  #entered(active: ReadonlySet<string>): string[] {
    const edges = [...this.#initials.values()];
    return edges.flatMap(({ id, target }) => (target !== null && active.has(target) ? [id] : []));
  }

  #inRegion(
    region: string,
    row: FiringRow,
    before: ReadonlySet<string>,
    after: ReadonlySet<string>,
  ): readonly LayoutEdge[] {
    const edges = this.#edges.filter(({ source }) => this.#isWithin(source, region));
    const start = this.#innermost(region, before);
    const goal = this.#innermost(region, after);
    if (start === null || goal === null) return [];
    const offered = new Map<string, number>();
    for (const { type } of row.effects) offered.set(type, (offered.get(type) ?? 0) + 1);
    const caused = this.#search(edges, start, goal, (edge) => isCausedBy(edge, row.event), offered);
    if (caused !== null) return caused.edges;
    if (start === goal) return this.#reentered(edges, start, row);
    return this.#search(edges, start, goal, ({ raised }) => raised, offered)?.edges ?? [];
  }

  /** A state that a raised event entered again shows it by a timer that was armed again. */
  #reentered(edges: readonly LayoutEdge[], leaf: string, { effects }: FiringRow): readonly LayoutEdge[] {
    const armed = effects.filter(({ type }) => type === 'armTimer').map(({ params }) => params.timer);
    const isArmed = edges.some(
      ({ source, timer }) => source === leaf && timer !== null && armed.includes(timer),
    );
    const again = edges.find(({ raised, source, target }) => raised && source === leaf && target === leaf);
    return isArmed && again !== undefined ? [again] : [];
  }

  /** Shortest way first; among equally short ones the one that explains most effects, then the first. */
  #search(
    edges: readonly LayoutEdge[],
    start: string,
    goal: string,
    mayBegin: (edge: LayoutEdge) => boolean,
    offered: ReadonlyMap<string, number>,
  ): Path | null {
    let paths: Path[] = [{ edges: [], leaf: start, effects: [] }];
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const allowed = step === 0 ? mayBegin : ({ raised }: LayoutEdge) => raised;
      paths = paths
        .flatMap((path) => edges.filter(allowed).flatMap((edge) => this.#follow(path, edge) ?? []))
        // A row cannot tell of a way out and back again.
        .filter(({ leaf, effects }) => (step === 0 || leaf !== start) && isOffered(effects, offered));
      const [best] = paths
        .filter(({ leaf }) => leaf === goal)
        .sort((a, b) => b.effects.length - a.effects.length);
      if (best !== undefined) return best;
    }
    return null;
  }

  #follow({ edges, leaf, effects }: Path, edge: LayoutEdge): Path | null {
    if (!this.#isWithin(leaf, edge.source)) return null;
    if (edge.target === null)
      return { edges: [...edges, edge], leaf, effects: [...effects, ...edge.effects] };
    const next = this.#leafOf(edge.target);
    const domain = this.#domain(edge.source, edge.target);
    const left = this.#chain(leaf, domain).flatMap(({ exitEffects }) => exitEffects);
    const entered = this.#chain(next, domain).flatMap(({ entryEffects }) => entryEffects);
    return {
      edges: [...edges, edge],
      leaf: next,
      effects: [...effects, ...left, ...edge.effects, ...entered],
    };
  }

  /** The state that is neither left nor entered: the source if it contains the target, else what contains both. */
  #domain(source: string, target: string): string | null {
    let domain: string | null = source;
    if (this.#isWithin(target, source)) return domain;
    while (domain !== null && !(this.#isWithin(target, domain) && domain !== source && domain !== target)) {
      domain = this.#nodes.get(domain)?.parent ?? null;
    }
    return domain;
  }

  /** States from `leaf` up to but without `domain`. */
  #chain(leaf: string, domain: string | null): LayoutNode[] {
    const chain: LayoutNode[] = [];
    let node = this.#nodes.get(leaf);
    while (node !== undefined && node.id !== domain) {
      chain.push(node);
      node = node.parent === null ? undefined : this.#nodes.get(node.parent);
    }
    return chain;
  }

  #leafOf(id: string): string {
    const first = this.#initials.get(id)?.target;
    return first === undefined || first === null ? id : this.#leafOf(first);
  }

  #innermost(region: string, active: ReadonlySet<string>): string | null {
    let found: string | null = null;
    for (const id of active) if (this.#isWithin(id, region) && id !== region) found = id;
    return found;
  }

  #isWithin(id: string, ancestor: string): boolean {
    for (let at: string | null = id; at !== null; at = this.#nodes.get(at)?.parent ?? null) {
      if (at === ancestor) return true;
    }
    return false;
  }
}

function isCausedBy(edge: LayoutEdge, event: ActorEvent): boolean {
  if (event.type === 'timer.expired') return edge.timer !== null && edge.timer === event.timer;
  return edge.event === event.type;
}

function isOffered(effects: readonly string[], offered: ReadonlyMap<string, number>): boolean {
  const needed = new Map<string, number>();
  for (const effect of effects) needed.set(effect, (needed.get(effect) ?? 0) + 1);
  return [...needed].every(
    ([effect, count]) => OPTIONAL_EFFECTS.includes(effect) || (offered.get(effect) ?? 0) >= count,
  );
}
