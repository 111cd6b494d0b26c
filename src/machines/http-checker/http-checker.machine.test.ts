import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, startActor } from '../../engine/evaluate.ts';
import type { ProbeOutcome } from '../checker/checker.events.ts';
import type { ActorEvent, Effect } from '../declare.ts';
import { httpCheckerDefinition } from '../registry.ts';
import type { CheckerSignal } from '../signals.ts';
import type { HttpCheckerContext } from './http-checker.context.ts';
import { httpCheckerInput } from './http-checker.fixture.ts';

const LOOP = 60_000_000;
const RETRY = 3_000_000;
const FIRST = 7_000_000;

/** A checker that was started, with a schedule that does what it is asked: page and delay of the next probe. */
class Checked {
  #now;
  page = 0;
  delayUs = 0;
  told: boolean[] = [];
  /** How often the real server alone was told that it fails as assumed. */
  assumed = 0;
  /** Reports that were delivered. */
  rows = 0;
  #everyUs = 0;
  #expected: unknown = null;
  readonly #pages: number;

  constructor(pages: number, changes: Parameters<typeof httpCheckerInput>[1] = {}, atReload = false) {
    this.#pages = pages;
    this.#now = startActor(httpCheckerDefinition, httpCheckerInput(pages, changes) as never);
    this.hear({ type: 'checker.started', firstDelayUs: FIRST, atReload });
  }

  probed(...outcomes: ProbeOutcome[]): this {
    for (const outcome of outcomes) {
      const { page } = this;
      if (outcome === 'passed') this.page = (page + 1) % this.#pages;
      this.delayUs = this.#everyUs;
      if (outcome === this.#expected) continue;
      this.rows += 1;
      this.hear({ type: 'probe.reported', outcome, code: '', detail: '', durationUs: 1, page });
    }
    return this;
  }

  hear(event: object): void {
    this.#now = evaluate(httpCheckerDefinition, this.#now.snapshot, event as ActorEvent);
    for (const effect of this.#now.effects) this.#perform(effect);
  }

  #perform({ type, params }: Effect): void {
    if (type === 'signalActor') {
      const { passed, assumed } = params.event as unknown as CheckerSignal;
      if (assumed === true) this.assumed += 1;
      else this.told.push(passed);
    }
    if (type === 'expectProbe') this.#expected = params.outcome;
    if (type !== 'probe' && type !== 'probeAgain') return;
    this.#everyUs = Number(params.everyUs);
    this.delayUs = Number(params.afterUs ?? params.firstDelayUs);
    if (params.page !== undefined) this.page = Number(params.page);
  }

  get state() {
    return this.#now.state;
  }

  get context() {
    return this.#now.context as unknown as HttpCheckerContext;
  }

  /** What is next: page and delay. */
  get next() {
    return [this.page, this.delayUs];
  }
}

const STEADY = { passing: 'steady' };

describe('pages that pass', () => {
  it('come one after the other, each a loop after the one before, and count when all have passed', () => {
    const checker = new Checked(3);
    expect([checker.state, checker.next]).toEqual(['untried', [0, FIRST]]);
    expect(checker.probed('passed').next).toEqual([1, LOOP]);
    expect(checker.probed('passed').next).toEqual([2, LOOP]);
    expect(checker.told).toEqual([]);
    expect(checker.probed('passed').next).toEqual([0, LOOP]);
    expect([checker.state, checker.told]).toEqual([STEADY, [true]]);
  });

  it('are not spoken of any more once all have', () => {
    const checker = new Checked(3).probed('passed', 'passed', 'passed');
    const { rows } = checker;
    checker.probed(...Array.from({ length: 100 }, () => 'passed' as const));
    expect(checker.rows).toBe(rows);
    expect(checker.next).toEqual([1, LOOP]);
  });

  it('come at once while it comes up, with fast recovery', () => {
    const checker = new Checked(2, { fastRecovery: true });
    expect(checker.probed('passed').next).toEqual([1, 0]);
    expect(checker.probed('passed').next).toEqual([0, LOOP]);
  });
});

describe('a page that fails', () => {
  it('is final before all have passed once, whatever retry says', () => {
    const checker = new Checked(3, { retry: 5 }).probed('passed', 'failed');
    expect([checker.state, checker.told, checker.next]).toEqual(['failing', [false], [1, LOOP]]);
  });

  it('is fetched again as often as retry says, and the others wait meanwhile', () => {
    const checker = new Checked(2, { retry: 2 }).probed('passed', 'passed', 'passed', 'failed');
    expect(checker.next).toEqual([1, RETRY]);
    expect(checker.probed('failed').next).toEqual([1, RETRY]);
    expect(checker.probed('passed').next).toEqual([0, LOOP]);
    expect(checker.state).toEqual(STEADY);
    expect(checker.probed('failed', 'failed', 'failed').state).toBe('failing');
    expect(checker.told).toEqual([true, false]);
  });

  it('is the only one that is fetched while it is down, at the slower pace', () => {
    const slow = new Checked(2, { retry: 0, delayBeforeRetryUs: 2 * LOOP }).probed('passed', 'failed');
    expect(slow.next).toEqual([1, 2 * LOOP]);
    expect(slow.probed('failed').next).toEqual([1, 2 * LOOP]);
  });

  it('has to pass, and then all of them, until it counts', () => {
    const checker = new Checked(2).probed('passed', 'failed', 'failed', 'passed');
    expect([checker.state, checker.next]).toEqual([{ recovering: 'checking' }, [0, LOOP]]);
    expect(checker.probed('passed').next).toEqual([1, LOOP]);
    expect(checker.told).toEqual([false]);
    expect(checker.probed('passed').state).toEqual(STEADY);
    expect(checker.told).toEqual([false, true]);
  });

  it('while it comes up is fetched until it passes, and then the rest', () => {
    const checker = new Checked(3, { fastRecovery: true }).probed('failed', 'passed', 'passed', 'failed');
    expect([checker.state, checker.next]).toEqual([{ recovering: 'blocked' }, [1, RETRY]]);
    const { rows } = checker;
    expect(checker.probed('failed', 'failed', 'failed').next).toEqual([1, RETRY]);
    expect(checker.rows).toBe(rows);
    expect(checker.probed('passed').next).toEqual([2, 0]);
    expect(checker.probed('passed').state).toEqual(STEADY);
    expect(checker.next).toEqual([0, LOOP]);
  });

  it('is told to the real server alone where it counted as failed already', () => {
    const checker = new Checked(2, { alpha: true, retry: 0 }).probed('passed', 'failed');
    expect([checker.state, checker.told]).toEqual(['failing', []]);
    expect(checker.assumed).toBe(1);
    expect(checker.probed('passed', 'passed', 'passed').told).toEqual([true]);
    expect(checker.probed('failed').told).toEqual([true, false]);
    expect(checker.assumed).toBe(1);
  });

  it('is tried again when it is new at a reload, and so are the others once one has failed', () => {
    const checker = new Checked(2, { retry: 1 }, true).probed('failed', 'passed', 'failed');
    expect([checker.state, checker.told]).toEqual(['untried', []]);
    expect(checker.probed('failed').told).toEqual([false]);
    expect(new Checked(2, { retry: 1 }, true).probed('passed', 'failed').told).toEqual([false]);
  });
});

it('what cannot be tried says nothing of the server, and is tried at the usual pace', () => {
  const checker = new Checked(2, { fastRecovery: true, retry: 1 }).probed('unable');
  expect([checker.state, checker.next]).toEqual(['untried', [0, LOOP]]);
  checker.probed('passed', 'passed', 'passed', 'failed', 'unable');
  expect(checker.next).toEqual([1, LOOP]);
  expect(checker.probed('failed').state).toBe('failing');
});

/** keepalived 2.4.3, variable by variable. */
class Counters {
  isUp;
  page = 0;
  delayUs = FIRST;
  #hasRun = false;
  #retries;
  #failed: number | null = null;
  readonly #pages: number;
  readonly #retry: number;
  readonly #isFast: boolean;

  constructor(pages: number, retry: number, alpha: boolean, isFast: boolean) {
    this.#pages = pages;
    this.#retry = retry;
    this.#isFast = isFast;
    this.#retries = retry;
    this.isUp = !alpha;
  }

  probed(outcome: ProbeOutcome): void {
    if (outcome === 'passed') this.#passed();
    else if (outcome === 'failed') this.#fails();
    else this.delayUs = LOOP;
  }

  #passed(): void {
    this.#retries = 0;
    this.page += 1;
    if (this.#failed !== null) {
      this.#failed = null;
      this.page = 0;
    } else if (this.page === this.#pages) {
      this.isUp = true;
      this.#hasRun = true;
      this.page = 0;
    }
    if (!this.#hasRun) this.#retries = this.#retry;
    this.delayUs = this.#isFast && (!this.#hasRun || !this.isUp) ? 0 : LOOP;
  }

  #fails(): void {
    if (this.isUp || !this.#hasRun) {
      this.#hasRun = true;
      this.#retries += 1;
      if (this.#retries > this.#retry) {
        this.isUp = false;
        this.#failed = this.page;
      }
    }
    this.delayUs = this.#failed === null ? RETRY : Math.max(RETRY, LOOP);
  }
}

it('does what the counters of keepalived do, step by step', () => {
  const outcomes = fc.array(
    fc.constantFrom<ProbeOutcome>('passed', 'passed', 'passed', 'failed', 'failed', 'unable'),
    { maxLength: 60 },
  );
  const property = fc.property(
    ...([
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 3 }),
      fc.boolean(),
      fc.boolean(),
    ] as const),
    outcomes,
    (pages, retry, alpha, fastRecovery, all) => {
      const checker = new Checked(pages, { retry, alpha, fastRecovery });
      const counters = new Counters(pages, retry, alpha, fastRecovery);
      for (const outcome of all) {
        checker.probed(outcome);
        counters.probed(outcome);
        expect([checker.page, checker.told.at(-1) ?? !alpha]).toEqual([counters.page, counters.isUp]);
        // One that cannot be tried while it is down keeps the pace of one that fails.
        if (outcome !== 'unable') expect(checker.delayUs).toBe(counters.delayUs);
      }
    },
  );
  fc.assert(property, { seed: Number(process.env.RELIVED_SEED ?? Date.now() % 1_000_000), numRuns: 1_000 });
});

describe('a new configuration', () => {
  const input = httpCheckerInput(2, {
    delayLoopUs: 5_000_000,
    delayBeforeRetryUs: 1_000_000,
    fastRecovery: true,
  });

  it.each([
    [['passed', 'passed'], 5_000_000],
    [['passed', 'passed', 'failed'], 1_000_000],
    [['failed'], 5_000_000],
    [['failed', 'passed', 'failed'], 1_000_000],
  ] as const)('has its pace from the next probe on: after %j', (outcomes, delayUs) => {
    const checker = new Checked(2).probed(...outcomes);
    const { page, state } = checker;
    checker.hear({ type: 'checker.reconfigured', input });
    expect([checker.state, checker.next]).toEqual([state, [page, delayUs]]);
    expect(checker.context.input.probe.fastRecovery).toBe(true);
  });
});

describe('paces of its own', () => {
  const own = { delayFailingUs: 200_000, delayDownUs: 300_000_000, retry: 1 };

  it('are in force while a page fails, while it is down, and between pages until all have passed', () => {
    const checker = new Checked(3, own).probed('passed', 'passed', 'passed');
    expect(checker.probed('passed', 'failed').delayUs).toBe(200_000);
    expect(checker.probed('failed').delayUs).toBe(300_000_000);
    expect(checker.probed('passed')).toMatchObject({ delayUs: 200_000, page: 0 });
    expect(checker.probed('passed').delayUs).toBe(200_000);
    expect(checker.probed('failed').delayUs).toBe(200_000);
    expect(checker.probed('passed').delayUs).toBe(200_000);
    expect(checker.probed('passed')).toMatchObject({ state: { passing: 'steady' }, delayUs: LOOP });
    expect(checker.probed('passed').delayUs).toBe(LOOP);
  });
});
