/** What can be seen of the running process from outside: `relive status`, and the files that signals ask for. */
import type { GarpExecutor } from '../effects/garp.ts';
import type { ActorView, Engine } from '../engine/engine.ts';
import type { ActorId } from '../engine/types.ts';
import type { UdpBfd } from '../io/bfd/udp-bfd.ts';
import type { SocketHeartbeat } from '../io/heartbeat/socket-heartbeat.ts';
import type { ProbeSummary } from '../io/probes/probe-member.ts';
import type { ActorSet } from './actor-set.ts';
import { type SessionChanges, sessionStatus } from './bfd.ts';
import type { Checkers } from './checkers.ts';
import { realClock } from './clock.ts';
import type { Observed } from './dump/facts.ts';
import type { RoleHistories } from './dump/role-history.ts';
import type { Dumpable } from './dumper.ts';
import type { FaultTimes } from './fault-times.ts';
import type { Ipvs } from './ipvs.ts';
import { realPieces } from './pieces.ts';
import { instanceStatus } from './status.ts';
import type { Trackers } from './trackers.ts';

export interface ObservationOptions {
  readonly node: string;
  readonly version: string;
  readonly engine: Pick<Engine, 'view'>;
  readonly actors: Pick<ActorSet, 'running'>;
  readonly heartbeats: SocketHeartbeat;
  readonly histories: RoleHistories;
  readonly faults: FaultTimes;
  readonly bfd: UdpBfd;
  readonly sessionChanges: SessionChanges;
  readonly trackers: Trackers;
  readonly checkers: Checkers;
  readonly ipvs: Ipvs;
  readonly garp: Pick<GarpExecutor, 'nextUs'>;
}

export class Observation implements Dumpable {
  readonly #options: ObservationOptions;
  readonly #startedUs = realClock.monotonicUs();

  constructor(options: ObservationOptions) {
    this.#options = options;
  }

  observe(name: string): Observed | null {
    const { heartbeats, histories } = this.#options;
    const id = this.#instanceCalled(name);
    const view = id === null ? null : this.observeActor(id);
    if (id === null || view === null) return null;
    return { view, heartbeat: heartbeats.status(id), history: histories.of(id) };
  }

  observeActor(id: ActorId): ActorView | null {
    return this.#options.engine.view(id);
  }

  observeProbes(id: ActorId): ProbeSummary | null {
    return this.#options.checkers.probesOf(id);
  }

  observeTracker(kind: string, name: string): ActorView | null {
    return this.observeActor(`tracker/${kind}/${name}`);
  }

  get isTableDriven(): boolean {
    return this.#options.ipvs.isDriven;
  }

  get hasReloaded(): boolean {
    return this.#options.checkers.hasReloaded;
  }

  isScriptRunning(name: string): boolean {
    return this.#options.trackers.isScriptRunning(`tracker/script/${name}`);
  }

  nextGarpUs(family: 'arp' | 'advertisement', limiter: string): number | null {
    return this.#options.garp.nextUs(family, limiter);
  }

  observeSession(name: string): ReturnType<typeof sessionStatus> {
    return this.#session(`bfd/${name}`, realClock.monotonicUs());
  }

  clearStatistics(): void {
    const { histories, heartbeats } = this.#options;
    for (const id of this.#idsOf('vrrp/')) {
      histories.clear(id, heartbeats.status(id)?.counters ?? null);
    }
  }

  /** Times in microseconds. Of thousands of real servers in pieces, each as it is by then. */
  async status() {
    const { node, version, engine, heartbeats, faults, trackers, checkers, bfd } = this.#options;
    const nowUs = realClock.monotonicUs();
    const sources = { engine, heartbeats, faults };
    const virtualServers = await realPieces.run(checkers.status(nowUs));
    return {
      ...{ node, version, pid: process.pid, uptimeUs: nowUs - this.#startedUs },
      instances: this.#idsOf('vrrp/').flatMap((id) => instanceStatus(sources, id, nowUs) ?? []),
      trackers: trackers.status(nowUs),
      sessions: this.#idsOf('bfd/').flatMap((id) => this.#session(id, nowUs) ?? []),
      virtualServers,
      ...{ bfdStrays: bfd.strays(), interfaces: heartbeats.interfaces() },
    };
  }

  #session(id: ActorId, nowUs: number): ReturnType<typeof sessionStatus> {
    const { engine, bfd: port, sessionChanges: changes } = this.#options;
    return sessionStatus({ engine, port, changes }, id, nowUs);
  }

  #idsOf(kind: string): readonly ActorId[] {
    return this.#options.actors.running.flatMap(({ id }) => (id.startsWith(kind) ? [id] : []));
  }

  /** Its id stays when a reload changes its name. */
  #instanceCalled(name: string): ActorId | null {
    const found = this.#options.actors.running.find(
      ({ id, input }) => id.startsWith('vrrp/') && (input as { name?: unknown }).name === name,
    );
    return found?.id ?? null;
  }
}
