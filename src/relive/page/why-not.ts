/**
 * Why a state is not active: which transitions lead there, and what each of them lacks. Found on the real machine: its
 * guards are asked with the context of that moment, and nothing happens.
 */

import { restoreActor } from '../../engine/evaluate.ts';
import { askGuard, type GuardAnswer, withTellingGuards } from '../../engine/telling-guards.ts';
import { type MachineDefinition, machineByName } from '../../machines/registry.ts';
import { activeStates } from '../../view/chart/active.ts';
import {
  type ChartState,
  type ChartTransition,
  readStatechart,
  type Statechart,
} from '../../view/chart/statechart.ts';
import type { TimerView, WayView, WhyNotAnswer } from '../../view/explain-api.ts';
import { afterAlternative, guardWords, hasNotCome, wayWords } from '../../view/text/why-not-words.ts';
import type { Witness } from '../why/model.ts';
import { explainAbsence } from '../why/not-master.ts';
import { explainRow } from './explain-row.ts';

const NOTHING = { missing: [], prevention: [] };
const MOST_WAYS = 12;
const MOST_DETOURS = 4;

interface Situation {
  readonly chart: Statechart;
  readonly active: ReadonlySet<string>;
  readonly timers: readonly TimerView[];
  readonly ask: (guard: string, event: string) => GuardAnswer | null;
}

/**
 * @param witnesses the node that is asked about first; the others help to tell why a router is not master
 * @returns null if the actor did not exist then, or its machine has no such state
 */
export function whyNot(
  witnesses: readonly Witness[],
  actor: string,
  seq: number,
  state: string,
): WhyNotAnswer | null {
  const [own] = witnesses;
  const answer = own === undefined ? null : fromMachine(own, actor, seq, state);
  if (own === undefined || answer === null || answer.ways.length === 0) return answer;
  if (state !== 'protocol.master' || !actor.startsWith('vrrp/')) return answer;
  const absence = explainAbsence([own], actor, own.reader.row(seq)?.wallUs ?? null, witnesses);
  if (absence === null) return answer;
  const { sentence, missing, prevention } = absence;
  return { ...answer, sentence: `${sentence}.`, missing, prevention };
}

function fromMachine(witness: Witness, actor: string, seq: number, state: string): WhyNotAnswer | null {
  const held = witness.reader.stateAt(actor, seq);
  if (held === null || held.machine === null) return null;
  const definition = machineByName(held.machine);
  if (definition === null) {
    return { state, sentence: `This build does not have the machine ${held.machine}.`, ways: [], ...NOTHING };
  }
  const chart = readStatechart(definition);
  if (!chart.states.some(({ id }) => id === state)) return null;
  const root = chart.states.find(({ kind }) => kind === 'machine')?.id ?? '';
  const active = new Set([root, ...activeStates(held.state)]);
  if (active.has(state)) return { state, sentence: `${state} is active.`, ways: [], ...NOTHING };
  const timers = explainRow(witness, actor, held.seq)?.timers ?? [];
  const ask = asker(definition, held.state, held.context);
  const answer = answerFor(state, { chart, active, timers, ask });
  if (!held.uncertain) return answer;
  const doubt = 'Rows that may have changed its values were lost.';
  return { ...answer, sentence: `${answer.sentence} ${doubt}` };
}

function asker(
  definition: MachineDefinition,
  state: Parameters<typeof restoreActor>[1],
  context: Parameters<typeof restoreActor>[2],
): Situation['ask'] {
  const told: GuardAnswer[] = [];
  const machine = withTellingGuards(definition.machine, (answer) => told.push(answer));
  const snapshot = restoreActor({ ...definition, machine }, state, context);
  return (guard, event) => {
    try {
      return askGuard(machine, snapshot, guard, { type: event }, told);
    } catch {
      // Without what the event would bring it cannot answer.
      return { name: guard, passed: false, saw: [{ path: 'event', value: null }] };
    }
  };
}

function answerFor(state: string, situation: Situation): WhyNotAnswer {
  const { chart, active } = situation;
  const first = firstToEnter(state, chart, active);
  if (first === null)
    return { state, sentence: `No transition leads to ${state} from here.`, ways: [], ...NOTHING };
  const leading = waysTo(first, chart).filter(({ source }) => active.has(source));
  const ways = leading
    .map((way) => wayOf(way, situation))
    .sort((a, b) => Number(b.open) - Number(a.open))
    .slice(0, MOST_WAYS);
  const only = ways.length === 1 ? (ways[0] as WayView) : null;
  const lacks = only === null ? `none of the ${ways.length} transitions that lead there fired` : only.text;
  const before = first === state ? '' : `${first} must be entered first, and `;
  const sentence = `${state} is not active: ${before}${lacks}.${detour(first, situation)}`;
  return { state, sentence, ways, ...NOTHING };
}

/** Other states from which it is entered: the way may lead over them. */
function detour(state: string, { chart, active }: Situation): string {
  const sources = waysTo(state, chart).flatMap(({ source }) => (active.has(source) ? [] : [source]));
  const others = [...new Set(sources)].slice(0, MOST_DETOURS);
  return others.length === 0 ? '' : ` It is entered from ${others.join(', ')}, too: not active either.`;
}

/** Transitions that enter a state: it is their target, contains it, or is what their target enters first. */
function waysTo(state: string, chart: Statechart): ChartTransition[] {
  const byId = new Map(chart.states.map((one) => [one.id, one] as const));
  return chart.transitions.filter(({ source, target }) => {
    if (target === null) return false;
    const isOuter = target.startsWith(`${state}.`);
    // What stays inside of it does not enter it.
    if (isOuter && (source === state || source.startsWith(`${state}.`))) return false;
    return isOuter || entersFirst(target, byId).includes(state);
  });
}

function entersFirst(target: string, byId: ReadonlyMap<string, ChartState>): string[] {
  const entered: string[] = [];
  for (
    let id: string | null = target;
    id !== null && !entered.includes(id);
    id = byId.get(id)?.initial ?? null
  ) {
    entered.push(id);
  }
  return entered;
}

/** The state itself, or the one on the shortest way there that can be entered from here; null: there is no way. */
function firstToEnter(state: string, chart: Statechart, active: ReadonlySet<string>): string | null {
  const seen = new Set([state]);
  const queue = [state];
  for (let wanted = queue.shift(); wanted !== undefined; wanted = queue.shift()) {
    const sources = waysTo(wanted, chart).map(({ source }) => source);
    if (sources.some((source) => active.has(source))) return wanted;
    for (const source of sources) {
      if (seen.has(source)) continue;
      seen.add(source);
      queue.push(source);
    }
  }
  return null;
}

function wayOf(way: ChartTransition, situation: Situation): WayView {
  const { chart, timers } = situation;
  const { event, guard, source } = way;
  const timer = timers.find(({ edges }) => edges.includes(way.id)) ?? null;
  const own = guard === null ? null : situation.ask(guard, event);
  const earlier = alternativesBefore(way, chart).flatMap(({ guard: other }) => {
    const answer = other === null ? null : situation.ask(other, event);
    return answer === null ? [] : [answer];
  });
  const isRefused = own !== null && !own.passed && !dependsOnEvent(own);
  const blocker = earlier.find((answer) => answer.passed && !dependsOnEvent(answer)) ?? null;
  const open = !isRefused && blocker === null;
  return {
    edge: way.id,
    open,
    text: wayWords({
      source,
      waits: hasNotCome(event, way.timer, timer),
      refusedBy: isRefused ? guardWords(own, false) : null,
      overtakenBy: blocker === null ? null : guardWords(blocker, false),
    }),
    details: [
      ...(own === null ? [] : [guardWords(own, dependsOnEvent(own))]),
      ...earlier.map((answer) => afterAlternative(answer, dependsOnEvent(answer))),
    ],
  };
}

/** Alternatives of one event are tried in their order. */
function alternativesBefore({ id, source, event }: ChartTransition, chart: Statechart): ChartTransition[] {
  const group = chart.transitions.filter((other) => other.source === source && other.event === event);
  return group.slice(
    0,
    Math.max(
      0,
      group.findIndex((other) => other.id === id),
    ),
  );
}

/** Its answer is that to an event without particulars, and another may follow from them. */
function dependsOnEvent({ saw }: GuardAnswer): boolean {
  return saw.some(({ path }) => path === 'event' || path.startsWith('event.'));
}
