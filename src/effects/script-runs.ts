/**
 * Runs the scripts of trackers in their intervals, never one beside itself (keepalived 2.4.3), and tells what a run came to.
 * A result that was expected is counted and not told: steady state is no transition.
 */
import type { Clock, Scheduler } from '../engine/types.ts';
import type { ExpectedResult } from '../machines/tracker/tracker.effects.ts';
import type { Observation } from '../machines/tracker/tracker.events.ts';
import type { ScriptSource } from '../machines/tracker/tracker.input.ts';
import type { ProgramHandle, ProgramResult } from './programs/programs.ts';
import type { ScriptRunner } from './programs/script-runner.ts';

export type ScriptListener = {
  result(id: string, result: Observation): void;
  /** The script still runs when it should run again. */
  overran(id: string): void;
};

export interface ScriptRunsOptions {
  readonly run: ScriptRunner;
  readonly listener: ScriptListener;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

/** For status requests. Times are in microseconds. */
export interface ScriptSummary {
  readonly runs: number;
  readonly isRunning: boolean;
  /** When the last run ended, and how long it took; null before the first end. */
  readonly endedUs: number | null;
  readonly durationUs: number | null;
  readonly output: string;
}

interface Script {
  source: ScriptSource;
  dueUs: number;
  cancel: () => void;
  running: ProgramHandle | null;
  overrunTold: boolean;
  expected: ExpectedResult | null;
  runs: number;
  endedUs: number | null;
  last: ProgramResult | null;
}

export class ScriptRuns {
  readonly #options: ScriptRunsOptions;
  readonly #scripts = new Map<string, Script>();

  constructor(options: ScriptRunsOptions) {
    this.#options = options;
  }

  /** Runs it now, and from now on. One that runs already goes on, with another command or interval. */
  observe(id: string, source: ScriptSource): void {
    const known = this.#scripts.get(id);
    if (known !== undefined) {
      known.source = source;
      known.cancel();
      this.#arm(id, known, this.#options.clock.monotonicUs() + source.intervalUs);
      return;
    }
    const script: Script = {
      source,
      dueUs: 0,
      cancel: () => {},
      running: null,
      overrunTold: false,
      expected: null,
      runs: 0,
      endedUs: null,
      last: null,
    };
    this.#scripts.set(id, script);
    this.#arm(id, script, this.#options.clock.monotonicUs());
  }

  /** A run that comes to this is not told; null: every one is. */
  expect(id: string, result: ExpectedResult | null): void {
    const script = this.#scripts.get(id);
    if (script !== undefined) script.expected = result;
  }

  /** A run under way is asked to end, and what it comes to is not told. */
  stop(id: string): void {
    const script = this.#scripts.get(id);
    script?.cancel();
    script?.running?.signal('SIGTERM');
    this.#scripts.delete(id);
  }

  summary(id: string): ScriptSummary | null {
    const script = this.#scripts.get(id);
    if (script === undefined) return null;
    const { runs, running, endedUs, last } = script;
    const [durationUs, output] = [last?.durationUs ?? null, last?.output ?? ''];
    return { runs, isRunning: running !== null, endedUs, durationUs, output };
  }

  #arm(id: string, script: Script, dueUs: number): void {
    script.dueUs = dueUs;
    script.cancel = this.#options.scheduler.at(dueUs, () => this.#due(id, script));
  }

  #due(id: string, script: Script): void {
    const { clock, listener } = this.#options;
    const { intervalUs } = script.source;
    // In step with the first run, unless this process itself was late by more than an interval.
    const inStep = script.dueUs + intervalUs;
    const nowUs = clock.monotonicUs();
    this.#arm(id, script, inStep > nowUs ? inStep : nowUs + intervalUs);
    if (script.running === null) {
      this.#run(id, script);
      return;
    }
    if (script.overrunTold) return;
    script.overrunTold = true;
    listener.overran(id);
  }

  #run(id: string, script: Script): void {
    script.runs += 1;
    script.overrunTold = false;
    script.running = this.#options.run(script.source, (result) => this.#ended(id, script, result));
  }

  #ended(id: string, script: Script, result: ProgramResult): void {
    script.running = null;
    script.endedUs = this.#options.clock.monotonicUs();
    script.last = result;
    if (this.#scripts.get(id) !== script || isExpected(result, script.expected)) return;
    this.#options.listener.result(id, observationOf(result));
  }
}

function isExpected(result: ProgramResult, expected: ExpectedResult | null): boolean {
  if (expected === null || expected.what !== `script.${result.kind}`) return false;
  if (result.kind === 'exited') return expected.what === 'script.exited' && expected.code === result.code;
  if (result.kind === 'killed') return expected.what === 'script.killed' && expected.signal === result.signal;
  return true;
}

function observationOf(result: ProgramResult): Observation {
  const { output, outputBytes, durationUs } = result;
  const run = { output, outputBytes, durationUs };
  switch (result.kind) {
    case 'exited':
      return { what: 'script.exited', code: result.code, ...run };
    case 'killed':
      return { what: 'script.killed', signal: result.signal, ...run };
    case 'timedOut':
      return { what: 'script.timedOut', ...run };
    case 'notStarted':
      return { what: 'script.notStarted', error: result.error, ...run };
    default:
      return result satisfies never;
  }
}
