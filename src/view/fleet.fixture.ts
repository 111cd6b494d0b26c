/**
 * Routers with a thousand instances and ten thousand checkers that write real journals: their configurations are read,
 * their actors run in the real engine, and what the network would say is said to them in time that moves only when told.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../test/harness/leftovers.ts';
import { SeededRandom } from '../../test/sim/seeded-random.ts';
import { configuredActors } from '../config/actors.ts';
import { read } from '../config/config.fixture.ts';
import { createRecordingExecutor } from '../effects/recording-executor.ts';
import { Engine } from '../engine/engine.ts';
import type { ActorEvent, Effect, EffectExecutor, Post } from '../engine/types.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';
import { type JournalWriter, openJournal } from '../journal/writer.ts';
import {
  checkerDefinition,
  type MachineDefinition,
  realServerDefinition,
  syncGroupDefinition,
  trackerDefinition,
  virtualServerDefinition,
  vrrpDefinition,
} from '../machines/registry.ts';

const INTERFACES = ['eth0', 'eth1', 'eth2', 'eth3'];
const INSTANCES_OF_GROUP = 10;
const KERNEL_US = 800;
const SECOND_US = 1_000_000;

export interface FleetTerms {
  readonly nodes: readonly string[];
  /** Of each node; in groups of ten. */
  readonly instances: number;
  /** Virtual servers of each node, real servers of each of those, checks of each of those. */
  readonly services: number;
  readonly reals: number;
  readonly checks: number;
  /** One in so many of everything is in trouble. */
  readonly trouble: number;
  /** Unix time at which they start. */
  readonly beganUs: number;
}

/** Two routers with 500 instances and 5,000 checkers each: 16,602 actors. */
export const LARGE_FLEET: Omit<FleetTerms, 'beganUs'> = {
  nodes: ['r1', 'r2'],
  instances: 500,
  services: 250,
  reals: 10,
  checks: 2,
  trouble: 60,
};

function fleetConfiguration({ instances, services, reals, checks }: FleetTerms): string {
  const names = Array.from({ length: instances }, (_, n) => `VI_${n + 1}`);
  const groups = Array.from({ length: Math.ceil(instances / INSTANCES_OF_GROUP) }, (_, n) => {
    const members = names.slice(n * INSTANCES_OF_GROUP, (n + 1) * INSTANCES_OF_GROUP);
    return `vrrp_sync_group G_${n + 1} {\n group {\n${members.join('\n')}\n }\n}`;
  });
  const instance = (name: string, n: number): string => `vrrp_instance ${name} {
 interface ${INTERFACES[n % INTERFACES.length]}
 virtual_router_id ${1 + Math.floor(n / INTERFACES.length)}
 priority 100
 virtual_ipaddress {
  10.${n % INTERFACES.length}.${1 + (n >> 8)}.${n % 256}/16
 }
 ${n < INSTANCES_OF_GROUP ? 'track_file {\n  load weight 1\n }' : ''}
}`;
  const check = ' TCP_CHECK {\n  connect_timeout 3\n }\n';
  const service = (_: unknown, n: number): string => {
    const real = (_: unknown, m: number): string =>
      `real_server 172.${16 + (n >> 8)}.${n % 256}.${m + 1} 8080 {\n weight 1\n${check.repeat(checks)}}`;
    return `virtual_server 192.0.${n >> 8}.${n % 256} 80 {
 delay_loop 10
 lb_algo rr
 lb_kind NAT
 protocol TCP
 quorum 1
${Array.from({ length: reals }, real).join('\n')}
}`;
  };
  const file = 'vrrp_track_file load {\n file /run/load\n}';
  return [file, ...groups, ...names.map(instance), ...Array.from({ length: services }, service)].join('\n');
}

const DEFINITIONS: Readonly<Record<string, MachineDefinition>> = {
  vrrp: vrrpDefinition,
  group: syncGroupDefinition,
  tracker: trackerDefinition,
  checker: checkerDefinition,
  real: realServerDefinition,
  virtual: virtualServerDefinition,
};

const kindOf = (actor: string): string => actor.slice(0, actor.indexOf('/'));

/** The kernel as it is to those who ask nothing of IPVS but that it obeys. */
class FleetExecutor implements EffectExecutor {
  readonly #clock: VirtualClock;
  readonly #vrrp: ReturnType<typeof createRecordingExecutor>;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
    this.#vrrp = createRecordingExecutor({
      interfaces: INTERFACES.map((name) => ({ name, arp: true })),
      later: (task) => void clock.at(clock.monotonicUs() + KERNEL_US, task),
    });
  }

  perform(actor: string, effect: Effect, cause: number, post: Post): void {
    if (kindOf(actor) === 'vrrp') {
      this.#vrrp.perform(actor, effect, cause, post);
      (this.#vrrp.performed as unknown[]).length = 0;
      (this.#vrrp.garps as unknown[]).length = 0;
    } else if (['holdServices', 'setDestinations', 'mendServices'].includes(effect.type)) {
      const event = { type: 'table.applied', added: 1, changed: 0, removed: 0 };
      this.#clock.at(this.#clock.monotonicUs() + KERNEL_US, () => post(actor, event, cause));
    }
  }
}

export class FleetNode {
  readonly name: string;
  readonly directory: string;
  readonly engine: Engine;
  readonly journal: JournalWriter;
  readonly actors: readonly string[];
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;

  constructor(clock: VirtualClock, random: SeededRandom, directory: string, name: string, terms: FleetTerms) {
    this.name = name;
    this.directory = directory;
    this.#clock = clock;
    this.#random = random;
    const { config, diagnostics } = read(fleetConfiguration(terms));
    if (config === null) throw new Error(JSON.stringify(diagnostics.slice(0, 3)));
    this.journal = openJournal({ directory, node: name, process: 'vrrp' });
    const executor = new FleetExecutor(clock);
    this.engine = new Engine({ clock, scheduler: clock, journal: this.journal, executor });
    const configured = configuredActors(config).filter(({ id }) => kindOf(id) in DEFINITIONS);
    this.actors = configured.map(({ id }) => id);
    this.engine.note({ type: 'process.started', node: name });
    for (const { id, input } of configured) {
      const definition = DEFINITIONS[kindOf(id)];
      if (definition !== undefined) this.engine.spawn(id, definition, { ...input });
    }
  }

  /** Everything begins; one in `trouble` of everything comes to grief. @param isMaster of every second group */
  async begin(trouble: number, isMaster: (group: number) => boolean): Promise<void> {
    const starts: Readonly<Record<string, (actor: string) => ActorEvent>> = {
      tracker: () => ({ type: 'tracker.started', atReload: false }),
      real: () => ({ type: 'real.started' }),
      virtual: () => ({ type: 'virtual.started', driven: true, held: true }),
      checker: () => ({ type: 'checker.started', firstDelayUs: SECOND_US, atReload: false }),
      vrrp: () => ({
        type: 'instance.started',
        linkUp: !this.#isUnlucky(trouble * 2),
        sourceAddress: '10.0.0.1',
      }),
    };
    for (const kind of ['tracker', 'real', 'virtual', 'checker', 'vrrp']) {
      await this.#each(kind, (actor) => this.engine.post(actor, starts[kind]?.(actor) ?? { type: 'x' }));
    }
    await this.#each('tracker', (actor) =>
      this.engine.post(actor, { type: 'result.observed', what: 'file.read', value: 0 }),
    );
    await this.#each('checker', (actor) => this.probe(actor, !this.#isUnlucky(trouble)));
    await this.#each('vrrp', (actor, index) => {
      if (isMaster(Math.floor(index / INSTANCES_OF_GROUP))) this.silence(actor);
      else this.advert(actor);
    });
  }

  /** What a checker is told of its server; a failure as often as it takes to be final. */
  probe(actor: string, passes: boolean): void {
    const outcome = passes ? 'passed' : 'failed';
    const code = passes ? 'L4OK' : 'L4CON';
    const event = {
      ...{ type: 'probe.reported', outcome, code, durationUs: 900 },
      detail: passes ? '' : 'ECONNREFUSED',
    };
    for (let times = passes ? 1 : 4; times > 0; times -= 1) this.engine.post(actor, event);
  }

  /** Its master has fallen silent. */
  silence(actor: string): void {
    const silentUs = 3_609_000;
    this.engine.post(actor, {
      ...{ type: 'master.silent', silentUs, allowedUs: silentUs, missedAdverts: 3, lateUs: 0 },
    });
  }

  advert(actor: string): void {
    this.engine.post(actor, {
      ...{ type: 'advert.received', source: '10.0.0.9', priority: 150, advertIntervalUs: SECOND_US },
      ...{ addressCount: 1, version: 2 },
    });
  }

  /** Calls for each actor of a kind, giving the journal its turn and the kernel its time. */
  async #each(kind: string, act: (actor: string, index: number) => void): Promise<void> {
    let index = 0;
    for (const actor of this.actors) {
      if (kindOf(actor) !== kind) continue;
      act(actor, index);
      index += 1;
      if (index % 500 === 0) await this.pass(2 * KERNEL_US);
    }
    await this.pass(10 * KERNEL_US);
  }

  /** Time passes; everything that happened is in the journal afterwards. */
  async pass(us: number): Promise<void> {
    this.#clock.advanceTo(this.#clock.monotonicUs() + us);
    await this.journal.flush();
  }

  #isUnlucky(trouble: number): boolean {
    return trouble > 0 && this.#random.next() < 1 / trouble;
  }
}

export interface Fleet {
  readonly nodes: readonly FleetNode[];
  readonly clock: VirtualClock;
  readonly directories: readonly string[];
  /** Ends all and deletes their journals. */
  close(): Promise<void>;
}

export async function startFleet(terms: FleetTerms, directory = temporaryDirectory('fleet')): Promise<Fleet> {
  const clock = new VirtualClock(0, terms.beganUs);
  const random = new SeededRandom(7);
  const nodes = terms.nodes.map((name) => new FleetNode(clock, random, join(directory, name), name, terms));
  for (const [at, node] of nodes.entries()) {
    await node.begin(terms.trouble, (group) => group % nodes.length === at);
  }
  return {
    nodes,
    clock,
    directories: nodes.map((node) => node.directory),
    close: async () => {
      for (const { journal } of nodes) await journal.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
