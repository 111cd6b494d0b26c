/** Every state that an actor can reach by these facts: the real chart, step by step. Used by tests only. */
import { type Evaluation, evaluate, startActor } from '../engine/evaluate.ts';
import type { ActorEvent } from './declare.ts';
import type { MachineDefinition } from './registry.ts';

/** More are a sign of something that grows without end. */
const MOST_STATES = 20_000;

export interface Reached {
  readonly evaluation: Evaluation;
  /** How one gets there. */
  readonly path: readonly ActorEvent[];
}

const keyOf = ({ state, context }: Evaluation): string => JSON.stringify([state, context]);

export class Reachable {
  readonly states = new Map<string, Reached>();
  readonly #definition: MachineDefinition;
  /** By state: those that it leads to. */
  readonly #next = new Map<string, ReadonlySet<string>>();

  constructor(definition: MachineDefinition, input: object, events: readonly object[]) {
    this.#definition = definition;
    const start = startActor(definition, input as never);
    this.states.set(keyOf(start), { evaluation: start, path: [] });
    for (const [key, { evaluation, path }] of this.states) {
      const next = new Set<string>();
      for (const event of events as readonly ActorEvent[]) {
        const step = evaluate(definition, evaluation.snapshot, event);
        next.add(keyOf(step));
        if (!this.states.has(keyOf(step)))
          this.states.set(keyOf(step), { evaluation: step, path: [...path, event] });
      }
      this.#next.set(key, next);
      if (this.states.size > MOST_STATES) throw new Error(`more than ${MOST_STATES} states`);
    }
  }

  /** What one more fact makes of a state. */
  after({ evaluation }: Reached, event: object): Evaluation {
    return evaluate(this.#definition, evaluation.snapshot, event as ActorEvent);
  }

  /** The states from which none that fulfils this can be reached, as the facts that led there. */
  deadEnds(goal: (evaluation: Evaluation) => boolean): readonly string[] {
    const leading = new Set(
      [...this.states].filter(([, { evaluation }]) => goal(evaluation)).map(([key]) => key),
    );
    for (let before = -1; before !== leading.size; ) {
      before = leading.size;
      for (const [key, next] of this.#next) if ([...next].some((one) => leading.has(one))) leading.add(key);
    }
    return [...this.states]
      .filter(([key]) => !leading.has(key))
      .map(([key, { path }]) => `${key} by ${path.map(({ type }) => type).join(', ')}`);
  }
}
