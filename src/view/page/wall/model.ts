/**
 * All actors as the wall shows them: in units (a sync group with its instances, a virtual server with its real servers and
 * their checkers), worst first. Who belongs to whom is told by names, and by groups and trackers themselves.
 */
import type { ActorView } from '../../api.ts';
import { summarizeState } from '../../chart/active.ts';
import { type Tone, toneOf } from '../../text/tone.ts';

export type Kind = 'vrrp' | 'group' | 'virtual' | 'real' | 'checker' | 'tracker' | 'bfd' | 'other';

export const KIND_NAMES: Readonly<Record<Kind, string>> = {
  vrrp: 'instances',
  group: 'sync groups',
  virtual: 'virtual servers',
  real: 'real servers',
  checker: 'checkers',
  tracker: 'trackers',
  bfd: 'BFD sessions',
  other: 'others',
};

/** What an operator should look at first has the lowest number; from `FINE` on there is nothing to see. */
const RANK: Readonly<Record<Tone, number>> = { bad: 0, warn: 1, accent: 2, idle: 3, calm: 4, good: 4 };
export const FINE = 2;
/** That their process is gone is one trouble of the node, not one of each. */
const GONE = 5;

export interface Cell {
  readonly key: string;
  readonly kind: Kind;
  /** `VI_1`, `10.0.0.2:80` */
  readonly name: string;
  view: ActorView;
  /** State in one word. */
  main: string;
  tone: Tone;
  rank: number;
  /** The checkers of a real server. */
  readonly pips: Cell[];
}

export interface Unit {
  readonly title: string;
  /** The sync group or the virtual server; null: what belongs to none. */
  readonly head: Cell | null;
  readonly cells: Cell[];
}

export type SectionName = 'Instances' | 'Virtual servers' | 'Trackers and others';

export interface Section {
  readonly node: string;
  readonly name: SectionName;
  readonly units: Unit[];
}

export const keyOf = ({ node, actor }: { readonly node: string; readonly actor: string }): string =>
  `${node} ${actor}`;

export function kindOf(actor: string): Kind {
  const kind = actor.slice(0, actor.indexOf('/'));
  return Object.hasOwn(KIND_NAMES, kind) ? (kind as Kind) : 'other';
}

/** The name without those it belongs to: `10.0.0.2:80 #1` is the first check of that real server. */
function nameOf(actor: string, kind: Kind): string {
  const parts = actor.split('/');
  const last = parts.at(-1) ?? '';
  const name =
    kind === 'real'
      ? last
      : kind === 'checker'
        ? `${parts.at(-2)} #${last}`
        : actor.slice(actor.indexOf('/') + 1);
  return name.replace(/^\[([\d.]+)\]:tcp:/, '$1:').replace(/^(\[[\da-f:]+\]):tcp:/, '$1:');
}

const standings = new Map<string, { readonly main: string; readonly tone: Tone }>();
const MOST_STANDINGS = 10_000;

function standingOf(state: ActorView['state']): { readonly main: string; readonly tone: Tone } {
  const key = JSON.stringify(state);
  const known = standings.get(key);
  if (known !== undefined) return known;
  const { main } = summarizeState(state);
  if (standings.size >= MOST_STANDINGS) standings.clear();
  const made = { main, tone: toneOf(main) };
  standings.set(key, made);
  return made;
}

function fill(cell: Cell, view: ActorView): void {
  const { main, tone } = standingOf(view.state);
  cell.view = view;
  cell.main = view.running ? main : 'gone';
  cell.tone = view.running ? tone : 'idle';
  cell.rank = view.running ? RANK[tone] : GONE;
}

function makeCell(view: ActorView): Cell {
  const kind = kindOf(view.actor);
  const cell = {
    key: keyOf(view),
    kind,
    name: nameOf(view.actor, kind),
    view,
    main: '',
    rank: FINE,
    pips: [],
  };
  const made: Cell = { ...cell, tone: 'idle' };
  fill(made, view);
  return made;
}

const worst = (cells: readonly Cell[]): number =>
  cells.reduce((least, { rank, pips }) => Math.min(least, rank, pips.length > 0 ? worst(pips) : rank), 9);

function byTrouble(a: Cell, b: Cell): number {
  return worst([a]) - worst([b]) || compareNames(a.name, b.name);
}

const compareNames = new Intl.Collator('en', { numeric: true }).compare;

export class WallModel {
  readonly cells = new Map<string, Cell>();
  readonly sections: Section[] = [];
  readonly nodes: readonly string[];
  /** By key: those that lead or tell it. */
  readonly #leaders = new Map<string, string[]>();

  constructor(actors: readonly ActorView[]) {
    for (const view of actors) this.cells.set(keyOf(view), makeCell(view));
    this.nodes = [...new Set(actors.map(({ node }) => node))];
    for (const view of actors) {
      for (const actor of view.relations) {
        const key = keyOf({ node: view.node, actor });
        this.#leaders.set(key, [...(this.#leaders.get(key) ?? []), keyOf(view)]);
      }
    }
    const byNode = new Map<string, Cell[]>(this.nodes.map((node) => [node, []]));
    for (const cell of this.cells.values()) byNode.get(cell.view.node)?.push(cell);
    for (const [node, cells] of byNode) this.sections.push(...sectionsOf(node, cells));
  }

  /** Keys of groups that lead an actor, trackers that tell it, and what it is a part of by its name. */
  leadersOf(node: string, actor: string): readonly string[] {
    const kind = kindOf(actor);
    const part =
      kind === 'checker' ? parentOf(actor, 'real') : kind === 'real' ? parentOf(actor, 'virtual') : null;
    const told = this.#leaders.get(keyOf({ node, actor })) ?? [];
    return part === null ? told : [...told, keyOf({ node, actor: part })];
  }

  /** An actor on every node, then those it has to do with on its own; all if they are few. */
  kinOf(named: { readonly node: string; readonly actor: string } | null, most: number): readonly Cell[] {
    if (named === null || this.cells.size <= most) return [...this.cells.values()].slice(0, most);
    const { node, actor } = named;
    const own = this.cells.get(keyOf(named));
    const keys = [
      ...this.nodes.map((other) => keyOf({ node: other, actor })),
      ...this.leadersOf(node, actor),
      ...(own?.pips.map(({ key }) => key) ?? []),
      ...(own?.view.relations.map((other) => keyOf({ node, actor: other })) ?? []),
      ...this.sections
        .flatMap(({ units }) => units.find(({ head }) => head !== null && head === own)?.cells ?? [])
        .toSorted(byTrouble)
        .map(({ key }) => key),
    ];
    return [...new Set(keys)].flatMap((key) => this.cells.get(key) ?? []).slice(0, most);
  }

  /** The cell that shows it now; null: there was none, and the wall must be built anew. */
  update(view: ActorView): Cell | null {
    const cell = this.cells.get(keyOf(view));
    if (cell === undefined) return null;
    fill(cell, view);
    return cell;
  }

  /** Worst first, in every unit and among them; before that they are in no order. */
  sort(): void {
    for (const { units } of this.sections) {
      const ranks = new Map(units.map((unit) => [unit, worstOf(unit)]));
      for (const { cells } of units) cells.sort(byTrouble);
      units.sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0) || compareNames(a.title, b.title));
    }
  }
}

const worstOf = ({ head, cells }: Unit): number => Math.min(head?.rank ?? 9, worst(cells));

function sectionsOf(node: string, cells: readonly Cell[]): Section[] {
  const of = (kind: Kind): Cell[] => cells.filter((cell) => cell.kind === kind);
  const groups = of('group').map((head): Unit => ({ title: head.name, head, cells: [] }));
  const groupOf = new Map(
    groups.flatMap((unit) => unit.head?.view.relations.map((actor) => [actor, unit]) ?? []),
  );
  const alone: Unit = { title: 'in no group', head: null, cells: [] };
  for (const cell of of('vrrp')) (groupOf.get(cell.view.actor) ?? alone).cells.push(cell);
  const services = servicesOf(of('virtual'), of('real'), of('checker'));
  const rest: Unit = { title: '', head: null, cells: [...of('tracker'), ...of('bfd'), ...of('other')] };
  const sections: Section[] = [
    { node, name: 'Instances', units: [...groups, alone] },
    { node, name: 'Virtual servers', units: services },
    { node, name: 'Trackers and others', units: [rest] },
  ];
  const filled = ({ head, cells: own }: Unit): boolean => head !== null || own.length > 0;
  return sections
    .map((section) => ({ ...section, units: section.units.filter(filled) }))
    .filter(({ units }) => units.length > 0);
}

const parentOf = (actor: string, kind: Kind): string =>
  `${kind}${actor.slice(actor.indexOf('/'), actor.lastIndexOf('/'))}`;

function servicesOf(virtuals: readonly Cell[], reals: readonly Cell[], checkers: readonly Cell[]): Unit[] {
  const units = new Map<string, Unit>();
  for (const head of virtuals) units.set(head.view.actor, { title: head.name, head, cells: [] });
  const unitFor = (actor: string): Unit => {
    const known = units.get(actor) ?? { title: actor.slice(actor.indexOf('/') + 1), head: null, cells: [] };
    units.set(actor, known);
    return known;
  };
  const cells = new Map(reals.map((cell) => [cell.view.actor, cell]));
  for (const cell of reals) unitFor(parentOf(cell.view.actor, 'virtual')).cells.push(cell);
  for (const cell of checkers) {
    const real = parentOf(cell.view.actor, 'real');
    const owner = cells.get(real);
    if (owner === undefined) unitFor(parentOf(real, 'virtual')).cells.push(cell);
    else owner.pips.push(cell);
  }
  for (const { pips } of reals) pips.sort((a, b) => compareNames(a.name, b.name));
  return [...units.values()];
}
