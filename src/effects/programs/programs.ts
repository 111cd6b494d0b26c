/**
 * Runs programs of the configuration: as their user, in a process group of their own, without ever making the loop wait.
 * Node's own `spawn` copies the page tables of this process and blocks the loop for 20 ms at a size of 600 MB; here a
 * thread of the pool starts them in the manner of vfork, which costs the loop 0.1 ms at any size.
 */
import { type ProgramStart, startProgram } from '../../../native/program.ts';
import { executableOf, programEnvironment } from './command.ts';
import { type Ended, type ProgramEnding, type ProgramLimit, RunningProgram } from './running-program.ts';

/** Who a program runs as. */
export interface ProgramIdentity {
  readonly uid: number;
  readonly gid: number;
  /** All of its groups; keepalived gives `gid` alone unless supplementary groups are asked for. */
  readonly groups: readonly number[];
}

export interface ProgramRequest {
  /** Program and arguments, as the configuration has them. */
  readonly command: readonly string[];
  readonly identity: ProgramIdentity;
  /** null: it may take as long as it likes. */
  readonly limit: ProgramLimit | null;
  /** True: its last bytes come with the result. A daemon that it leaves behind cannot write any more afterwards. */
  readonly keepOutput: boolean;
}

/** `notStarted`: it could not be run, or must not. */
export type ProgramResult = (ProgramEnding | { readonly kind: 'notStarted'; readonly error: string }) & {
  readonly output: string;
  readonly outputBytes: number;
  readonly durationUs: number;
};

export interface ProgramPolicy {
  /** enable_script_security: what others than root can change is not run as root. */
  readonly secure: boolean;
  /** use_symlink_paths */
  readonly keepSymlinks: boolean;
}

export interface ProgramsOptions {
  /** Asked before each start, so that a new configuration counts at once. */
  readonly policy: () => ProgramPolicy;
  /** Whether others than root can write this program or a directory on the way to it. */
  readonly isUnsafe: (path: string) => Promise<boolean>;
  readonly niceness?: number;
}

/** A program under way. */
export interface ProgramHandle {
  /** To its process group; nothing if it has ended. One that is being started ends as soon as it runs. */
  signal(name: NodeJS.Signals): void;
}

/** Programs at a time. Each has its own bound of how often it is run; this one is for what never ends. */
export const MOST_PROGRAMS = 1_024;
/** keepalived: how long programs may take to end after the polite signal when the daemon stops. */
const STOP_MS = 1_000;

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

interface Running {
  program: RunningProgram | null;
  /** Sent before it ran. */
  pending: NodeJS.Signals | null;
}

export class Programs {
  readonly #options: ProgramsOptions;
  readonly #running = new Set<Running>();
  readonly #idle: (() => void)[] = [];
  #stopped = false;

  constructor(options: ProgramsOptions) {
    this.#options = options;
  }

  /** Programs that have not ended. */
  get count(): number {
    return this.#running.size;
  }

  /** Starts a program. `done` is called once, later, whatever happens. Never throws. */
  run(request: ProgramRequest, done: (result: ProgramResult) => void): ProgramHandle {
    const startedAt = performance.now();
    const running: Running = { program: null, pending: null };
    const finish = (result: Ended | { readonly kind: 'notStarted'; readonly error: string }): void => {
      this.#running.delete(running);
      const durationUs = Math.round((performance.now() - startedAt) * 1000);
      done({ output: '', outputBytes: 0, ...result, durationUs } as ProgramResult);
      if (this.#running.size === 0) for (const tell of this.#idle.splice(0)) tell();
    };
    const refusal = this.#refusal();
    if (refusal !== null) {
      setImmediate(() => finish({ kind: 'notStarted', error: refusal }));
      return { signal: () => {} };
    }
    this.#running.add(running);
    this.#prepare(request)
      .then(startProgram)
      .then(
        (started) => {
          running.program = new RunningProgram(started, request.limit, finish);
          if (running.pending !== null) running.program.signal(running.pending);
        },
        (error: unknown) => finish({ kind: 'notStarted', error: textOf(error) }),
      );
    return {
      signal: (name) => {
        if (running.program === null) running.pending = name;
        else running.program.signal(name);
      },
    };
  }

  /** Ends what still runs: SIGTERM, and SIGKILL a second later. Nothing is started afterwards. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#signalAll('SIGTERM');
    if (this.#running.size === 0) return;
    const kill = setTimeout(() => this.#signalAll('SIGKILL'), STOP_MS);
    let giveUp: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#idle.push(resolve);
      giveUp = setTimeout(resolve, 2 * STOP_MS);
    });
    clearTimeout(kill);
    clearTimeout(giveUp);
  }

  #signalAll(name: NodeJS.Signals): void {
    for (const running of this.#running) {
      if (running.program === null) running.pending = name;
      else running.program.signal(name);
    }
  }

  #refusal(): string | null {
    if (this.#stopped) return 'no program is started any more';
    return this.#running.size >= MOST_PROGRAMS ? `${MOST_PROGRAMS} programs run already` : null;
  }

  /** @throws why it cannot or must not be run */
  async #prepare({ command, identity, keepOutput }: ProgramRequest): Promise<ProgramStart> {
    const { policy, isUnsafe, niceness = 0 } = this.#options;
    const { secure, keepSymlinks } = policy();
    const executable = await executableOf(command, process.env.PATH ?? '', keepSymlinks);
    if (secure && identity.uid === 0 && (await isUnsafe(executable.path))) {
      throw new Error(`others than root can write ${executable.path} or a directory on the way to it`);
    }
    return { ...executable, ...identity, environment: programEnvironment(process.env), niceness, keepOutput };
  }
}
