/**
 * Histories of several routers for tests: the real engine and the real statechart, fed with hand-made facts in
 * virtual time, written by the real journal writer.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../test/harness/leftovers.ts';
import { Engine } from '../engine/engine.ts';
import type { ActorEvent, EffectExecutor, JournalRun } from '../engine/types.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';
import { type JournalWriter, openJournal } from '../journal/writer.ts';
import { vrrpDefinition } from '../machines/registry.ts';
import { vrrpInput } from '../machines/vrrp/vrrp.fixture.ts';
import type { Json } from '../protocol/json.ts';

/** 2026-11-22 03:00:00 UTC. */
export const STORY_BEGIN_US = Date.UTC(2026, 10, 22, 3) * 1000;
const ACTOR = 'vrrp/VI_1';

/** A history that a busy machine had no time to store would be another story. */
const PATIENCE_MS = 50_000;

/** Monotonic time at which every story begins. */
const BOOT_US = 1_000_000;

/** Virtual time that all routers of a story share. */
export class Story {
  readonly root = temporaryDirectory('story');
  readonly clock = new VirtualClock(BOOT_US, STORY_BEGIN_US);

  /** Since the story began. */
  get nowUs(): number {
    return this.clock.monotonicUs() - BOOT_US;
  }

  /** Lets time pass; timers fire on the way. */
  pass(us: number): void {
    this.clock.advanceBy(us);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Answers what a healthy Linux kernel would: addresses come and go, gratuitous ARPs leave. */
const obliging: EffectExecutor['perform'] = (actor, effect, cause, post) => {
  const outcome = { addVips: 'vips.added', removeVips: 'vips.removed', sendGratuitousArps: 'garps.sent' }[
    effect.type
  ];
  if (outcome !== undefined) post(actor, { type: outcome }, cause);
};

export class StoryRouter {
  readonly name: string;
  readonly address: string;
  readonly priority: number;
  readonly journal: string;
  readonly #story: Story;
  #engine: Engine | null = null;
  #writer: JournalWriter | null = null;

  constructor(story: Story, name: string, address: string, priority: number) {
    this.#story = story;
    this.name = name;
    this.address = address;
    this.priority = priority;
    this.journal = join(story.root, name);
  }

  get engine(): Engine {
    if (this.#engine === null) throw new Error(`${this.name} does not run`);
    return this.#engine;
  }

  start(): void {
    const writer = openJournal({ directory: this.journal, node: this.name, process: 'vrrp' });
    const { clock } = this.#story;
    this.#writer = writer;
    this.#engine = new Engine({
      clock,
      scheduler: clock,
      journal: writer,
      executor: { perform: obliging },
    });
    const body: Json = JSON.parse(JSON.stringify(vrrpDefinition.machine.config));
    writer.define({ kind: 'machine', name: vrrpDefinition.name, body });
    this.engine.note({ type: 'process.started', version: '0.1.0', pid: 4711, configGeneration: 1 });
    this.engine.spawn(ACTOR, vrrpDefinition, vrrpInput({ priority: this.priority, garpMasterDelayUs: 0 }));
    this.post({ type: 'instance.started', linkUp: true, sourceAddress: this.address });
  }

  post(event: ActorEvent, cause: number | null = null): void {
    this.engine.post(ACTOR, event, cause);
  }

  /** An advert that is an event of its own. */
  hear(other: StoryRouter, priority = other.priority): void {
    const rest = { advertIntervalUs: 1_000_000, addresses: ['10.0.0.100'] };
    this.post({ type: 'advert.received', source: other.address, priority, ...rest });
  }

  /** The Master_Down_Timer ran out. */
  silence(silentUs: number, lateUs = 0): void {
    const missedAdverts = Math.floor(silentUs / 1_000_000);
    this.post({ type: 'master.silent', silentUs, allowedUs: silentUs - lateUs, missedAdverts, lateUs });
  }

  /** A run of identical adverts that ends now. */
  run(direction: 'sent' | 'received', other: StoryRouter, count: number): void {
    const lengthUs = (count - 1) * 1_000_000;
    const { clock } = this.#story;
    const run: JournalRun = {
      actor: ACTOR,
      direction,
      source: other.address,
      priority: other.priority,
      count,
      firstUs: clock.monotonicUs() - lengthUs,
      lastUs: clock.monotonicUs(),
      largestGapUs: 1_000_400,
      firstWallUs: clock.wallUs() - lengthUs,
      afterSeq: this.engine.seq,
    };
    this.#writer?.run(run);
  }

  /** A stop in good order. */
  async stop(reason: string): Promise<void> {
    const cause = this.engine.note({ type: 'signal.received', signal: reason });
    this.post({ type: 'shutdown.requested', reason }, cause);
    this.engine.note({ type: 'process.stopped', reason }, cause);
    await this.end();
  }

  /** Everything so far is stored; the router runs on. */
  async flush(): Promise<void> {
    await this.#writer?.flush();
    this.#forgetPulse();
  }

  /** Signs of life are told in the machine's own time: on a slow one there is a first before the story is told. */
  #forgetPulse(): void {
    if (!existsSync(this.journal)) return;
    for (const file of readdirSync(this.journal))
      if (file.endsWith('.alive')) rmSync(join(this.journal, file), { force: true });
  }

  /** The history just ends: the file is closed, but no row says so. */
  async end(): Promise<void> {
    await this.#writer?.close(PATIENCE_MS);
    if (this.#writer !== null) this.#forgetPulse();
    this.#writer = null;
    this.#engine = null;
  }
}

export interface Pair {
  readonly story: Story;
  readonly r1: StoryRouter;
  readonly r2: StoryRouter;
}

/** r1 (priority 150) is master, r2 (priority 100) listens; ten seconds of peace have passed. */
export function peacefulPair(): Pair {
  const story = new Story();
  const r1 = new StoryRouter(story, 'r1', '10.0.0.1', 150);
  const r2 = new StoryRouter(story, 'r2', '10.0.0.2', 100);
  r1.start();
  r2.start();
  story.pass(3_414_062);
  r1.silence(3_414_062);
  story.pass(200);
  r2.hear(r1);
  story.pass(10_000_000);
  r2.run('received', r1, 10);
  return { story, r1, r2 };
}

/** r2 hears nothing more and takes over, as long after r1's last advert as the standard says. */
export function takeOver({ story, r2 }: Pair): void {
  story.pass(3_609_375);
  r2.silence(3_609_375);
}
