/** What trackers look at in a story: scripts with a given result, files with a number, links. The services are the real ones. */
import type { LinkFacts as Links } from '../../../src/daemon/link-facts.ts';
import type { ProgramResult } from '../../../src/effects/programs/programs.ts';
import type { ScriptRunner } from '../../../src/effects/programs/script-runner.ts';
import { ScriptRuns } from '../../../src/effects/script-runs.ts';
import { createTrackerExecutor } from '../../../src/effects/trackers.ts';
import type { ActorEvent, ActorId, Clock, EffectExecutor, Scheduler } from '../../../src/engine/types.ts';
import type { ScriptTruth } from '../story/model.ts';

/** What is so on a router, whoever looks at it. */
export class Truths {
  readonly scripts = new Map<string, ScriptTruth>();
  readonly files = new Map<string, number>();
  /** Hear of a file whose number changes. */
  fileChanged: (path: string, value: number) => void = () => {};

  script(path: string): ScriptTruth {
    return this.scripts.get(path) ?? HEALTHY;
  }

  file(path: string): number {
    return this.files.get(path) ?? 0;
  }

  write(path: string, value: number): void {
    if (this.file(path) === value) return;
    this.files.set(path, value);
    this.fileChanged(path, value);
  }
}

const HEALTHY: ScriptTruth = { code: 0, takesUs: 5_000 };

export interface LooksParts {
  readonly truths: Truths;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly links: Links;
  readonly post: (actor: ActorId, event: ActorEvent) => void;
}

export function createLooks({ truths, clock, scheduler, links, post }: LooksParts): EffectExecutor {
  const run: ScriptRunner = ({ command, timeoutUs }, done) => {
    const { code, takesUs } = truths.script(command[0] ?? '');
    const durationUs = Math.min(takesUs, timeoutUs);
    const output = { output: '', outputBytes: 0, durationUs };
    const result: ProgramResult =
      takesUs > timeoutUs ? { kind: 'timedOut', ...output } : { kind: 'exited', code, ...output };
    const cancel = scheduler.at(clock.monotonicUs() + durationUs, () => done(result));
    return { signal: () => cancel() };
  };
  const scripts = new ScriptRuns({
    run,
    listener: {
      result: (id, result) => post(id, { type: 'result.observed', ...result }),
      overran: (id) => post(id, { type: 'script.overran' }),
    },
    clock,
    scheduler,
  });
  const watched = new Map<ActorId, string>();
  const tell = (actor: ActorId, value: number): void =>
    post(actor, { type: 'result.observed', what: 'file.read', value });
  truths.fileChanged = (path, value) => {
    for (const [actor, own] of watched) if (own === path) tell(actor, value);
  };
  return createTrackerExecutor({
    scripts,
    files: {
      observe: (actor, { path }) => {
        watched.set(actor, path);
        tell(actor, truths.file(path));
      },
      stop: (actor) => watched.delete(actor),
    },
    processes: { observe: () => {}, stop: () => {} },
    links,
  });
}
