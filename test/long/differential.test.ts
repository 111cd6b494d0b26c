/**
 * The same random script on every pairing of relived and keepalived at once: after each operation the same routers must
 * hold the address as in the pair of two keepalived.
 *
 *   RELIVED_SEED=123 npm test -- test/netns/differential.test.ts     one script again
 *   RELIVED_SCRIPTS=20 npm test -- test/netns/differential.test.ts   more scripts
 */
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../src/lab/run.ts';
import { type Pair, type Program, withPair } from '../harness/pair.ts';
import { describeOperation, drawScript, type Operation, perform, type Script } from '../harness/script.ts';
import { givenSeed } from '../harness/seed.ts';
import { SeededRandom } from '../sim/seeded-random.ts';

const ORACLE: readonly [Program, Program] = ['keepalived', 'keepalived'];
const OURS: readonly (readonly [Program, Program])[] = [
  ['relived', 'keepalived'],
  ['keepalived', 'relived'],
  ['relived', 'relived'],
];

const given = givenSeed();
const scripts = Number(process.env.RELIVED_SCRIPTS ?? (given === null ? 3 : 1));
/** The usual run tells the same scripts each time, so that a failure is the change's; asked for more, it draws new ones. */
const first = given ?? (process.env.RELIVED_SCRIPTS === undefined ? 1 : Math.floor(Math.random() * 2 ** 31));
/** Scripts at a time: each is eight routers, and a busy machine makes every router late. */
const AT_ONCE = 3;

const SETTLE_DEADLINE_MS = 25_000;

/** Routers that run and hold the address: what a killed one left on its interface is nobody's decision. */
function livingHolders(pair: Pair): string {
  const holding = (['a', 'b'] as const).filter((host) => pair.runs(host) && pair.holds(host));
  return holding.join('') || 'nobody';
}

/** The holders once no address has come or gone for longer than any of the routers would wait for a silent master. */
async function settledHolders(pair: Pair, { masterDownMs }: Script): Promise<string> {
  const quietMs = masterDownMs * 1.1 + 400;
  const begunMs = performance.timeOrigin + performance.now();
  const changedMs = () =>
    [pair.addresses.a, pair.addresses.b].map(({ changes }) => changes.at(-1)?.atMs ?? 0);
  const quiet = () =>
    performance.timeOrigin + performance.now() >= Math.max(begunMs, ...changedMs()) + quietMs;
  const what = 'quiet';
  return waitFor(() => quiet() && livingHolders(pair), { deadlineMs: SETTLE_DEADLINE_MS, what }).catch(
    () => `unsettled (last ${livingHolders(pair)})`,
  );
}

function play(script: Script, programs: readonly [Program, Program], steps: Steps): Promise<void> {
  const [a, b] = programs;
  const played = withPair({ ...script.options, programs: { a, b } }, async (pair) => {
    for (const [at, operation] of script.operations.entries()) {
      await perform(pair, operation);
      await steps.arrive(at, operation, programs, await settledHolders(pair, script), pair);
    }
  });
  // The others do not wait for a pair that cannot go on.
  played.catch((error: Error) => steps.abort(error));
  return played;
}

/** Where the pairs wait for each other after every operation, and are compared. */
class Steps {
  readonly #seed: number;
  readonly #script: Script;
  readonly #told: string[] = [];
  #waiting: (() => void)[] = [];
  #results: {
    readonly programs: readonly [Program, Program];
    readonly holders: string;
    readonly pair: Pair;
  }[] = [];
  #failure: Error | null = null;

  constructor(seed: number, script: Script) {
    this.#seed = seed;
    this.#script = script;
  }

  async arrive(
    at: number,
    operation: Operation,
    programs: readonly [Program, Program],
    holders: string,
    pair: Pair,
  ): Promise<void> {
    this.#results.push({ programs, holders, pair });
    if (this.#results.length <= OURS.length)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else if (this.#failure === null) this.#judge(at, operation);
    if (this.#failure !== null) throw this.#failure;
  }

  #judge(at: number, operation: Operation): void {
    const expected = this.#results.find(({ programs }) => programs === ORACLE)?.holders;
    this.#told.push(`${at + 1}. ${describeOperation(operation)}: ${expected}`);
    const different = this.#results.filter(({ holders }) => holders !== expected);
    if (different.length > 0) this.#failure = new Error(this.#explain(different));
    this.#results = [];
    this.#goOn();
  }

  #goOn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  /** One pair cannot go on: nobody waits for it. */
  abort(error: Error): Error {
    this.#failure ??= new Error(`RELIVED_SEED=${this.#seed}: ${error.message}\n${this.#told.join('\n')}`);
    this.#goOn();
    return this.#failure;
  }

  #explain(different: readonly { programs: readonly string[]; holders: string; pair: Pair }[]): string {
    return [
      `RELIVED_SEED=${this.#seed}: ${JSON.stringify(this.#script.options)}`,
      ...this.#told,
      ...different.flatMap(({ programs, holders, pair }) => [
        `${programs.join(' above ')} has ${holders}`,
        `--- a\n${pair.log('a')}`,
        `--- b\n${pair.log('b')}`,
      ]),
    ].join('\n');
  }
}

const seeds = Array.from({ length: scripts }, (_, n) => first + n);

describe('every pairing of relived and keepalived', () => {
  for (let start = 0; start < seeds.length; start += AT_ONCE) {
    it(`agrees with two keepalived (seeds ${seeds.slice(start, start + AT_ONCE).join(', ')})`, async () => {
      const played = seeds.slice(start, start + AT_ONCE).map(async (seed) => {
        const script = drawScript(new SeededRandom(seed));
        console.log(
          `seed ${seed}: ${JSON.stringify(script.options)} ${script.operations.map(describeOperation).join(', ')}`,
        );
        const steps = new Steps(seed, script);
        // All of them, so that each has taken its LAN down before the test ends.
        const plays = await Promise.allSettled([ORACLE, ...OURS].map((each) => play(script, each, steps)));
        for (const result of plays) if (result.status === 'rejected') throw result.reason;
      });
      const failures = (await Promise.allSettled(played)).flatMap((result) =>
        result.status === 'rejected' ? [String((result.reason as Error).message)] : [],
      );
      expect(failures.join('\n\n')).toBe('');
    }, 240_000);
  }
});
