/**
 * Steps of machines. A machine is a pure function, so one that met the same event in the same state and context before
 * does the same again: equal steps are evaluated once, and what came out is compared with every row.
 */
import type { ActorEvent, Effect } from '../../engine/types.ts';
import type { ActorState } from '../../journal/model.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { ReplayEngine, Replayed } from '../replay.ts';

/** A snapshot, and what was seen to follow from it. Equal snapshots of a machine are one of these. */
export interface Known<Snapshot> {
  readonly snapshot: Snapshot;
  /** By the text of the event. */
  readonly next: Map<string, Step<Snapshot>>;
}

/** What came out, as text to be compared with what was recorded. */
export interface Step<Snapshot> {
  readonly after: Known<Snapshot>;
  readonly event: ActorEvent;
  readonly effects: readonly Effect[];
  readonly stateText: string;
  readonly effectsText: string;
  readonly deltaText: string;
}

/** Steps that are remembered; beyond it everything is forgotten and learned anew. */
const STEPS_KEPT = 50_000;

export class Transitions<Snapshot> {
  readonly #engine: ReplayEngine<Snapshot>;
  #known = new Map<string, Known<Snapshot>>();
  #kept = 0;
  /** Steps that were evaluated; the others were known. */
  evaluated = 0;

  constructor(engine: ReplayEngine<Snapshot>) {
    this.#engine = engine;
  }

  /** @throws what the machine throws */
  start(machine: string, eventText: string): Step<Snapshot> {
    const event = JSON.parse(eventText) as ActorEvent;
    return this.#stepOf(machine, event, this.#engine.start(machine, event.input as JsonObject));
  }

  restore(machine: string, state: ActorState): Known<Snapshot> {
    return this.#intern(machine, this.#engine.restore({ ...state, machine }));
  }

  /** @throws what the machine throws */
  step(machine: string, from: Known<Snapshot>, eventText: string): Step<Snapshot> {
    const known = from.next.get(eventText);
    if (known !== undefined) return known;
    const event = JSON.parse(eventText) as ActorEvent;
    const step = this.#stepOf(machine, event, this.#engine.step(machine, from.snapshot, event));
    from.next.set(eventText, step);
    this.#kept += 1;
    return step;
  }

  #stepOf(machine: string, event: ActorEvent, result: Replayed<Snapshot>): Step<Snapshot> {
    this.evaluated += 1;
    const { snapshot, state, effects, delta } = result;
    return {
      after: this.#intern(machine, snapshot),
      event,
      effects,
      stateText: JSON.stringify(state),
      effectsText: JSON.stringify(effects),
      deltaText: JSON.stringify(delta),
    };
  }

  #intern(machine: string, snapshot: Snapshot): Known<Snapshot> {
    if (this.#kept >= STEPS_KEPT) this.#forget();
    const key = `${machine} ${this.#engine.key(snapshot)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const fresh: Known<Snapshot> = { snapshot, next: new Map() };
    this.#known.set(key, fresh);
    return fresh;
  }

  /** Actors hold on to the one that they are in, whose own memory begins anew, too. */
  #forget(): void {
    for (const { next } of this.#known.values()) next.clear();
    this.#known = new Map();
    this.#kept = 0;
  }
}
