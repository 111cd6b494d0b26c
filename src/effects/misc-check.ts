/** MISC_CHECK: a program that says by its exit status how a real server is (keepalived 2.4.3). */
import { constants } from 'node:os';
import type { ProbeReport } from '../machines/checker/checker.events.ts';
import type { MiscProbe } from '../machines/checker/checker.input.ts';
import type { ProgramResult } from './programs/programs.ts';
import type { ScriptRunner } from './programs/script-runner.ts';

type Verdict = Omit<ProbeReport, 'type' | 'durationUs'>;

/** Exit status of least weight, 0, with misc_dynamic. */
const LEAST_DYNAMIC = 2;
/** Of what it wrote, as much goes into the detail. */
const MOST_SAID = 200;

/** `done` is called once. Gives how to give it up: the program is asked to end, and what it comes to is not told. */
export function runMiscCheck(
  run: ScriptRunner,
  plan: MiscProbe,
  done: (verdict: Verdict) => void,
): () => void {
  let isWanted = true;
  const handle = run(plan, (result) => {
    if (isWanted) done(verdictOn(result, plan));
  });
  return () => {
    isWanted = false;
    handle?.signal('SIGTERM');
  };
}

function verdictOn(result: ProgramResult, { dynamic }: MiscProbe): Verdict {
  switch (result.kind) {
    case 'exited':
      if (result.code === 0) return { outcome: 'passed', code: 'PROCOK', detail: '' };
      if (dynamic && result.code >= LEAST_DYNAMIC) {
        const weight = result.code - LEAST_DYNAMIC;
        return { outcome: 'passed', code: 'PROCOK', detail: `weight ${weight}`, weight };
      }
      return failure(`exited with status ${result.code}`, result);
    case 'killed':
      return failure(`due to signal ${signalNumber(result.signal)}`, result);
    case 'timedOut':
      return { outcome: 'failed', code: 'PROCTOUT', detail: 'timed out' };
    // keepalived: what cannot be run counts as if it had run well.
    case 'notStarted':
      return { outcome: 'passed', code: 'PROCERR', detail: result.error };
    default:
      return result satisfies never;
  }
}

/** The exit status behind what is known of a last run: a weight is one, and a failure names it; 0 for all else. */
export function exitStatusOf(last: Pick<Verdict, 'detail' | 'weight'> | null): number {
  if (last?.weight !== undefined) return last.weight + LEAST_DYNAMIC;
  return Number(/^exited with status (\d+)/.exec(last?.detail ?? '')?.[1] ?? 0);
}

/** With the last line that it wrote, which may say why. */
function failure(why: string, { output }: ProgramResult): Verdict {
  const said = output.trimEnd().split('\n').at(-1)?.trim().slice(0, MOST_SAID) ?? '';
  return { outcome: 'failed', code: 'PROCERR', detail: said === '' ? why : `${why}: ${said}` };
}

function signalNumber(name: string): number | string {
  return constants.signals[name as NodeJS.Signals] ?? name;
}
