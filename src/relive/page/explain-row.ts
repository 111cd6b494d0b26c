/** How a row was evaluated and what ran after it, for the page: what `relive step` tells, on the transitions of the chart. */
import type { Microstep } from '../../engine/evaluate.ts';
import type { ActorState } from '../../journal/model.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { Json } from '../../protocol/json.ts';
import { activeStates } from '../../view/chart/active.ts';
import type { LayoutEdge } from '../../view/chart/layout-types.ts';
import { layoutOf } from '../../view/chart/layouts.ts';
import type { ExplainAnswer, StepView, TimerView } from '../../view/explain-api.ts';
import { advertsAt } from '../at/adverts.ts';
import { timersOf } from '../at/timers.ts';
import type { Place } from '../step/history.ts';
import { entriesAndExits, microsteps, runningTimers } from '../step/row-facts.ts';
import type { Witness } from '../why/model.ts';

/** The event that ends a timer that the heartbeat service keeps, by the timer's name. */
const HEARTBEATS: Readonly<Record<string, string>> = {
  'master down': 'master.silent',
  skew: 'master.silent',
};

/** Null: there is no such row of that actor. */
export function explainRow(witness: Witness, actor: string, seq: number): ExplainAnswer | null {
  const { reader } = witness;
  const row = reader.row(seq);
  if (row === null || row.actor !== actor) return null;
  const before = row.kind === 'note' || row.kind === 'start' ? null : reader.stateBefore(actor, seq);
  const place: Place = { witness, row, before };
  const steps = microsteps(place);
  const unknown = typeof steps === 'string' ? steps : null;
  return {
    steps: typeof steps === 'string' ? [] : stepsOf(steps, place),
    unknown,
    timers: [...chartTimers(place), ...heartbeatTimers(place)],
  };
}

function stepsOf(steps: readonly Microstep[], { row, before }: Place): StepView[] {
  const edges = layoutOf(row.machine)?.edges ?? [];
  let state: Json = before;
  return steps.map((step, index) => {
    // What XState calls the end of a timer is no name for people.
    const event = index === 0 ? row.event.type : step.event.type;
    const timer = index === 0 && row.event.type === 'timer.expired' ? String(row.event.timer) : null;
    const shown: StepView = {
      event: timer ?? event,
      guards: step.guards,
      refused: refusedEdges(step, edges, state, event, timer),
      taken: step.transitions.map(({ source, targets }) => [source, ...targets].join(' \u2192 ')),
      ...entriesAndExits(row.machine, state, step.state),
    };
    state = step.state;
    return shown;
  });
}

/** Transitions of active states for the event whose guard was asked and said no. */
function refusedEdges(
  { guards }: Microstep,
  edges: readonly LayoutEdge[],
  state: Json,
  event: string,
  timer: string | null,
): string[] {
  const active = activeStates(state);
  const answers = new Map(guards.map(({ name, passed }) => [name, passed]));
  return edges
    .filter((edge) => (timer === null ? edge.event === event : edge.timer === timer))
    .filter(({ source, guard }) => guard !== null && active.has(source) && answers.get(guard) === false)
    .map(({ id }) => id);
}

function edgesWith(place: Place, isIt: (edge: LayoutEdge) => boolean): string[] {
  const active = activeStates(place.row.state);
  const edges = layoutOf(place.row.machine)?.edges ?? [];
  return edges.filter((edge) => isIt(edge) && active.has(edge.source)).map(({ id }) => id);
}

function chartTimers(place: Place): TimerView[] {
  return runningTimers(place).flatMap(({ timer, leftUs, allUs }) => {
    const edges = edgesWith(place, (edge) => edge.timer === timer);
    return edges.length === 0 ? [] : [{ timer, edges, allUs, leftUs: Math.max(0, leftUs), renewed: false }];
  });
}

/** What is left until the master counts as silent: each of its adverts begins it anew. */
function heartbeatTimers(place: Place): TimerView[] {
  const { witness, row } = place;
  const state = row.machine === null ? null : witness.reader.stateAt(row.actor, row.seq);
  return state === null ? [] : heartbeatsAt(witness.reader, state, row.seq, row.wallUs, place);
}

function heartbeatsAt(
  reader: JournalReader,
  state: ActorState,
  seq: number,
  wallUs: number,
  place: Place,
): TimerView[] {
  const adverts = advertsAt(reader, state.actor, seq, wallUs).get(state.actor) ?? [];
  return timersOf(reader, state, adverts, wallUs).flatMap(({ name, leftUs, allUs }) => {
    const event = HEARTBEATS[name];
    if (event === undefined || leftUs === null || allUs === undefined) return [];
    const edges = edgesWith(place, (edge) => edge.event === event);
    return edges.length === 0 ? [] : [{ timer: name, edges, allUs, leftUs, renewed: true }];
  });
}
