/** One router whose history is lived again: the real engine, machines and heartbeat core, fed with what was recorded. */

import { isSameData } from '../../config/plain.ts';
import { Engine } from '../../engine/engine.ts';
import { isHeartbeatEffect, performHeartbeat } from '../../engine/heartbeat/perform.ts';
import { type HeartbeatMoment, VirtualHeartbeat } from '../../engine/heartbeat/virtual-heartbeat.ts';
import type { ActorEvent, ActorId, Effect, JournalRow, Post } from '../../engine/types.ts';
import type { ExpectedResult } from '../../machines/tracker/tracker.effects.ts';
import type { TrackerInput } from '../../machines/tracker/tracker.input.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import { withoutSecrets } from './adverts-on-wire.ts';
import type { CutTime } from './cut-time.ts';
import { Ears } from './ears.ts';
import type { Happening, Heard } from './happenings.ts';

import { RecordedKernel } from './kernel.ts';
import { ScriptLooks } from './script-looks.ts';
import type { Terms } from './terms.ts';

/** An actor as it was when the history is entered. Times are those of the history. */
export interface EnteredActor {
  readonly actor: ActorId;
  readonly machine: string;
  readonly state: Json;
  readonly context: JsonObject;
  readonly moment: HeartbeatMoment | null;
  /** By timer: when it is due; null: that is not known. */
  readonly timers: ReadonlyMap<string, number | null>;
  readonly changedUs: number;
}

export interface RouterParts {
  readonly name: string;
  readonly time: CutTime;
  readonly terms: Terms;
  readonly send: (from: Router, packet: Uint8Array, destination: string) => void;
  readonly row: (from: Router, row: JournalRow) => void;
  /** A router of this world sends from there, so that its adverts are no outside input. */
  readonly isOurs: (source: string) => boolean;
}

export class Router {
  readonly name: string;
  readonly kernel = new RecordedKernel();
  /** What reaches it from outside. */
  readonly ears: Ears;
  readonly #parts: RouterParts;
  readonly #looks = new Map<ActorId, ScriptLooks>();
  /** Inputs as they are lived with. */
  readonly #inputs = new Map<ActorId, JsonObject>();
  #engine: Engine;
  #heartbeat: VirtualHeartbeat;
  #life = 0;
  #isAlive = true;
  #pausedUntilUs = 0;
  #late: (() => void)[] = [];
  /** Machines that this build, or the other checkout, does not have. */
  readonly missingMachines = new Set<string>();

  constructor(parts: RouterParts) {
    this.name = parts.name;
    this.#parts = parts;
    this.ears = new Ears({
      ...{ router: parts.name, terms: parts.terms, isOurs: parts.isOurs },
      nowUs: () => parts.time.nowUs,
      patience: (actor) => Number(this.#inputs.get(actor)?.downTimerAdverts ?? 3),
      arrive: (channel, packet) => {
        if (this.#isAlive) this.#heartbeat.arrive(channel, packet);
      },
    });
    [this.#engine, this.#heartbeat] = this.#begin();
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Goes on where the history is entered; whoever is configured differently hears of it as of a reload. */
  enter(actors: readonly EnteredActor[]): void {
    for (const entered of actors) this.#enter(entered);
    for (const { actor, context } of actors) {
      const input = this.#inputs.get(actor);
      if (input !== undefined && !isSameData(context.input, input))
        this.#engine.post(actor, reconfigured(actor, input));
    }
  }

  apply(happening: Happening): void {
    switch (happening.kind) {
      case 'began':
        this.#end();
        this.#revive();
        return;
      case 'ended':
        this.#end();
        return;
      case 'spawned':
        this.#spawn(happening);
        return;
      case 'fact':
        this.#fact(happening);
        return;
      case 'heard':
      case 'foreseen':
      case 'attends':
      case 'leaves':
      case 'train':
        this.ears.hear(happening);
        return;
      case 'foretold':
        this.#looks.get(happening.actor)?.foresee(happening.toldUs);
        return;
      case 'outcome':
        this.kernel.record(happening.actor, happening.effect, happening);
        return;
      case 'paused':
        this.#pause(happening.toUs);
        return;
      case 'sent':
      case 'state':
        return;
    }
  }

  /** A packet of another router of this world. */
  receive(packet: Uint8Array, virtualRouterId: number, family: string, destination: string): void {
    for (const channel of this.ears.channels(virtualRouterId, family, destination))
      this.#heartbeat.arrive(channel, packet);
  }

  #begin(): [Engine, VirtualHeartbeat] {
    this.#life += 1;
    this.#isAlive = true;
    this.#pausedUntilUs = 0;
    this.#late = [];
    const { time } = this.#parts;
    const life = this.#life;
    const heartbeat = new VirtualHeartbeat({
      time: time.lived,
      send: (_channel, packet, destination) => {
        if (life === this.#life) this.#parts.send(this, packet, destination);
        return null;
      },
      listener: {
        event: (actor, event) => {
          // Pauses and failures to send are told as they were recorded.
          if (life === this.#life && (event.type === 'advert.received' || event.type === 'master.silent'))
            engine.post(actor, { ...event } as ActorEvent);
        },
        run: () => {},
      },
    });
    const engine = new Engine({
      clock: time.history,
      scheduler: { at: (atUs, due) => time.history.at(atUs, this.#whenRunning(due)) },
      journal: { row: (row) => this.#parts.row(this, row), run: () => {}, define: () => {} },
      executor: { perform: (...asked) => this.#perform(...asked) },
    });
    return [engine, heartbeat];
  }

  #revive(): void {
    [this.#engine, this.#heartbeat] = this.#begin();
  }

  #end(): void {
    this.#isAlive = false;
    this.#life += 1;
    this.#heartbeat.kill();
    for (const looks of this.#looks.values()) looks.stop();
    this.#looks.clear();
    this.ears.closeAll();
  }

  #whenRunning(task: () => void): () => void {
    const life = this.#life;
    return () => {
      if (life !== this.#life) return;
      if (this.#pausedUntilUs > 0) this.#late.push(task);
      else task();
    };
  }

  #pause(toUs: number): void {
    if (toUs <= this.#pausedUntilUs) return;
    this.#pausedUntilUs = toUs;
    this.#heartbeat.pause();
    const life = this.#life;
    this.#parts.time.history.at(toUs + 1, () => {
      if (life !== this.#life || this.#pausedUntilUs !== toUs) return;
      this.#pausedUntilUs = 0;
      this.#heartbeat.resume();
      for (const task of this.#late.splice(0)) task();
    });
  }

  #inputOf(actor: ActorId, recorded: JsonObject): JsonObject {
    const input = this.#parts.terms.input(this.name, actor, recorded);
    this.#inputs.set(actor, input);
    this.#followScript(actor, recorded, input);
    return input;
  }

  /** Only a script that is looked at, or judged, in another way needs the runs that are not told. */
  #followScript(actor: ActorId, recorded: JsonObject, input: JsonObject): void {
    this.#looks.get(actor)?.stop();
    this.#looks.delete(actor);
    if (!actor.startsWith('tracker/script/') || isSameData(recorded, input)) return;
    const source = (input as unknown as TrackerInput).source;
    const before = (recorded as unknown as TrackerInput).source;
    if (source.kind !== 'script' || before.kind !== 'script') return;
    const post = (event: ActorEvent): void => this.#engine.post(actor, event);
    const scheduler = this.#parts.time.history;
    const { intervalUs } = source;
    const looks = new ScriptLooks({
      actor,
      scheduler,
      intervalUs,
      recordedIntervalUs: before.intervalUs,
      post,
    });
    this.#looks.set(actor, looks);
  }

  #enter({ actor, machine, state, context, moment, timers, changedUs }: EnteredActor): void {
    const definition = this.#parts.terms.machine(machine);
    if (definition === null) {
      this.missingMachines.add(machine);
      return;
    }
    this.#inputOf(actor, context.input as JsonObject);
    const running = this.#engine.enter(actor, definition, state, context);
    for (const timer of running) {
      const dueUs = timers.get(timer) ?? null;
      if (dueUs !== null) this.#engine.resume(actor, timer, dueUs, 0);
    }
    const last = context.last as ActorEvent | null;
    if (last !== null && last !== undefined)
      this.#looks.get(actor)?.enter(resultEvent(last), expectedOf(context, last), changedUs);
    if (moment === null) return;
    const { time } = this.#parts;
    const lived = (us: number): number => time.livedUs(us);
    const identity = withoutSecrets(moment.identity);
    const { source, announced, watch } = moment;
    this.ears.open(actor, identity);
    this.ears.setSource(actor, source);
    const master = context.master as unknown as Heard | null;
    if (master !== null) this.ears.know(actor, master);
    this.#heartbeat.enter(actor, {
      identity,
      source,
      announced: announced === null ? null : { ...announced, sentUs: lived(announced.sentUs) },
      watch: watch === null ? null : { ...watch, sinceUs: lived(watch.sinceUs) },
    });
  }

  #spawn({ actor, machine, input: recorded }: Extract<Happening, { kind: 'spawned' }>): void {
    const definition = this.#parts.terms.machine(machine);
    if (definition === null) {
      this.missingMachines.add(machine);
      return;
    }
    this.#engine.retire(actor);
    this.#engine.spawn(actor, definition, this.#inputOf(actor, recorded));
  }

  #fact({ actor, event, seq }: Extract<Happening, { kind: 'fact' }>): void {
    if (!this.#isAlive || this.#parts.terms.isLeftOut(this.name, seq, event)) return;
    if (event.type.endsWith('.reconfigured')) {
      const input = this.#inputOf(actor, event.input as JsonObject);
      this.#engine.post(actor, { ...event, input });
    } else if (event.type === 'result.observed' && this.#looks.has(actor))
      this.#looks.get(actor)?.told(event, this.#parts.time.nowUs);
    else this.#engine.post(actor, event);
  }

  #perform(actor: ActorId, effect: Effect, cause: number, post: Post): void {
    if (isHeartbeatEffect(effect)) {
      this.#heartbeatEffect(actor, effect);
      return;
    }
    const { time } = this.#parts;
    const looks = this.#looks.get(actor);
    if (effect.type === 'expectResult')
      looks?.expect(effect.params.result as ExpectedResult | null, time.nowUs);
    if (effect.type === 'stopObserving') looks?.stop();
    const answer = this.kernel.answer(actor, effect, time.nowUs);
    if (answer === null) return;
    const tell = this.#whenRunning(() => post(actor, answer.event, cause));
    time.history.at(time.nowUs + answer.delayUs, tell);
  }

  #heartbeatEffect(actor: ActorId, effect: Parameters<typeof performHeartbeat>[2]): void {
    if (effect.type === 'openHeartbeat') {
      const identity = withoutSecrets(effect.params.identity);
      this.ears.open(actor, identity);
      this.#heartbeat.open(actor, identity);
      return;
    }
    if (effect.type === 'setSourceAddress') this.ears.setSource(actor, effect.params.address);
    if (effect.type === 'closeHeartbeat') this.ears.close(actor);
    performHeartbeat(this.#heartbeat, actor, effect);
  }
}

/** The fact that an actor goes on with another configuration. */
function reconfigured(actor: ActorId, input: JsonObject): ActorEvent {
  const kinds: Readonly<Record<string, string>> = { vrrp: 'instance', group: 'group', bfd: 'session' };
  const kind = actor.slice(0, actor.indexOf('/'));
  return { type: `${kinds[kind] ?? kind}.reconfigured`, input };
}

/** A result as it was told: with the name of its event, which the context keeps, too. */
function resultEvent(last: ActorEvent): ActorEvent {
  return { ...last, type: 'result.observed' };
}

/** What a tracker that counts nothing does not want to be told. */
function expectedOf({ contrary }: JsonObject, last: ActorEvent): ExpectedResult | null {
  return contrary === 0 ? (last as unknown as ExpectedResult) : null;
}
