/**
 * One life of a router's process: the real engine, machines, heartbeat core, kernel watch, actor set and reload, put together
 * as src/daemon/vrrp-process.ts does it, on simulated clocks, sockets and kernel.
 */
import { createHash } from 'node:crypto';
import type { Configured } from '../../../src/config/reload.ts';
import { planSummary } from '../../../src/config/reload.ts';
import { type ActorKinds, ActorSet } from '../../../src/daemon/actor-set.ts';
import { groupKind, vrrpKind } from '../../../src/daemon/instances.ts';
import { KernelWatch, type LinkDescription } from '../../../src/daemon/kernel-watch.ts';
import { LinkFacts } from '../../../src/daemon/link-facts.ts';
import type { OwnMark } from '../../../src/daemon/own-removals.ts';
import { Pieces } from '../../../src/daemon/pieces.ts';
import { trackerKind } from '../../../src/daemon/tracker-kind.ts';
import { beginningFailed } from '../../../src/daemon/watchdog/failed-checks.ts';
import { createExecutorByKind } from '../../../src/effects/by-kind.ts';
import { createRealServerExecutor } from '../../../src/effects/checkers.ts';
import { Engine } from '../../../src/engine/engine.ts';
import type { Repetition } from '../../../src/engine/heartbeat/repetition.ts';
import { VirtualHeartbeat, type VirtualRepeater } from '../../../src/engine/heartbeat/virtual-heartbeat.ts';
import type { HeartbeatPort } from '../../../src/engine/heartbeat.ts';
import type {
  ActorEvent,
  ActorId,
  EffectExecutor,
  JournalRow,
  JournalRun,
  Scheduler,
} from '../../../src/engine/types.ts';
import type { AddressChange } from '../../../src/io/addresses.ts';
import type { VirtualAddress } from '../../../src/machines/kernel-objects.ts';
import type { MachineDefinition } from '../../../src/machines/registry.ts';
import type { TrackerInput } from '../../../src/machines/tracker/tracker.input.ts';
import type { WireIdentity } from '../../../src/machines/vrrp/vrrp.effects.ts';
import type { JsonObject } from '../../../src/protocol/json.ts';
import { interfaceOf } from '../story/config-text.ts';
import type { ConfigSpec, Lan } from '../story/model.ts';
import type { OrderWord } from '../story/service-model.ts';
import { SimulatedExecutor } from './executor.ts';
import type { Host } from './host.ts';
import type { HostKernel, NetlinkListener } from './host-kernel.ts';
import { formerSelf, type LeftBehind, leftBehindBy, SentTimes } from './left-behind.ts';
import { createLooks, type Truths } from './looks.ts';
import type { Repeaters } from './repeaters.ts';
import type { RouterClock } from './router-clock.ts';
import { LifeServices, planOf, type ServicePremises } from './services.ts';
import type { Skipped } from './simulated-repeater.ts';

/** Parts that a canary puts in the place of the right ones. */
export interface Sabotage {
  readonly definition?: (definition: MachineDefinition) => MachineDefinition;
  readonly input?: (actor: ActorId, input: object) => object;
  readonly executor?: (executor: EffectExecutor) => EffectExecutor;
  /** Of virtual servers. */
  readonly virtual?: (executor: EffectExecutor) => EffectExecutor;
  /** Whether the table is read again after the start. */
  readonly looksAtTable?: boolean;
  readonly heartbeats?: (port: HeartbeatPort) => HeartbeatPort;
  readonly row?: (row: JournalRow) => JournalRow;
}

export interface LifeParts {
  readonly host: Host;
  readonly clock: RouterClock;
  readonly kernel: HostKernel;
  readonly truths: Truths;
  readonly sabotage: Sabotage;
  /** Whole packets leave; null, or why they do not. */
  readonly send: (lan: Lan, packet: Uint8Array) => string | null;
  readonly garp: (vip: VirtualAddress) => string | null;
  /** Who repeats adverts; null: the heartbeat core, by deadlines of its own. */
  readonly repeaters: Repeaters | null;
  /** What virtual servers have of the machine; null: there are none in the story. */
  readonly premises: ServicePremises | null;
  readonly skippedProbes: Skipped;
  /** For what the process draws by chance. */
  readonly seed: number;
  /** Before its effects are performed. */
  readonly onRow: (row: JournalRow) => void;
}

/** The daemon's patience at its end (src/daemon/wait-until.ts). */
const STOP_DEADLINE_US = 3_000_000;
const STOP_POLL_US = 5_000;

/** Rows that the journal did not take, from one to another. */
export interface Refused {
  readonly fromSeq: number;
  toSeq: number;
  readonly actors: Set<ActorId>;
}

export class Life implements NetlinkListener {
  readonly rows: JournalRow[] = [];
  readonly runs: JournalRun[] = [];
  readonly refused: Refused[] = [];
  readonly engine: Engine;
  readonly executor: SimulatedExecutor;
  readonly beganUs: number;
  /** What its actors are configured to be, by what was read last. */
  config: ConfigSpec;
  isDead = false;
  isPaused = false;
  isStopping = false;
  /** While true rows are refused. */
  diskFails = false;
  /** Reloads and stops under way: they go on by promises, which want their turn. */
  underWay = 0;
  /** When it last ran again after a stall; -Infinity: never. */
  resumedUs = Number.NEGATIVE_INFINITY;
  /** When a reload was last carried out. */
  reloadedUs = Number.NEGATIVE_INFINITY;
  /** Promises want one turn. */
  isTurnWanted = false;
  /** null: there are no virtual servers in the story. */
  readonly services: LifeServices | null;
  /** What the life before left for this one; null: nothing. */
  readonly former: LeftBehind | null;
  readonly #sent = new SentTimes();
  readonly #parts: LifeParts;
  readonly #heartbeats: VirtualHeartbeat;
  readonly #watch: KernelWatch;
  readonly #links: LinkFacts;
  readonly #actors: ActorSet;
  readonly #late: (() => void)[] = [];
  #reloads: Promise<void> = Promise.resolve();
  #isReloading = false;
  #generation = 1;

  constructor(parts: LifeParts, config: ConfigSpec, former: LeftBehind | null) {
    this.#parts = parts;
    this.config = config;
    this.former = former;
    const { clock, kernel, truths, sabotage } = parts;
    this.beganUs = clock.monotonicUs();
    const scheduler = { at: (atUs: number, due: () => void) => clock.at(atUs, this.#whenRunning(due)) };
    const post = (actor: ActorId, event: ActorEvent): void => this.engine.post(actor, event);
    this.#heartbeats = new VirtualHeartbeat({
      time: clock,
      ...(parts.repeaters === null ? {} : { repeater: this.#repeater(parts.repeaters) }),
      send: (name, packet) => this.#send(lanOf(name), packet),
      listener: {
        event: (actor, event) => post(actor, { ...event } as ActorEvent),
        run: (run) => this.runs.push({ ...run, afterSeq: this.engine.seq }),
      },
    });
    this.executor = new SimulatedExecutor({
      heartbeats: sabotage.heartbeats?.(this.#heartbeats) ?? this.#heartbeats,
      kernel,
      nowUs: () => clock.monotonicUs(),
      scheduler,
      garp: parts.garp,
    });
    const uptimes = () => ({
      machineUptimeUs: clock.monotonicUs(),
      processUptimeUs: clock.monotonicUs() - this.beganUs,
    });
    this.#watch = new KernelWatch({ post } as Engine, uptimes, ({ id, input }) =>
      formerSelf(former, id, input, clock.monotonicUs()),
    );
    this.#links = new LinkFacts({ post, settled: (change) => this.#watch.linkChanged(change) });
    const looks = createLooks({ truths, clock, scheduler, links: this.#links, post });
    const nothing: EffectExecutor = { perform: () => {} };
    this.services = this.#createServices(scheduler, post);
    const { services } = this;
    this.engine = new Engine({
      clock,
      scheduler,
      journal: { row: (row) => this.#journal(row), run: () => {}, define: () => {} },
      executor: createExecutorByKind({
        vrrp: sabotage.executor?.(this.executor) ?? this.executor,
        group: nothing,
        tracker: looks,
        ...(services === null
          ? {}
          : {
              ...{ checker: services.checkers.executor, real: createRealServerExecutor(services.notices) },
              ...services.ipvs.executors,
              virtual: sabotage.virtual?.(services.ipvs.executors.virtual) ?? services.ipvs.executors.virtual,
            }),
      }),
      onRow: (row) => {
        services?.ipvs.see(row);
        parts.onRow(row);
      },
    });
    this.#actors = new ActorSet({
      engine: this.engine,
      kinds: this.#kinds(),
      pieces: new Pieces({ clock, turn: () => Promise.resolve() }),
      wait: (condition) => this.#wait(condition),
    });
  }

  begin(actors: readonly Configured[]): void {
    this.#parts.kernel.listener = this;
    this.#parts.kernel.tellAll(this);
    this.engine.note({ type: 'process.started', configGeneration: 1 });
    this.#delayLinks(actors);
    const wanted = this.#sabotaged(actors);
    if (this.services === null) {
      void this.#actors.start(wanted);
      return;
    }
    this.#reloads = this.#startWith(this.services, wanted);
    this.#go(this.#reloads);
  }

  async #startWith({ checkers }: LifeServices, actors: readonly Configured[]): Promise<void> {
    await checkers.start(actors);
    if (this.isStopping || this.isDead) return;
    await this.#actors.start(beginningFailed(actors, this.former?.failedChecks ?? new Set()));
  }

  /** An operator's order to a real server. */
  order(service: number, server: number, word: OrderWord): void {
    this.#whenRunning(() => {
      if (!this.isStopping) this.services?.order(service, server, word, this.config);
    })();
  }

  /** Actors that have come into being and have not gone. */
  get running(): readonly Configured[] {
    return this.#actors.running;
  }

  /** A packet reaches its sockets. */
  arrive(lan: Lan, packet: Uint8Array): void {
    if (!this.isDead) this.#heartbeats.arrive(interfaceOf(lan), packet);
  }

  /** For the life to come. */
  leftBehind(): LeftBehind {
    return leftBehindBy(this, this.#sent);
  }

  /** SIGKILL, or the end. */
  kill(): void {
    this.isDead = true;
    this.underWay = 0;
    this.#heartbeats.kill();
    this.#parts.repeaters?.forget(this);
    this.services?.stop();
    this.#parts.kernel.listener = null;
    this.#late.length = 0;
  }

  /** SIGTERM. `ended`: it has let go of what it held, or its patience is over. */
  stop(ended: () => void): void {
    if (this.isStopping) return;
    this.isStopping = true;
    const end = async (): Promise<void> => {
      await this.#actors.shutDown({ type: 'shutdown.requested', reason: 'SIGTERM' }, this.engine.seq);
      await this.#wait(this.#actors.settling());
      ended();
    };
    this.#whenRunning(() => this.#go(end()))();
  }

  /** SIGHUP, or as soon as the reload under way has come to its end. */
  reload(config: ConfigSpec, actors: readonly Configured[]): void {
    this.#whenRunning(() => {
      this.#reloads = this.#reloads.then(() => this.#reload(config, actors));
      this.#go(this.#reloads);
    })();
  }

  pause(): void {
    this.services?.pause();
    this.isPaused = true;
    this.#heartbeats.pause();
  }

  /** As in a real event loop timers that are overdue come first. */
  resume(): void {
    this.isPaused = false;
    this.resumedUs = this.#parts.clock.monotonicUs();
    const late = this.#late.splice(0);
    this.#parts.repeaters?.resumed(this);
    this.#heartbeats.resume();
    this.#parts.repeaters?.caughtUp(this);
    for (const task of late) task();
  }

  linkTold(link: LinkDescription, up: boolean): void {
    this.#whenRunning(() => {
      this.#watch.linkDescribed(link);
      this.#links.changed({ interface: link.interface, up });
    })();
  }

  addressTold(change: AddressChange & OwnMark): void {
    this.#whenRunning(() => {
      this.#watch.addressChanged(change);
      this.services?.checkers.addressChanged(change);
    })();
  }

  /** Of everything that it journalled. */
  digest(): string {
    return createHash('sha256')
      .update(JSON.stringify([this.rows, this.runs]))
      .digest('hex');
  }

  #createServices(scheduler: Scheduler, post: Engine['post']): LifeServices | null {
    const { premises, clock, kernel, seed, skippedProbes, sabotage } = this.#parts;
    if (premises === null) return null;
    const parts = {
      ...{ premises, clock, scheduler, seed, skippedProbes, readUs: () => kernel.lateUs },
      looksAtTable: sabotage.looksAtTable !== false,
      engine: { post, view: (actor: ActorId) => this.engine.view(actor) },
      wantTurn: () => {
        this.isTurnWanted = true;
      },
    };
    return new LifeServices(parts, this.config);
  }

  #send(lan: Lan, packet: Uint8Array): string | null {
    const failure = this.#parts.send(lan, packet);
    if (failure === null) this.#sent.note(lan, packet, this.#parts.clock.monotonicUs());
    return failure;
  }

  #repeater(repeaters: Repeaters): VirtualRepeater {
    const { clock } = this.#parts;
    return {
      repetitionOf: (actor, identity) => this.#repetitionOf(repeaters, actor, identity),
      takes: (name, packet) => repeaters.takes(this, lanOf(name), packet, clock.monotonicUs()),
    };
  }

  #repetitionOf(repeaters: Repeaters, actor: ActorId, identity: WireIdentity): Repetition {
    const lan = lanOf(identity.interface);
    const heartbeats = this.#heartbeats;
    return repeaters.create(this, actor, identity, {
      host: this.#parts.host,
      send: (packet) => this.#send(lan, packet),
      sent: (packet, atUs) => this.#sent.note(lan, packet, atUs),
      stalled: (stalledUs) => heartbeats.stalled(actor, stalledUs),
      silenceFound: (...silence) => heartbeats.silenceFound(actor, ...silence),
      led: (deadlineUs, sentUs) => heartbeats.led(actor, { deadlineUs, sentUs }),
      sendingFailed: (...failure) => heartbeats.sendingFailed(actor, ...failure),
      sendingRecovered: () => heartbeats.sendingRecovered(actor),
    });
  }

  #kinds(): ActorKinds {
    const right = {
      tracker: trackerKind(this.engine, new Map(), () => this.#isReloading),
      group: groupKind,
      vrrp: vrrpKind(this.#watch, [this.#watch]),
      ...(this.services === null ? {} : { ipvs: this.services.ipvs.kind, ...this.services.checkers.kinds }),
    };
    const { definition } = this.#parts.sabotage;
    if (definition === undefined) return right;
    return Object.fromEntries(
      Object.entries(right).map(([name, kind]) => [
        name,
        { ...kind, definition: definition(kind.definition) },
      ]),
    ) as ActorKinds;
  }

  #sabotaged(actors: readonly Configured[]): readonly Configured[] {
    const { input } = this.#parts.sabotage;
    return input === undefined
      ? actors
      : actors.map((actor) => ({ ...actor, input: input(actor.id, actor.input) }));
  }

  /** Its promises want their turn until they have come to their end. */
  #go(work: Promise<void>): void {
    this.underWay += 1;
    void work.finally(() => {
      if (!this.isDead) this.underWay -= 1;
    });
  }

  async #reload(config: ConfigSpec, actors: readonly Configured[]): Promise<void> {
    if (this.isStopping || this.isDead) return;
    const plan = await this.#actors.plan(this.#sabotaged(actors));
    if (this.isStopping || this.isDead) return;
    this.#generation += 1;
    this.#isReloading = true;
    this.config = config;
    const event = {
      type: 'configuration.reloaded',
      configGeneration: this.#generation,
      ...(planSummary(plan) as JsonObject),
    };
    const reloaded = this.engine.note(event);
    this.#delayLinks(plan.actors);
    await this.services?.checkers.reload(planOf(config), plan.actors);
    await this.#actors.apply(plan, reloaded);
    this.reloadedUs = this.#parts.clock.monotonicUs();
  }

  #delayLinks(actors: readonly Configured[]): void {
    const inputs = actors.flatMap(({ id, input }) =>
      id.startsWith('tracker/interface/') ? [input as TrackerInput] : [],
    );
    this.#links.delay(new Set(inputs.filter(({ settlesLink }) => settlesLink).map(({ name }) => name)));
  }

  async #wait(condition: () => boolean): Promise<boolean> {
    const { clock } = this.#parts;
    const deadlineUs = clock.monotonicUs() + STOP_DEADLINE_US;
    while (!condition()) {
      if (clock.monotonicUs() >= deadlineUs) return false;
      await new Promise<void>((resolve) => {
        clock.at(clock.monotonicUs() + STOP_POLL_US, this.#whenRunning(resolve));
      });
    }
    return true;
  }

  #journal(row: JournalRow): void {
    if (!this.diskFails) {
      this.rows.push(this.#parts.sabotage.row?.(row) ?? row);
      return;
    }
    const open = this.refused.at(-1);
    if (open !== undefined && open.toSeq === row.seq - 1) {
      open.toSeq = row.seq;
      open.actors.add(row.actor);
    } else this.refused.push({ fromSeq: row.seq, toSeq: row.seq, actors: new Set([row.actor]) });
    throw new Error('EIO: i/o error, write');
  }

  #whenRunning(task: () => void): () => void {
    return () => {
      if (this.isDead) return;
      if (this.isPaused) this.#late.push(task);
      else task();
    };
  }
}

export function lanOf(interfaceName: string): Lan {
  return interfaceName === 'eth1' ? 1 : 0;
}
