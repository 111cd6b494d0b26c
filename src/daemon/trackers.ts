/** Trackers as a part of the VRRP process: their actors, the services that look at things for them, and their status. */
import type { TrackerActor } from '../config/actors/trackers.ts';
import type { Config } from '../config/model.ts';
import { type Accounts, programIdentity } from '../config/program-identity.ts';
import { type ProgramIdentity, Programs } from '../effects/programs/programs.ts';
import { createScriptRunner, type ScriptRunner } from '../effects/programs/script-runner.ts';
import { ScriptRuns } from '../effects/script-runs.ts';
import { createTrackerExecutor } from '../effects/trackers.ts';
import type { Engine } from '../engine/engine.ts';
import type { ActorEvent, ActorId, EffectExecutor } from '../engine/types.ts';
import { isProgramUnsafe } from '../host/programs.ts';
import { FileMonitor } from '../io/files/file-monitor.ts';
import { type LinkbeatMethod, LinkbeatPoll } from '../io/linkbeat.ts';
import { ProcessMonitor } from '../io/processes/process-monitor.ts';
import type { TrackerContext } from '../machines/tracker/tracker.context.ts';
import type { ActorKind } from './actor-set.ts';
import { realClock, realScheduler } from './clock.ts';
import type { LinkChange } from './kernel-watch.ts';
import { LinkFacts } from './link-facts.ts';
import { trackerKind } from './tracker-kind.ts';

/** What the configuration says of trackers beside their actors. */
export interface TrackerPlan {
  readonly secure: boolean;
  readonly keepSymlinks: boolean;
  /** Interfaces that are asked for their link, and how. */
  readonly linkbeat: ReadonlyMap<string, LinkbeatMethod | null>;
  readonly processBufferBytes: number;
  readonly forceProcessBuffer: boolean;
  /** null: there is no such user or group. */
  identify(user: string | null, group: string | null): ProgramIdentity | null;
}

export function trackerPlan({ tree }: Config, accounts: Accounts): TrackerPlan {
  const [globals] = tree.global_defs;
  if (globals === undefined) throw new Error('a configuration without global_defs, which reading makes');
  const linkbeat = new Map<string, LinkbeatMethod | null>();
  for (const { interface: name, linkbeat_use_polling: polled } of tree.vrrp_instance) {
    if (name !== null && (polled || tree.linkbeat_use_polling)) linkbeat.set(name, null);
  }
  for (const { interface: name, method } of tree.linkbeat_interfaces) linkbeat.set(name, method);
  return {
    secure: globals.enable_script_security,
    keepSymlinks: globals.use_symlink_paths,
    linkbeat,
    processBufferBytes: globals.process_monitor_rcv_bufs ?? 0,
    forceProcessBuffer: globals.process_monitor_rcv_bufs_force,
    identify: (user, group) => programIdentity({ user, group }, globals, accounts),
  };
}

export interface TrackersOptions {
  readonly plan: TrackerPlan;
  readonly engine: Pick<Engine, 'post' | 'view'>;
  /** What instances hear of a link. */
  readonly linkSettled: (change: LinkChange) => void;
  readonly log: (line: string) => void;
}

export class Trackers {
  readonly executor: EffectExecutor;
  readonly kind: ActorKind<TrackerActor>;
  /** Runs programs that look at something, for checkers too. */
  readonly runScript: ScriptRunner;
  readonly #options: TrackersOptions;
  readonly #scripts: ScriptRuns;
  readonly #programs: Programs;
  readonly #files: FileMonitor;
  readonly #processes: ProcessMonitor;
  readonly #links: LinkFacts;
  readonly #linkbeat: LinkbeatPoll;
  readonly #started = new Map<ActorId, TrackerActor>();
  #plan: TrackerPlan;
  #reloading = false;

  constructor(options: TrackersOptions) {
    this.#options = options;
    this.#plan = options.plan;
    const post = (actor: ActorId, event: ActorEvent): void => options.engine.post(actor, event);
    const troubled = (id: string, error: string): void => post(id, { type: 'source.troubled', error });
    this.#programs = new Programs({ policy: () => this.#plan, isUnsafe: isProgramUnsafe });
    this.runScript = createScriptRunner({
      programs: this.#programs,
      identify: (user, group) => this.#plan.identify(user, group),
    });
    this.#scripts = new ScriptRuns({
      run: this.runScript,
      listener: {
        result: (id, result) => post(id, { type: 'result.observed', ...result }),
        overran: (id) => post(id, { type: 'script.overran' }),
      },
      clock: realClock,
      scheduler: realScheduler,
    });
    this.#files = new FileMonitor({
      read: (id, value) => post(id, { type: 'result.observed', what: 'file.read', value }),
      invalid: (id, text) => post(id, { type: 'file.invalid', text }),
      troubled,
    });
    this.#processes = new ProcessMonitor({
      counted: ({ id, count, by }) =>
        post(id, { type: 'result.observed', what: 'processes.counted', count, by }),
      troubled,
      receiveBufferBytes: this.#plan.processBufferBytes,
      forceBuffer: this.#plan.forceProcessBuffer,
    });
    this.#links = new LinkFacts({ post, settled: options.linkSettled });
    this.#linkbeat = new LinkbeatPoll({
      changed: (name, up) => this.#links.changed({ interface: name, up }),
      log: options.log,
    });
    this.executor = createTrackerExecutor({
      scripts: this.#scripts,
      files: this.#files,
      processes: this.#processes,
      links: this.#links,
    });
    this.kind = trackerKind(options.engine, this.#started, () => this.#reloading);
  }

  /** Before the first actor starts; what the kernel says of links is known. */
  start(actors: readonly { readonly id: string; readonly input: object }[]): void {
    this.#delayLinks(actors);
    this.#linkbeat.watch(this.#plan.linkbeat);
  }

  /** Before the actors hear of a new configuration. */
  reload(plan: TrackerPlan, actors: readonly { readonly id: string; readonly input: object }[]): void {
    this.#plan = plan;
    this.#reloading = true;
    this.start(actors);
  }

  /** The kernel's word on a link. */
  linkChanged(change: LinkChange): void {
    if (!this.#linkbeat.covers(change.interface)) this.#links.changed(change);
  }

  async stop(): Promise<void> {
    this.#linkbeat.close();
    this.#files.close();
    this.#processes.close();
    await this.#programs.stop();
  }

  /** Whether a run is under way. */
  isScriptRunning(id: ActorId): boolean {
    return this.#scripts.summary(id)?.isRunning ?? false;
  }

  /** Every tracker for `relive status`. Times in microseconds. */
  status(nowUs: number) {
    return [...this.#started.keys()].flatMap((id) => {
      const view = this.#options.engine.view(id);
      if (view === null) return [];
      const { input, last, value } = view.context as unknown as TrackerContext;
      const runs = this.#scripts.summary(id);
      return [
        {
          id,
          name: input.name,
          kind: input.source.kind,
          state: view.crashed ? 'crashed' : view.state,
          last,
          ...(input.source.kind === 'file' ? { value } : {}),
          ...(input.source.kind === 'process' ? { count: this.#processes.count(id) } : {}),
          ...(runs === null ? {} : { runs: { ...runs, endedAgoUs: runs.endedUs && nowUs - runs.endedUs } }),
          followers: input.followers,
        },
      ];
    });
  }

  #delayLinks(actors: readonly { readonly id: string; readonly input: object }[]): void {
    const inputs = actors.flatMap(({ id, input }) =>
      id.startsWith('tracker/interface/') ? [input as TrackerActor['input']] : [],
    );
    this.#links.delay(new Set(inputs.filter(({ settlesLink }) => settlesLink).map(({ name }) => name)));
  }
}
