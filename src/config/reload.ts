/** What a reload does to the actors: who goes on, who changes, who comes and who goes. Pure; src/daemon carries it out. */
import type { JsonObject } from '../protocol/json.ts';
import { numbered } from './diff/compare.ts';
import { isSameData } from './plain.ts';
import { allAtOnce, type Steps } from './steps.ts';

/** An actor as a configuration asks for it. */
export interface Configured {
  /** `vrrp/VI_1`. That of a running actor stays for as long as it runs, even if its name in the file changes. */
  readonly id: string;
  /** Equal: the same actor in both configurations. */
  readonly identity: string;
  readonly input: object;
}

export interface ReloadPlan<A extends Configured> {
  /** Nothing about them differs: they must not notice. */
  readonly kept: readonly A[];
  readonly changed: readonly { readonly from: A; readonly to: A }[];
  readonly added: readonly A[];
  readonly removed: readonly A[];
  /** All that shall run, in the order of the new file, with the ids that they have from now on. */
  readonly actors: readonly A[];
}

/**
 * keepalived 2.4.3 (vrrp_exist): matched by what makes an instance the same one, never by name. Of several with one identity the
 * first is the first. A newcomer whose name is taken by one that goes on under it gets a number: `vrrp/VI_1.2`.
 */
export function planReload<A extends Configured>(running: readonly A[], wanted: readonly A[]): ReloadPlan<A> {
  return allAtOnce(planReloadInSteps(running, wanted));
}

export function* planReloadInSteps<A extends Configured>(
  running: readonly A[],
  wanted: readonly A[],
): Steps<ReloadPlan<A>> {
  const before = byIdentity(running);
  yield;
  const after = byIdentity(wanted);
  yield;
  const ids = actualIds(before, after);
  const kept: A[] = [];
  const changed: { from: A; to: A }[] = [];
  const added: A[] = [];
  const actors: A[] = [];
  for (const [key, actor] of after) {
    const from = before.get(key);
    const to = withIds(actor, ids);
    actors.push(to);
    if (from === undefined) added.push(to);
    else if (isSameData(from.input, to.input)) kept.push(to);
    else changed.push({ from, to });
    yield;
  }
  const removed = [...before].filter(([key]) => !after.has(key)).map(([, actor]) => actor);
  return { kept, changed, added, removed, actors };
}

function byIdentity<A extends Configured>(actors: readonly A[]): ReadonlyMap<string, A> {
  return numbered(
    actors,
    ({ identity }) => identity,
    (actor) => actor,
  );
}

/** From the ids that the new file would give to those that are in force, where they differ. */
function actualIds<A extends Configured>(
  before: ReadonlyMap<string, A>,
  after: ReadonlyMap<string, A>,
): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  const taken = new Set<string>();
  for (const [key, { id }] of after) {
    const known = before.get(key)?.id;
    if (known === undefined) continue;
    if (known !== id) ids.set(id, known);
    taken.add(known);
  }
  for (const [key, { id }] of after) {
    if (before.has(key)) continue;
    let free = id;
    for (let number = 2; taken.has(free); number++) free = `${id}.${number}`;
    if (free !== id) ids.set(id, free);
    taken.add(free);
  }
  return ids;
}

function withIds<A extends Configured>(actor: A, ids: ReadonlyMap<string, string>): A {
  if (ids.size === 0) return actor;
  const id = ids.get(actor.id) ?? actor.id;
  return { ...actor, id, input: referTo(actor.input, ids) };
}

/** An input may name other actors; `KIND/NAME` stands nowhere else as a whole text. */
export function referTo<T>(value: T, ids: ReadonlyMap<string, string>): T {
  const follow = (at: unknown): unknown => {
    if (typeof at === 'string') return ids.get(at) ?? at;
    if (Array.isArray(at)) return at.map(follow);
    if (at === null || typeof at !== 'object') return at;
    return Object.fromEntries(Object.entries(at).map(([key, inner]) => [key, follow(inner)]));
  };
  return follow(value) as T;
}

export function idsOf(actors: readonly Configured[]): string[] {
  return actors.map(({ id }) => id);
}

/** Of those who run before and after. */
export function idsGoingOn({ kept, changed }: ReloadPlan<Configured>): string[] {
  return idsOf([...kept, ...changed.map(({ to }) => to)]);
}

/** The plan as a journal keeps it. */
export function planSummary(plan: ReloadPlan<Configured>): JsonObject {
  return {
    kept: idsOf(plan.kept),
    changed: idsOf(plan.changed.map(({ to }) => to)),
    added: idsOf(plan.added),
    removed: idsOf(plan.removed),
  };
}

/** What belongs to actors by the ids of the file that was read, by the ids that they have while they run. */
export function underRunningIds<T>(
  byId: ReadonlyMap<string, T>,
  wanted: readonly Configured[],
  { actors }: ReloadPlan<Configured>,
): ReadonlyMap<string, T> {
  const running = new Map<string, T>();
  wanted.forEach(({ id }, at) => {
    const [actor, own] = [actors[at], byId.get(id)];
    if (actor !== undefined && own !== undefined) running.set(actor.id, own);
  });
  return running;
}
