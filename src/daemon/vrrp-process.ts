/** The VRRP process: puts the parts together, and takes them apart again in the order that keeps the LAN sane. */

import { uptime } from 'node:os';
import { interfaceIndex } from '../../native/index.ts';
import type { FirewallConfig } from '../config/firewall.ts';
import type { NoticePlan } from '../config/notices.ts';
import { type Configured, idsGoingOn, idsOf, planSummary, underRunningIds } from '../config/reload.ts';
import { createBfdExecutor } from '../effects/bfd.ts';
import { createExecutorByKind } from '../effects/by-kind.ts';
import { createRealServerExecutor } from '../effects/checkers.ts';
import { createDeviceExecutor } from '../effects/devices/devices.ts';
import { createExecutor } from '../effects/executor.ts';
import { createGarpExecutor } from '../effects/garp.ts';
import { GarpRefreshes } from '../effects/garp-refresh.ts';
import { createGroupExecutor } from '../effects/groups.ts';
import { createObjectExecutor } from '../effects/kernel-objects.ts';
import { Notices } from '../effects/notices/notices.ts';
import type { BfdListener } from '../engine/bfd.ts';
import { Engine } from '../engine/engine.ts';
import type { HeartbeatListener, StrangeAdvert } from '../engine/heartbeat.ts';
import type { ActorEvent, JournalSink } from '../engine/types.ts';
import { isProgramUnsafe } from '../host/programs.ts';
import type { UdpBfd } from '../io/bfd/udp-bfd.ts';
import { type AdvertSecrets, SecretDigests } from '../io/heartbeat/digests.ts';
import { NativeCarrier } from '../io/heartbeat/native-carrier.ts';
import { RawSocketCarrier } from '../io/heartbeat/raw-socket-carrier.ts';
import { SocketHeartbeat } from '../io/heartbeat/socket-heartbeat.ts';
import { createKernelStreams, type KernelStreams } from '../io/kernel-streams.ts';
import { machineBody, machineDefinitions } from '../machines/registry.ts';
import type { Json } from '../protocol/json.ts';
import type { StartNote } from '../protocol/start-plan.ts';
import { type ActorKinds, ActorSet } from './actor-set.ts';
import { bfdKind, createBfdService, SessionChanges } from './bfd.ts';
import { Checkers, type CheckPlan } from './checkers.ts';
import { realClock, realScheduler } from './clock.ts';
import type { Answer } from './control-socket.ts';
import { RoleHistories } from './dump/role-history.ts';
import { FaultTimes } from './fault-times.ts';
import { createFirewall, type FirewallSide } from './firewall.ts';
import { groupKind, onThisMachine, vrrpKind } from './instances.ts';
import { Ipvs } from './ipvs.ts';
import { KernelWatch } from './kernel-watch.ts';
import { LogLines } from './log-lines.ts';
import type { Logger } from './logger.ts';
import { loadNeeded } from './needed-modules.ts';
import { ObjectWatch } from './object-watch.ts';
import { Observation } from './observation.ts';
import { OrderBook } from './order-book.ts';
import { OwnRemovals } from './own-removals.ts';
import { tellOfLosses } from './packet-losses.ts';
import { realPieces, realTurn } from './pieces.ts';
import { presentNotices } from './present-notices.ts';
import { rehearseSoon } from './rehearsing.ts';
import { StrangerLog } from './stranger-log.ts';
import { type TrackerPlan, Trackers } from './trackers.ts';
import { waitUntil } from './wait-until.ts';
import { introduceWatchdog, WATCHDOG, watchdogExecutor } from './watchdog/actor.ts';
import { FailedChecks } from './watchdog/failed-checks.ts';
import { Slots } from './watchdog/slots.ts';
import type { Watch } from './watchdog/watch.ts';

export interface VrrpConfiguration {
  readonly actors: readonly Configured[];
  readonly secrets: ReadonlyMap<string, AdvertSecrets>;
  /** Who carries adverts, from the start to the end. */
  readonly heartbeat: 'native' | 'raw-socket';
  /** Adverts for virtual routers that are not ours are logged. */
  readonly logStrangers: boolean;
  readonly trackers: TrackerPlan;
  readonly checks: CheckPlan;
  /** Who is told of their transitions. */
  readonly notices: NoticePlan;
  /** With secrets masked, for the journal (docs/journal-format.md). */
  readonly journalled: Json;
  readonly firewall: FirewallConfig;
  /** File of the network namespace whose table of IPVS is driven, until the program ends; null: its own. */
  readonly ipvsNamespace: string | null;
}

export interface VrrpProcessOptions {
  readonly node: string;
  readonly version: string;
  readonly configuration: VrrpConfiguration;
  readonly journal: JournalSink;
  readonly logger: Logger;
  /** File in which orders of operators are kept; null: none is. */
  readonly orders: string | null;
  /** With the lines that keepalived logs only with -D. */
  readonly detail: boolean;
  /** What became of the start plan before this program began; null: there was none. */
  readonly startNote: StartNote | null;
  /** Who watches over this process; null: nobody does. */
  readonly watch: Pick<Watch, 'page' | 'past' | 'follow'> | null;
}

/** Why the process ends. */
export interface Ending {
  /** The fact, as the journal notes it. */
  readonly event: ActorEvent;
  /** The same in a word or two: SIGTERM. */
  readonly reason: string;
}

/** Kinds of actors that hold what --dont-release-vrrp leaves. */
const HOLDING = ['vrrp', 'group', 'static'] as const;

export class VrrpProcess {
  /** What it is doing now. */
  readonly observation: Observation;
  readonly #options: VrrpProcessOptions;
  readonly #engine: Engine;
  readonly #digests: SecretDigests;
  readonly #strangers = new StrangerLog();
  readonly #heartbeats: SocketHeartbeat;
  readonly #bfd: UdpBfd;
  readonly #sessionChanges = new SessionChanges();
  readonly #vips = createObjectExecutor();
  readonly #removals = new OwnRemovals();
  readonly #notices = new Notices({
    isUnsafe: isProgramUnsafe,
    note: (event, cause) => this.#engine.note(event, cause),
  });
  readonly #garp = createGarpExecutor(realClock, realScheduler);
  readonly #refreshes = new GarpRefreshes(this.#garp, realClock, realScheduler);
  readonly #devices = createDeviceExecutor();
  readonly #firewall: FirewallSide;
  readonly #streams: KernelStreams;
  readonly #watch: KernelWatch;
  readonly #objects: ObjectWatch;
  readonly #trackers: Trackers;
  readonly #ipvs: Ipvs;
  readonly #checkers: Checkers;
  readonly #actors: ActorSet;
  readonly #slots: Slots | null;
  readonly #failedChecks: FailedChecks | null;
  readonly #histories = new RoleHistories();
  readonly #faults = new FaultTimes();
  /** When the first instances began: vrrp_startup_delay counts from here (keepalived), however long that took. */
  #actorsSinceUs: number | null = null;
  #logStrangers: boolean;
  #generation = 1;
  #stopping = false;

  constructor(options: VrrpProcessOptions) {
    this.#options = options;
    const lines = new LogLines(options.detail);
    this.#digests = new SecretDigests(options.configuration.secrets);
    this.#logStrangers = options.configuration.logStrangers;
    const listener: HeartbeatListener & BfdListener = {
      event: (actor, event) => this.#engine.post(actor, { ...event } as ActorEvent),
      run: (run) => options.journal.run({ ...run, afterSeq: this.#engine.seq }),
      stranger: (advert) => this.#stranger(advert),
    };
    this.#heartbeats = new SocketHeartbeat({
      carrier:
        options.configuration.heartbeat === 'native'
          ? new NativeCarrier(
              (actor) => this.#slots?.sentPlaceOf(actor) ?? null,
              options.watch?.page.announcerPlace ?? null,
            )
          : new RawSocketCarrier(realClock),
      clock: realClock,
      digests: this.#digests,
      interfaceIndex,
      onProblem: (problem) => options.logger.log(problem.message),
      onAnnounced: (actor, nowUs) => this.#slots?.sent(actor, nowUs),
      isBusy: () => this.#engine.isBusy,
      listener,
    });
    this.#bfd = createBfdService(listener, (problem) => options.logger.log(problem));
    this.#firewall = createFirewall(
      options.configuration.firewall,
      (error) => this.#engine.note({ type: 'firewall.failed', error }),
      (line) => options.logger.log(line),
    );
    const executor = createExecutor({
      heartbeats: this.#heartbeats,
      vips: this.#removals.of(this.#vips, () => this.#hearKernel()),
      garp: this.#garp,
      refreshes: this.#refreshes,
      notices: this.#notices,
      devices: this.#devices,
      firewall: this.#firewall.firewall,
    });
    this.#engine = new Engine({
      clock: realClock,
      scheduler: realScheduler,
      journal: options.journal,
      executor: createExecutorByKind({
        vrrp: executor,
        // One for both, so that neither takes away what the other wants.
        static: executor,
        bfd: createBfdExecutor(this.#bfd),
        group: createGroupExecutor(this.#notices),
        tracker: { perform: (...asked) => this.#trackers.executor.perform(...asked) },
        checker: { perform: (...asked) => this.#checkers.executor.perform(...asked) },
        real: createRealServerExecutor(this.#notices),
        virtual: { perform: (...asked) => this.#ipvs.executors.virtual.perform(...asked) },
        ipvs: { perform: (...asked) => this.#ipvs.executors.ipvs.perform(...asked) },
        watchdog: watchdogExecutor,
      }),
      onRow: (row) => {
        this.#slots?.see(row);
        this.#failedChecks?.see(row);
        this.#histories.follow(row);
        this.#faults.see(row);
        this.#sessionChanges.see(row);
        this.#ipvs.see(row);
        options.logger.logLater(() => lines.of(row));
      },
    });
    this.#streams = createKernelStreams();
    this.#failedChecks =
      options.watch === null ? null : new FailedChecks(options.watch.page, realClock.monotonicUs);
    this.#slots = options.watch === null ? null : slotsOf(options.watch, this.#engine, this.#heartbeats);
    const uptimes = () => ({
      machineUptimeUs: Math.round(uptime() * 1e6),
      processUptimeUs: this.#actorsSinceUs === null ? 0 : realClock.monotonicUs() - this.#actorsSinceUs,
    });
    this.#watch = new KernelWatch(this.#engine, uptimes, (actor) => this.#slots?.formerOf(actor) ?? null);
    this.#objects = new ObjectWatch(this.#engine, this.#watch, this.#removals);
    this.#trackers = new Trackers({
      plan: options.configuration.trackers,
      engine: this.#engine,
      linkSettled: (change) => this.#watch.linkChanged(change),
      log: (line) => options.logger.log(line),
    });
    this.#ipvs = new Ipvs({
      engine: this.#engine,
      notices: this.#notices,
      log: (line) => options.logger.log(line),
      suspend: (id, isSuspended) => this.#checkers.suspend(id, isSuspended),
      namespace: options.configuration.ipvsNamespace,
    });
    this.#checkers = new Checkers({
      plan: options.configuration.checks,
      engine: this.#engine,
      runScript: this.#trackers.runScript,
      ipvs: this.#ipvs,
      orders: new OrderBook({ path: options.orders, log: (line) => options.logger.log(line) }),
    });
    const kinds: ActorKinds = {
      bfd: bfdKind(this.#engine, this.#bfd),
      // Before the instances: what a tracker sees at first is known when an instance starts.
      tracker: this.#trackers.kind,
      static: this.#objects.kind,
      group: groupKind,
      vrrp: vrrpKind(this.#watch, [this.#watch, this.#digests, this.#faults]),
      // Before the virtual servers: what it does to the whole table comes first.
      ipvs: this.#ipvs.kind,
      ...this.#checkers.kinds,
    };
    this.#actors = new ActorSet({ engine: this.#engine, kinds, pieces: realPieces, wait: waitUntil });
    this.observation = new Observation({
      ...{ node: options.node, version: options.version },
      ...{ engine: this.#engine, actors: this.#actors, heartbeats: this.#heartbeats },
      ...{ histories: this.#histories, faults: this.#faults, bfd: this.#bfd },
      ...{ sessionChanges: this.#sessionChanges, trackers: this.#trackers, checkers: this.#checkers },
      ...{ ipvs: this.#ipvs, garp: this.#garp },
    });
  }

  /**
   * Reads the kernel's tables, journals what is about to run, and starts every instance. Nothing after a stop.
   * `latest`: the actors as they are to be by what is known when all that has been done; no others go with the configuration.
   */
  async start(latest: () => readonly Configured[] = () => this.#options.configuration.actors): Promise<void> {
    if (this.#stopping) return;
    const { configuration, journal, version, node } = this.#options;
    this.#streams.links$.subscribe((change) => {
      if (change.up) this.#refresh(change.interface);
      this.#watch.linkDescribed(change);
      this.#objects.linkChanged(change);
      this.#trackers.linkChanged(change);
    });
    this.#streams.troubles$.subscribe((trouble) =>
      this.#engine.note({ type: 'kernel.troubled', error: trouble.message }),
    );
    this.#streams.addresses$.subscribe((told) => {
      const change = this.#removals.address(told);
      this.#watch.addressChanged(change);
      this.#checkers.addressChanged(change);
      this.#objects.addressChanged(change);
    });
    // Whoever subscribes is told what there is; what has changed since is told by this.
    const { links } = await this.#streams.snapshot();
    if (this.#stopping) return;
    for (const definition of machineDefinitions) {
      journal.define({ kind: 'machine', name: definition.name, body: machineBody(definition) });
    }
    journal.define({ kind: 'config', name: 'config@1', body: configuration.journalled });
    const started = { type: 'process.started', version, pid: process.pid, node, configGeneration: 1 };
    const cause = this.#engine.note(started);
    if (this.#options.startNote !== null) this.#engine.note({ ...this.#options.startNote }, cause);
    const { watch } = this.#options;
    if (watch !== null) introduceWatchdog(this.#engine, watch.past(), cause);
    watch?.follow((event) => this.#engine.post(WATCHDOG, event));
    await this.#notices.configure(configuration.notices, cause);
    if (this.#stopping) return;
    const actors = onThisMachine(configuration.actors, links);
    loadNeeded(actors, configuration.secrets.size > 0);
    this.#objects.listenFor(actors);
    this.#trackers.start(actors);
    await this.#checkers.start(actors);
    if (this.#stopping) return;
    this.#actorsSinceUs = realClock.monotonicUs();
    const wanted = onThisMachine(latest(), links);
    await this.#actors.start(this.#failedChecks?.begin(wanted) ?? wanted);
    tellOfLosses(this.#heartbeats, this.#engine);
    rehearseSoon(wanted, (line) => this.#options.logger.log(line));
  }

  /**
   * Goes on with another configuration; what is the same in both does not notice. One at a time: the caller waits.
   * Resolves when what is no longer configured has left the machine. `isDerived`: of the same file, with other facts.
   */
  async reload(configuration: VrrpConfiguration, cause: number, isDerived = false): Promise<void> {
    if (this.#stopping) return;
    const { actors, notices, trackers, checks, journalled } = configuration;
    this.#logStrangers = configuration.logStrangers;
    if (!isDerived) this.#generation += 1;
    const { links } = await this.#streams.snapshot();
    const wanted = onThisMachine(actors, links);
    loadNeeded(wanted, configuration.secrets.size > 0);
    const plan = await this.#actors.plan(wanted);
    await realTurn();
    if (this.#stopping) return;
    const secrets = underRunningIds(configuration.secrets, wanted, plan);
    const withNewSecrets = this.#digests.changed(secrets, idsGoingOn(plan));
    if (!isDerived) {
      this.#options.journal.define({ kind: 'config', name: `config@${this.#generation}`, body: journalled });
    }
    const event = {
      type: isDerived ? 'configuration.derived' : 'configuration.reloaded',
      configGeneration: this.#generation,
      ...planSummary(plan),
      ...(withNewSecrets.length > 0 ? { withNewSecrets } : {}),
    };
    const reloaded = this.#engine.note(event, cause);
    await realTurn();
    await this.#notices.configure(notices, reloaded);
    await this.#firewall.reconfigure(configuration.firewall);
    this.#objects.listenFor(actors);
    this.#trackers.reload(trackers, plan.actors);
    await this.#checkers.reload(checks, plan.actors);
    await realTurn();
    if (this.#stopping) return;
    // In the same turn as everybody hears of the rest: nobody sends with half of the new settings.
    const instances = plan.removed.filter(({ id }) => id.startsWith('vrrp/'));
    this.#digests.replace(secrets, idsOf(instances));
    this.#heartbeats.secretsChanged();
    await this.#actors.apply(plan, reloaded);
    this.#notices.restate(presentNotices(this.#engine), reloaded);
  }

  /** The watchdog hears that this process does its work. */
  ready(): void {
    this.#engine.post(WATCHDOG, { type: 'worker.ready' });
  }

  /** Journals a fact about the program itself. Returns its sequence number, to be a cause. */
  note(event: ActorEvent, cause: number | null = null): number {
    return this.#engine.note(event, cause);
  }

  /**
   * Resigns everywhere, gives the addresses back and waits until they are gone. Safe to call twice.
   * Without `release` (--dont-release-vrrp) what instances hold stays, and nobody on the LAN is told: as if the process had been
   * killed.
   */
  async stop({ event, reason }: Ending, release = true): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    const cause = this.#engine.note(event);
    this.#engine.post(WATCHDOG, { type: 'stop.requested' }, cause);
    await this.#release(reason, cause, release ? [] : HOLDING);
    await this.#notices.finish();
    await this.#trackers.stop();
    this.#checkers.stop();
    this.#ipvs.close();
    this.#streams.close();
    this.#objects.close();
    this.#heartbeats.stop();
    this.#bfd.stop();
    this.#vips.close();
    this.#refreshes.close();
    this.#garp.close();
    await this.#firewall.close();
    this.#devices.close();
    this.#slots?.close();
    this.#failedChecks?.close();
    this.#engine.note({ type: 'process.stopped', reason }, cause);
  }

  async #release(reason: string, cause: number, spared: readonly string[]): Promise<void> {
    await this.#actors.shutDown({ type: 'shutdown.requested', reason }, cause, spared);
    if (!(await waitUntil(this.#actors.settling()))) {
      this.#options.logger.log('some addresses could not be deleted in time');
    }
  }

  /** Of the thread that repeats adverts, if there is one: 1 to 99, 0 for ordinary scheduling. Throws SystemError. */
  setHeartbeatRealtime(priority: number): void {
    this.#heartbeats.setRealtime(priority);
  }

  /** Whether the end has begun. */
  get isStopping(): boolean {
    return this.#stopping;
  }

  /** An operator's order to real servers. */
  orderServers(request: Readonly<Record<string, unknown>>): Promise<Answer> {
    return this.#checkers.order(request);
  }

  #stranger(advert: StrangeAdvert): void {
    if (!this.#logStrangers) return;
    const line = this.#strangers.lineOf(advert, realClock.monotonicUs());
    if (line !== null) this.#options.logger.log(line);
  }

  /** What the kernel did for a request is told before the answer to it. */
  #hearKernel(): void {
    this.#streams.hearNow();
    this.#objects.hearNow();
  }

  /** A socket that was bound to an interface which was deleted and made again would stay deaf without a word. */
  #refresh(name: string): void {
    try {
      this.#heartbeats.refreshInterface(name);
    } catch (error) {
      this.#options.logger.log(error instanceof Error ? error.message : String(error));
    }
  }
}

function slotsOf({ page }: Pick<Watch, 'page'>, engine: Engine, heartbeats: SocketHeartbeat): Slots {
  return new Slots({
    ...{ page, nowUs: () => realClock.monotonicUs(), pieces: realPieces },
    view: (actor) => engine.view(actor),
    goodbyes: (actor) => heartbeats.goodbyes(actor),
    givenUp: (actor, leaseUs) =>
      engine.post(actor, { type: 'self.leaseLost', leaseUs, lateUs: 0, resigned: false }),
  });
}
