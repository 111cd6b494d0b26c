/**
 * Virtual servers as a part of the process: the actors of checkers, real servers and virtual servers, the schedule that
 * probes for them, and their status.
 */
import {
  type CheckerActor,
  namedVirtualServers,
  type RealServerActor,
  type VirtualServerActor,
} from '../config/actors/checks.ts';
import type { Config } from '../config/model.ts';
import type { Configured } from '../config/reload.ts';
import type { Steps } from '../config/steps.ts';
import { createCheckerExecutor } from '../effects/checkers.ts';
import { runMiscCheck } from '../effects/misc-check.ts';
import type { ScriptRunner } from '../effects/programs/script-runner.ts';
import type { Engine } from '../engine/engine.ts';
import { together } from '../engine/together.ts';
import type { ActorEvent, ActorId, Clock, EffectExecutor, Scheduler } from '../engine/types.ts';
import type { AddressChange } from '../io/addresses.ts';
import type { ProbeSummary } from '../io/probes/probe-member.ts';
import { AddonRepeater, type ProbeRepeater } from '../io/probes/probe-repeater.ts';
import { MAX_PROBES, ProbeSchedule } from '../io/probes/probe-schedule.ts';
import { allProbes, createProber, type Prober } from '../io/probes/prober.ts';
import { NO_TLS_FILES, type TlsFiles, TlsIdentityStore } from '../io/probes/tls-identity.ts';
import type { CheckerContext } from '../machines/checker/checker.context.ts';
import { isFollowing } from '../machines/checker/checker.input.ts';
import { type RealServerContext, weightOf } from '../machines/real-server/real-server.context.ts';
import {
  agentCheckerDefinition,
  checkerDefinition,
  httpCheckerDefinition,
  realServerDefinition,
  virtualServerDefinition,
} from '../machines/registry.ts';
import type { VirtualServerContext } from '../machines/virtual-server/virtual-server.context.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import type { ActorKind, ActorKinds } from './actor-set.ts';
import { realClock, realScheduler } from './clock.ts';
import type { Answer } from './control-socket.ts';
import { HeldServices } from './held-services.ts';
import type { Ipvs } from './ipvs.ts';
import type { OrderBook } from './order-book.ts';
import { type OrderedServer, readOrder } from './server-orders.ts';

/** keepalived: no check before the first second is over. */
const BOOTSTRAP_US = 1_000_000;
/** keepalived wakes up for each check; delay_loop is given in whole seconds or large parts of one. */
const TOGETHER_US = 5_000;
const SAVE_MS = 1_000;

/** What the configuration says of checks beside their actors. */
export interface CheckPlan {
  readonly tls: TlsFiles;
  /** Checks that are alike have one probe between them. */
  readonly sharesProbes: boolean;
  /** What the ids of real servers begin with that may come while the program runs: those of names. */
  readonly mayCome: readonly string[];
}

export function checkPlan({ tree }: Config): CheckPlan {
  const block = tree.SSL.at(-1);
  const sharesProbes = tree.global_defs[0]?.checker_share_probes ?? false;
  const mayCome = namedVirtualServers(tree)
    .filter((server) => server.block.real_server_name.length > 0)
    .map(({ id }) => `${id.replace(/^virtual/, 'real')}/`);
  if (block === undefined) return { tls: NO_TLS_FILES, sharesProbes, mayCome };
  const { certificate, key, ca, password } = block;
  return {
    sharesProbes,
    mayCome,
    tls: { certificate, key, ca, passphrase: () => password?.reveal() ?? null },
  };
}

/** Clock, network and chance as this part of the process sees them. */
export interface CheckMeans {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly probe: Prober;
  readonly repeater: ProbeRepeater;
  /** At least 0, below 1. */
  readonly chance: () => number;
}

export interface CheckersOptions {
  readonly plan: CheckPlan;
  readonly engine: Pick<Engine, 'post' | 'view'>;
  readonly runScript: ScriptRunner;
  readonly ipvs: Ipvs;
  readonly orders: OrderBook;
  /** Absent: the real ones. */
  readonly means?: CheckMeans;
}

export class Checkers {
  readonly executor: EffectExecutor;
  /** keepalived: real servers are told of before the quorum that they make. */
  readonly kinds: ActorKinds;
  readonly #options: CheckersOptions;
  readonly #means: CheckMeans;
  readonly #schedule: ProbeSchedule;
  readonly #identity: TlsIdentityStore;
  /** Checkers and real servers that have begun. */
  readonly #started = new Set<ActorId>();
  readonly #virtuals = new Set<ActorId>();
  readonly #held = new HeldServices();
  #reloading = false;
  #mayCome: readonly string[];
  /** Virtual servers of the configuration that is to be in force. */
  #wanted: ReadonlySet<ActorId> = new Set();

  constructor(options: CheckersOptions) {
    this.#options = options;
    const { engine, plan } = options;
    this.#identity = new TlsIdentityStore(plan.tls);
    this.#means = options.means ?? this.#realMeans();
    const { clock, scheduler, probe, repeater } = this.#means;
    this.#schedule = new ProbeSchedule({
      probe,
      report: (id, result) => engine.post(id, { type: 'probe.reported', ...result }),
      clock,
      scheduler: together(scheduler, TOGETHER_US),
      repeater,
    });
    this.#mayCome = plan.mayCome;
    this.#schedule.share(plan.sharesProbes);
    this.executor = createCheckerExecutor(this.#schedule);
    this.kinds = { real: this.#realKind(), virtual: this.#virtualKind(), checker: this.#checkerKind() };
  }

  #realMeans(): CheckMeans {
    const { runScript } = this.#options;
    const probes = allProbes({
      identity: this.#identity.context,
      runMisc: (misc, done) => runMiscCheck(runScript, misc, done),
    });
    return {
      ...{ clock: realClock, scheduler: realScheduler, probe: createProber(realClock, probes) },
      ...{ repeater: new AddonRepeater(TOGETHER_US, MAX_PROBES), chance: Math.random },
    };
  }

  /** Before the first actor starts. */
  async start(actors: readonly Configured[]): Promise<void> {
    const ids = new Set(actors.map(({ id }) => id));
    const { orders, ipvs } = this.#options;
    this.#wanted = new Set(actors.flatMap(({ id }) => (id.startsWith('virtual/') ? [id] : [])));
    orders.keepOnly((id) => ids.has(id) || this.#mayCome.some((prefix) => id.startsWith(prefix)));
    if (actors.some(({ id }) => id.startsWith('ipvs/'))) await ipvs.open();
  }

  /** Before the actors hear of a new configuration. */
  async reload({ tls, sharesProbes, mayCome }: CheckPlan, actors: readonly Configured[]): Promise<void> {
    this.#reloading = true;
    this.#mayCome = mayCome;
    this.#identity.replace(tls);
    this.#schedule.share(sharesProbes);
    await this.start(actors);
  }

  get hasReloaded(): boolean {
    return this.#reloading;
  }

  suspend(virtualServer: ActorId, isSuspended: boolean): void {
    this.#schedule.suspend(virtualServer.replace('virtual/', ''), isSuspended);
  }

  /** An address came or went: a service that is checked only where its address is may have to hear of it. */
  addressChanged(change: AddressChange): void {
    this.#held.changed(change, (id, isHeld) => {
      this.#options.engine.post(id, { type: isHeld ? 'address.found' : 'address.lost' });
    });
  }

  stop(): void {
    this.#schedule.close();
  }

  /** null: it does not probe. */
  probesOf(id: ActorId): ProbeSummary | null {
    return this.#schedule.summary(id);
  }

  /** Every virtual server with its real servers and their checkers, for `relive status`, in steps. Times in microseconds. */
  *status(nowUs: number): Steps<readonly object[]> {
    const servers: object[] = [];
    for (const id of [...this.#virtuals]) {
      const view = this.#options.engine.view(id);
      if (view === null) continue;
      const context = view.context as unknown as VirtualServerContext;
      const { name, quorum, hysteresis, sorryServer } = context.input;
      const realServers: object[] = [];
      for (const { actor } of context.input.realServers) {
        const status = this.#realStatus(actor, nowUs);
        if (status !== null) realServers.push(status);
        yield;
      }
      servers.push({
        ...{ id, name, state: view.crashed ? 'crashed' : view.state },
        ...{ weight: context.liveWeight, quorum, hysteresis, sorryServer: sorryServer?.name ?? null },
        ...{ table: this.#options.ipvs.counts(id), realServers },
      });
    }
    return servers;
  }

  /** An operator's order; gives what became of each real server that it is for, once it would outlive this process. */
  async order(request: Readonly<Record<string, unknown>>): Promise<Answer> {
    const { engine, orders } = this.#options;
    const known = [...this.#virtuals].flatMap((id) => {
      const context = engine.view(id)?.context as unknown as VirtualServerContext | undefined;
      return (context?.input.realServers ?? []).flatMap(({ actor }) => this.#named(actor));
    });
    const ordered = readOrder(request, known);
    if ('error' in ordered) return ordered;
    for (const { id } of ordered.servers) engine.post(id, ordered.order);
    for (const { id } of ordered.servers) {
      const view = engine.view(id);
      if (view === null) continue;
      const { duty, ordered: weight } = view.context as unknown as RealServerContext;
      orders.set(id, { duty, weight });
    }
    const notKept = await within(orders.save());
    return {
      ...(notKept === null ? {} : { notKept }),
      servers: ordered.servers.map(({ id, name, virtualServer }) => {
        const view = engine.view(id);
        const weight = view === null ? 0 : weightOf(view.context as unknown as RealServerContext);
        return { name, virtualServer, state: view?.crashed === true ? 'crashed' : view?.state, weight };
      }),
    };
  }

  #named(id: ActorId): OrderedServer[] {
    const view = this.#options.engine.view(id);
    if (view === null) return [];
    const { name, virtualServerName } = (view.context as unknown as RealServerContext).input;
    return [{ id, name, virtualServer: virtualServerName }];
  }

  #realStatus(id: ActorId, nowUs: number) {
    const view = this.#options.engine.view(id);
    if (view === null) return null;
    const context = view.context as unknown as RealServerContext;
    const { input, failed } = context;
    const checkers = input.checkers.flatMap(({ actor }) => this.#checkerStatus(actor, nowUs) ?? []);
    const { name } = input;
    const state = view.crashed ? 'crashed' : view.state;
    return { id, name, state, weight: weightOf(context), failed, checkers };
  }

  #checkerStatus(id: ActorId, nowUs: number) {
    const view = this.#options.engine.view(id);
    if (view === null) return null;
    const { input, retriesUsed, last: told } = view.context as unknown as CheckerContext;
    const summary = this.#schedule.summary(id);
    const last = summary?.last ?? told;
    const [endedUs, dueUs] = [summary?.endedUs ?? null, summary?.dueUs ?? null];
    return {
      ...{ id, name: input.name, kind: input.probe.kind },
      state: (view.crashed ? 'crashed' : view.state) as Json,
      ...{ last, retriesUsed, retry: input.retry },
      runs: summary?.runs ?? 0,
      isRunning: summary?.isRunning ?? false,
      endedAgoUs: endedUs === null ? null : nowUs - endedUs,
      dueInUs: dueUs === null ? null : dueUs - nowUs,
    };
  }

  #checkerKind(): ActorKind<CheckerActor> {
    return {
      definition: checkerDefinition,
      inPieces: true,
      definitionOf: ({ input: { probe } }) =>
        probe.kind === 'agent'
          ? agentCheckerDefinition
          : 'pages' in probe
            ? httpCheckerDefinition
            : checkerDefinition,
      follow: (actors) => {
        for (const { id, input, warmupUs } of this.#newOf(actors)) {
          // Its tracker tells it when there is something to tell.
          if (isFollowing(input.probe)) continue;
          // keepalived: by chance, so that servers with many checks are not asked for all at once.
          const firstDelayUs = BOOTSTRAP_US + Math.floor(this.#means.chance() * warmupUs);
          const atReload = this.#reloading;
          this.#options.engine.post(id, { type: 'checker.started', firstDelayUs, atReload });
        }
      },
      forget: (id) => this.#started.delete(id),
      reconfigured: ({ input }): ActorEvent => ({ type: 'checker.reconfigured', input: { ...input } }),
      removed: () => ({ type: 'checker.removed' }),
      isSettled: ({ state }) => state === 'ended' || state === 'idle',
    };
  }

  #realKind(): ActorKind<RealServerActor> {
    return {
      definition: realServerDefinition,
      inPieces: true,
      follow: (actors) => {
        const { engine, orders } = this.#options;
        for (const { id } of this.#newOf(actors)) {
          for (const order of orders.ordersFor(id)) engine.post(id, order);
          engine.post(id, { type: 'real.started' });
        }
      },
      forget: (id) => this.#started.delete(id),
      reconfigured: ({ input }): ActorEvent => ({ type: 'real.reconfigured', input: { ...input } }),
      removed: ({ input }) => ({
        type: 'real.removed',
        ...(this.#wanted.has(input.virtualServer) ? {} : { withService: true }),
      }),
      isSettled: ({ state }) => state === 'ended' || state === 'idle',
    };
  }

  #virtualKind(): ActorKind<VirtualServerActor> {
    const { ipvs } = this.#options;
    return {
      definition: virtualServerDefinition,
      inPieces: true,
      follow: (actors) => {
        for (const { id, input } of actors) {
          this.#held.follow(id, input);
          if (this.#virtuals.has(id)) continue;
          this.#virtuals.add(id);
          ipvs.follow(id);
          this.#options.engine.post(id, {
            ...{ type: 'virtual.started', driven: ipvs.isDriven },
            held: this.#held.isHeld(id),
          });
        }
      },
      forget: (id) => {
        this.#virtuals.delete(id);
        this.#held.forget(id);
        ipvs.forget(id);
      },
      reconfigured: ({ id, input }): ActorEvent => {
        this.#held.follow(id, input);
        return { type: 'virtual.reconfigured', input: { ...input }, held: this.#held.isHeld(id) };
      },
      removed: () => ({ type: 'virtual.removed' }),
      isSettled: ({ state }) => (state as JsonObject).table === 'withdrawn',
    };
  }

  #newOf<A extends Configured>(actors: readonly A[]): readonly A[] {
    const fresh = actors.filter(({ id }) => !this.#started.has(id));
    for (const { id } of fresh) this.#started.add(id);
    return fresh;
  }
}

/** A disk that does not answer must not keep an operator waiting. */
async function within(saved: Promise<string | null>): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('the disk does not answer'), SAVE_MS);
  });
  return Promise.race([saved, late]).finally(() => clearTimeout(timer));
}
