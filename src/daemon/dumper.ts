/** SIGUSR1, SIGUSR2 and the two others: writes down what the daemon knows. */
import fs from 'node:fs';
import os from 'node:os';
import { interfaceInfo } from '../../native/index.ts';
import type { Identity } from '../config/environment.ts';
import type { Config, ConfigTree } from '../config/model.ts';
import { type Accounts, programIdentity } from '../config/program-identity.ts';
import type { ActorView } from '../engine/engine.ts';
import { machineEnvironment } from '../host/environment.ts';
import type { ProbeSummary } from '../io/probes/probe-member.ts';
import { realClock } from './clock.ts';
import { bfdText, checkText, dataText, parentText } from './dump/data.ts';
import type { SessionFacts } from './dump/data-bfd.ts';
import type { ProbeFacts } from './dump/data-checker.ts';
import type { LinkFacts } from './dump/data-interface.ts';
import type { Identify } from './dump/data-notify.ts';
import type { ScriptFacts } from './dump/data-tracker.ts';
import { type InstanceFacts, instanceFacts, type Observed } from './dump/facts.ts';
import { type DumpKind, dumpPlace, writeDump } from './dump/files.ts';
import { jsonText, type ProcessFacts } from './dump/json.ts';
import { statsText } from './dump/stats.ts';
import type { Logger } from './logger.ts';
import type { Identity as DaemonIdentity } from './places.ts';

/** What dumps ask of the running process. */
export interface Dumpable {
  /** The instance of this name in the configuration; null if it does not run. */
  observe(name: string): Observed | null;
  /** Its kind (`script`) and its name; null if it does not run. */
  observeTracker(kind: string, name: string): ActorView | null;
  /** What runs under this id; null: nothing does. */
  observeActor(id: string): ActorView | null;
  /** The probes of a checker; null: it does not probe. */
  observeProbes(id: string): ProbeSummary | null;
  /** Whether the kernel's table of virtual servers is driven. */
  readonly isTableDriven: boolean;
  /** Whether a reload has brought the configuration in force. */
  readonly hasReloaded: boolean;
  /** Whether a run of this vrrp_script is under way. */
  isScriptRunning(name: string): boolean;
  /** Monotonic time before which a limiter lets no such frame leave; null if none has left yet. */
  nextGarpUs(family: 'arp' | 'advertisement', limiter: string): number | null;
  /** The BFD session of this name; null if it does not run. */
  observeSession(name: string): SessionFacts['status'];
  clearStatistics(): void;
}

export interface DumperOptions {
  readonly process: Dumpable;
  readonly config: () => Config;
  readonly identity: DaemonIdentity;
  readonly logger: Logger;
}

const UP_AND_RUNNING = 0x41;
const LOOPBACK = 0x8;

export class Dumper {
  readonly #options: DumperOptions;

  constructor(options: DumperOptions) {
    this.#options = options;
  }

  /** keepalived's processes write a file each. */
  data(): void {
    const { logger } = this.#options;
    logger.log(`Printing VRRP data for process(${process.pid}) on signal`);
    this.#write('data', this.dataText());
    const check = this.checkText();
    if (check !== null) {
      logger.log(`Printing checker data for process(${process.pid}) on signal`);
      this.#write('check', check);
    }
    const bfd = this.bfdText();
    if (bfd !== null) {
      logger.log(`Printing BFD data for process(${process.pid}) on signal`);
      this.#write('bfd', bfd);
    }
    logger.log(`Printing parent data for process(${process.pid}) on signal`);
    this.#write('parent', parentText(this.#programFacts()));
  }

  dataText(): string {
    const { process: running } = this.#options;
    const program = this.#programFacts();
    return dataText({
      ...program,
      instances: this.#instances(program.tree),
      links: linkFacts(),
      identify: identifyIn(program.tree),
      garpTimes: (family, limiter) => wallTime(running.nextGarpUs(family, limiter)),
      trackers: {
        isWell: (kind, name) => isWell(running.observeTracker(kind, name)),
        scripts: program.tree.vrrp_script.map((script) => this.#scriptFacts(script)),
        processes: program.tree.vrrp_track_process.map((tracked) => this.#processFacts(tracked)),
        value: (name) => numberIn(running.observeTracker('file', name)),
      },
    });
  }

  /** null: there are no virtual servers. */
  checkText(): string | null {
    const { process: running } = this.#options;
    const program = this.#programFacts();
    const { tree } = program;
    if (tree.virtual_server.length === 0) return null;
    return checkText(program, {
      ...{ tree, isDriven: running.isTableDriven, identify: identifyIn(tree) },
      isReloaded: running.hasReloaded,
      observe: (id) => running.observeActor(id),
      probes: (id) => probeFacts(running.observeProbes(id)),
      fileValue: (name) => numberIn(running.observeTracker('file', name)),
    });
  }

  /** null: there are no sessions. */
  bfdText(): string | null {
    const program = this.#programFacts();
    const sessions = program.tree.bfd_instance.map((session) => ({
      config: session,
      status: this.#options.process.observeSession(session.name),
    }));
    return sessions.length === 0 ? null : bfdText(program, sessions);
  }

  #programFacts() {
    const { tree } = this.#options.config();
    const { namespace } = this.#options.identity;
    return { tree, namespace, umask: process.umask(), scriptUser: scriptUserOf(tree) };
  }

  /** With `clear` the counters begin at 0 again. */
  stats(clear: boolean): void {
    const { process: running, config, logger } = this.#options;
    logger.log(`Printing VRRP stats for process(${process.pid}) on signal`);
    this.#write('stats', statsText(this.#instances(config().tree)));
    if (clear) running.clearStatistics();
  }

  /** Nothing is written if there is no instance, as keepalived does it. */
  json(): void {
    const { config, logger } = this.#options;
    const { tree } = config();
    logger.log(`Printing VRRP as json for process(${process.pid}) on signal`);
    const instances = this.#instances(tree);
    const version = tree.global_defs[0]?.json_version ?? 1;
    if (instances.length === 0) return;
    const processes = tree.vrrp_track_process.map((tracked) => this.#processFacts(tracked));
    this.#write('json', jsonText(instances, version, processes));
  }

  #instances(tree: ConfigTree): readonly InstanceFacts[] {
    const { process: running } = this.#options;
    return instanceFacts(tree, {
      observe: (name) => running.observe(name),
      indexOf: (name) => interfaceInfo(name)?.index ?? 0,
    });
  }

  #scriptFacts(script: ConfigTree['vrrp_script'][number]): ScriptFacts {
    const { process: running } = this.#options;
    const view = running.observeTracker('script', script.name);
    const contrary = (view?.context as { contrary?: unknown } | undefined)?.contrary;
    return {
      config: script,
      isWell: isWell(view),
      contrary: typeof contrary === 'number' ? contrary : 0,
      isRunning: running.isScriptRunning(script.name),
    };
  }

  #processFacts(tracked: ConfigTree['vrrp_track_process'][number]): ProcessFacts {
    const view = this.#options.process.observeTracker('process', tracked.name);
    const last = (view?.context as { last?: { count?: unknown } | null } | undefined)?.last;
    const count = typeof last?.count === 'number' ? last.count : 0;
    return { config: tracked, count, hasQuorum: isWell(view) === true };
  }

  #write(kind: DumpKind, text: string): void {
    const { config, identity, logger } = this.#options;
    const path = dumpPlace(kind, config().tree, identity);
    try {
      // keepalived's JSON is for its owner alone, whatever the mask.
      writeDump(path, text, kind === 'json' ? 0o177 : process.umask());
    } catch (error) {
      logger.log(`Can't open ${path} (${error instanceof Error ? error.message : error})`);
    }
  }
}

/** Without any configuration. */
const NOBODY = { script_user: null, set_supplementary_groups: false } as const;

function identifyIn({ global_defs: [globals] }: ConfigTree): Identify {
  return (named) => programIdentity(named, globals ?? NOBODY, accounts());
}

/** Further groups are in no dump, and asking for them takes a program. */
function accounts(): Accounts {
  return { ...machineEnvironment({ configId: null }), groupsOf: () => [] };
}

/** In Unix time, as far as can be said; 0: never. */
function wallTime(monotonicUs: number | null): number {
  return monotonicUs === null ? 0 : realClock.wallUs() + monotonicUs - realClock.monotonicUs();
}

function probeFacts(summary: ProbeSummary | null): ProbeFacts | null {
  if (summary === null) return null;
  const { runs, endedUs, last } = summary;
  const beganUs = endedUs === null ? null : wallTime(endedUs - (last?.durationUs ?? 0));
  return { runs, beganUs, last };
}

/** null: not known yet. */
function isWell(view: ActorView | null): boolean | null {
  const words = JSON.stringify(view?.state ?? null);
  if (words.includes('well')) return true;
  return words.includes('failed') ? false : null;
}

/** The number in a tracked file; 0 before it was read. */
function numberIn(view: ActorView | null): number {
  const value = (view?.context as { value?: unknown } | undefined)?.value;
  return typeof value === 'number' ? value : 0;
}

/** keepalived: script_user, else a user of this name if there is one, else root. */
function scriptUserOf({ global_defs: [globals] }: ConfigTree): Identity | null {
  const { user } = machineEnvironment({ configId: null });
  return user(globals?.script_user?.user ?? 'keepalived_script') ?? user('root');
}

/** Every interface of this network namespace, in the order of /proc/net/dev, which is that of their indices. */
function linkFacts(): LinkFacts[] {
  const held = os.networkInterfaces();
  const names = fs
    .readFileSync('/proc/self/net/dev', 'utf8')
    .split('\n')
    .slice(2)
    .map((line) => line.slice(0, Math.max(0, line.indexOf(':'))).trim());
  return names.flatMap((name) => {
    const info = name === '' ? null : interfaceInfo(name);
    if (info === null) return [];
    const isLoopback = (info.flags & LOOPBACK) !== 0;
    const first = (family: string): string | null =>
      held[name]?.find((address) => address.family === family)?.address ?? null;
    return [
      {
        name,
        index: info.index,
        mac: isLoopback ? null : info.mac,
        isUp: (info.flags & UP_AND_RUNNING) === UP_AND_RUNNING,
        isLoopback,
        mtu: numberOf(name, 'mtu'),
        group: numberOf(name, 'netdev_group') ?? 0,
        ipv4: first('IPv4'),
        ipv6: first('IPv6'),
      },
    ];
  });
}

/** null where /sys does not show this namespace. */
function numberOf(name: string, what: 'mtu' | 'netdev_group'): number | null {
  try {
    return Number(fs.readFileSync(`/sys/class/net/${name}/${what}`, 'utf8'));
  } catch {
    return null;
  }
}
