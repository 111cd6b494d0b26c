/** What one row is worth looking at: what it changed, which timers run, and how its evaluation went. */
import { evaluateInSteps, type Microstep } from '../../engine/evaluate.ts';
import { sameJson } from '../../journal/fold.ts';
import { machineByName } from '../../machines/registry.ts';
import type { Json } from '../../protocol/json.ts';
import { activeStates } from '../../view/chart/active.ts';
import { FiredEdges } from '../../view/chart/fired.ts';
import { layoutOf } from '../../view/chart/layouts.ts';
import type { Place } from './history.ts';

export interface Changed {
  readonly key: string;
  readonly from: Json | null;
  readonly to: Json;
}

export function contextChanges({ witness, row }: Place): readonly Changed[] {
  if (row.kind !== 'step') return [];
  const before = witness.reader.stateAt(row.actor, row.seq - 1)?.context ?? {};
  return Object.entries(row.delta)
    .filter(([key, to]) => !sameJson(before[key], to))
    .map(([key, to]) => ({ key, from: before[key] ?? null, to }));
}

export interface RunningTimer {
  readonly timer: string;
  /** How long it was armed for. */
  readonly allUs: number;
  /** From the row on; below zero: it is late. */
  readonly leftUs: number;
}

/** Rows of the actor looked at for the timers that it armed. */
const MOST_ROWS = 2_000;

/** Timers that the actor had armed and not disarmed after the row, by the clock of its own process. */
export function runningTimers({ witness, row }: Place): readonly RunningTimer[] {
  if (row.machine === null) return [];
  const known = new Map<string, { readonly dueUs: number; readonly allUs: number } | null>();
  const { reader } = witness;
  let at = reader.changeBefore(row.actor, row.seq);
  for (let looked = 0; at !== null && at.epoch === row.epoch && looked < MOST_ROWS; looked += 1) {
    for (const { type, params } of at.effects.toReversed()) {
      const timer = String(params.timer);
      if (known.has(timer)) continue;
      const allUs = Number(params.delayUs);
      if (type === 'armTimer') known.set(timer, { dueUs: at.monoUs + allUs, allUs });
      if (type === 'disarmTimer') known.set(timer, null);
    }
    const { type, timer } = at.event;
    if (type === 'timer.expired' && !known.has(String(timer))) known.set(String(timer), null);
    if (at.kind === 'start') break;
    at = reader.changeBefore(row.actor, at.seq - 1);
  }
  return [...known].flatMap(([timer, armed]) =>
    armed === null ? [] : [{ timer, allUs: armed.allUs, leftUs: armed.dueUs - row.monoUs }],
  );
}

/** A string says why there are none. */
export function microsteps({ witness, row, before }: Place): readonly Microstep[] | string {
  if (row.kind !== 'step' || before === null)
    return 'only rows of kind step have been evaluated from a state before';
  const definition = row.machine === null ? null : machineByName(row.machine);
  if (definition === null) return `this build does not have the machine ${row.machine ?? '?'}`;
  const held = witness.reader.stateAt(row.actor, row.seq - 1);
  if (held === null || held.uncertain) return 'changes before this row were lost';
  try {
    return evaluateInSteps(definition, held.state, held.context, row.event);
  } catch (error) {
    return `the machine threw: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** A state that the row entered, the type of its event (or its beginning), a guard of what fired. */
export function isAbout(place: Place, word: string): boolean {
  const { row } = place;
  if (row.event.type === word || row.event.type.startsWith(`${word}.`)) return true;
  if (row.kind === 'note' || row.kind === 'crash') return row.kind === word;
  if (!row.changed) return false;
  const old = activeStates(place.before);
  const entered = [...activeStates(row.state)].filter((id) => !old.has(id));
  const layout = layoutOf(row.machine);
  const isNamed = (id: string): boolean => id === word || id.endsWith(`.${word}`);
  // `master` is what an instance is, though other regions have states of that name: `notices.master`.
  const isRole = layout?.nodes.some(({ id }) => isMain(id) && isNamed(id)) ?? false;
  if (entered.some((id) => isNamed(id) && (!isRole || isMain(id)))) return true;
  if (layout === null || !layout.edges.some(({ guard }) => guard === word)) return false;
  const fired = new FiredEdges(layout).of({ ...row, before: place.before });
  return layout.edges.some(({ id, guard }) => guard === word && fired.includes(id));
}

const isMain = (id: string): boolean => /^(?:protocol|quorum)\./.test(id) || !id.includes('.');

export function changesState(place: Place): boolean {
  const { row } = place;
  if (row.kind === 'note' || !row.changed) return false;
  return row.kind !== 'step' || !sameJson(place.before ?? undefined, row.state);
}

/** Actions that states of a chart have on entering and leaving, for what was entered and left. */
export function entriesAndExits(
  machine: string | null,
  before: Json,
  after: Json,
): { readonly left: readonly string[]; readonly entered: readonly string[] } {
  const [old, now] = [activeStates(before), activeStates(after)];
  const nodes = layoutOf(machine)?.nodes ?? [];
  const told = (id: string, kind: 'entry' | 'exit'): string => {
    const actions = nodes.find((node) => node.id === id)?.[kind] ?? [];
    return actions.length === 0 ? id : `${id} / ${actions.join(', ')}`;
  };
  return {
    left: [...old].filter((id) => !now.has(id)).map((id) => told(id, 'exit')),
    entered: [...now].filter((id) => !old.has(id)).map((id) => told(id, 'entry')),
  };
}
