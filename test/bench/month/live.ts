/** A long life of many instances through the real engine and the real store, in virtual time. */
import { createRecordingExecutor } from '../../../src/effects/recording-executor.ts';
import { Engine } from '../../../src/engine/engine.ts';
import type { JournalDefinition, JournalRow, JournalRun } from '../../../src/engine/types.ts';
import { VirtualClock } from '../../../src/engine/virtual-clock.ts';
import { Changes } from '../../../src/journal/changes.ts';
import { given, written } from '../../../src/journal/lines.ts';
import { DEFAULT_LIMITS, type Item } from '../../../src/journal/messages.ts';
import { Store } from '../../../src/journal/store.ts';
import { machineBody, vrrpDefinition } from '../../../src/machines/registry.ts';
import { vrrpInput } from '../../../src/machines/vrrp/vrrp.fixture.ts';
import { SeededRandom } from '../../sim/seeded-random.ts';
import { DistantRouters } from './distant-routers.ts';

const SECOND_US = 1_000_000;
const DAY_US = 86_400 * SECOND_US;
const INTERFACES = 4;
/** As many as the writer's thread puts into one transaction on a busy day. */
const BATCH_ITEMS = 500;

export interface LifeTerms {
  readonly directory: string;
  readonly instances: number;
  readonly days: number;
  /** Of all instances together; nine in ten changes of role come of as many of them. */
  readonly misfortunes: number;
  readonly seed: number;
  readonly endWallUs: number;
}

export interface LifeFigures {
  readonly adverts: number;
  readonly rows: number;
  readonly runs: number;
  /** Rows after which an instance had another role. */
  readonly transitions: number;
}

/** Writes it down; several million runs take some minutes. */
export function live(terms: LifeTerms, progress: (day: number) => void): LifeFigures {
  const { instances, days, seed, endWallUs } = terms;
  const random = new SeededRandom(seed);
  const time = new VirtualClock(1_000 * SECOND_US, endWallUs - days * DAY_US);
  const journal = new Recorder(terms.directory, time);
  const names = Array.from({ length: instances }, (_, n) => `VI_${n + 1}`);
  const actors = names.map((name) => `vrrp/${name}`);
  const peers = new Map(
    actors.map((actor, n) => [
      actor,
      { source: `10.${n % INTERFACES}.0.2`, priority: n % 2 === 0 ? 150 : 50 },
    ]),
  );
  const listener = {
    event: (actor: string, event: object) => engine.post(actor, event as never),
    run: (run: Omit<JournalRun, 'afterSeq'>) => journal.run({ ...run, afterSeq: engine.seq }),
  };
  const routers = new DistantRouters(time, listener, peers);
  const executor = createRecordingExecutor({
    interfaces: Array.from({ length: INTERFACES }, (_, n) => ({ name: `eth${n}`, arp: true })),
    heartbeats: routers,
    later: (task) => time.at(time.monotonicUs() + 150, task),
  });
  const engine = new Engine({ clock: time, scheduler: time, journal, executor });
  journal.define({ kind: 'machine', name: vrrpDefinition.name, body: machineBody(vrrpDefinition) });
  engine.note({ type: 'process.started' });
  for (const [n, name] of names.entries()) {
    const interfaceName = `eth${n % INTERFACES}`;
    const addresses = [
      {
        address: `10.${n % INTERFACES}.${1 + (n >> 8)}.${n % 256}`,
        prefixLength: 24,
        interface: interfaceName,
      },
    ];
    const input = vrrpInput({
      name,
      actor: actors[n] ?? '',
      interface: interfaceName,
      advertInterface: interfaceName,
      addresses,
      virtualRouterId: 1 + (n % 255),
    });
    engine.spawn(actors[n] ?? '', vrrpDefinition, input);
    engine.post(actors[n] ?? '', {
      type: 'instance.started',
      linkUp: true,
      sourceAddress: `10.${n % INTERFACES}.0.1`,
    });
  }
  const everyUs = (instances * days * DAY_US) / terms.misfortunes;
  for (const actor of actors) misfortunes(actor, everyUs, { time, random, routers, engine });
  for (let day = 1; day <= days; day++) {
    time.advanceTo(1_000 * SECOND_US + day * DAY_US, Number.POSITIVE_INFINITY);
    (executor.performed as unknown[]).length = 0;
    (executor.garps as unknown[]).length = 0;
    progress(day);
  }
  engine.note({ type: 'process.stopped' });
  journal.close();
  return { adverts: routers.adverts, ...journal.counted };
}

interface World {
  readonly time: VirtualClock;
  readonly random: SeededRandom;
  readonly routers: DistantRouters;
  readonly engine: Engine;
}

/** What happens to an instance now and then, each followed by its end some minutes later. */
function misfortunes(actor: string, everyUs: number, world: World): void {
  const { time, random, routers, engine } = world;
  const kinds: readonly (readonly [begin: () => void, end: () => void])[] = [
    [() => routers.setPeer(actor, false), () => routers.setPeer(actor, true)],
    [() => routers.setPeer(actor, false, true), () => routers.setPeer(actor, true)],
    [
      () => {
        routers.setLink(actor, false);
        engine.post(actor, { type: 'link.down' });
      },
      () => {
        routers.setLink(actor, true);
        engine.post(actor, { type: 'link.up' });
      },
    ],
    [() => routers.contest(actor, random.integer(1, 49)), () => {}],
    [
      () => engine.post(actor, { type: 'self.stalled', stalledUs: random.integer(20_000, 900_000) }),
      () => {},
    ],
  ];
  const next = (): void => {
    time.at(time.monotonicUs() + Math.ceil(everyUs * 2 * random.next()), () => {
      const [begin, end] = kinds[random.integer(0, kinds.length - 1)] ?? [() => {}, () => {}];
      begin();
      time.at(time.monotonicUs() + random.integer(10, 300) * SECOND_US, () => {
        end();
        next();
      });
    });
  };
  next();
}

/** The writer's part on the thread of its own, without the thread. */
class Recorder {
  readonly #store: Store;
  readonly counted = { rows: 0, runs: 0, transitions: 0 };
  readonly #changes = new Changes();
  readonly #roles = new Map<string, string>();
  #items: Item[] = [];

  constructor(directory: string, clock: VirtualClock) {
    const limits = { ...DEFAULT_LIMITS, quotaBytes: Number.MAX_SAFE_INTEGER };
    this.#store = new Store(
      { directory, node: 'month', process: 'vrrp', limits, resume: null },
      () => {},
      clock,
    );
  }

  row(row: JournalRow): void {
    const changed = this.#changes.take(row);
    const role = JSON.stringify((row.state as { protocol?: unknown } | null)?.protocol ?? null);
    const name = role.startsWith('{') ? (role.split('"')[1] ?? '') : role;
    if (this.#roles.get(row.actor) !== name) this.counted.transitions += 1;
    this.#roles.set(row.actor, name);
    this.counted.rows += 1;
    this.#take({ row: written(row, this.#changes.stateOf(row.actor)), changed });
  }

  run(run: JournalRun): void {
    this.counted.runs += 1;
    this.#take({ run });
  }

  define(define: JournalDefinition): void {
    this.#take({ define });
  }

  close(): void {
    this.#write();
    this.#store.close();
  }

  #take(item: Item): void {
    this.#items.push(item);
    if (this.#items.length >= BATCH_ITEMS) this.#write();
  }

  #write(): void {
    this.#store.write(given(this.#items), []);
    this.#items = [];
  }
}
