/** Running commands, and waiting for what they bring about. */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** A failure that is told to the operator in one line, without a stack. */
export class LabError extends Error {}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const commandTimeoutMs = 10_000;
const outputLimitBytes = 8 * 1024 * 1024;

export interface RunOptions {
  /** Give back a non-zero exit code instead of throwing. */
  readonly allowFailure?: boolean;
  /** Milliseconds until the command is killed; 10 s. */
  readonly timeoutMs?: number;
  /** For its standard input. */
  readonly input?: string;
}

/** Runs `argv` and collects its output. Throws LabError with what it said on standard error if it fails. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
  const [file, ...args] = argv;
  if (file === undefined) return Promise.reject(new LabError('no command given'));
  const timeout = options.timeoutMs ?? commandTimeoutMs;
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      args,
      { timeout, killSignal: 'SIGKILL', maxBuffer: outputLimitBytes },
      (error, stdout, stderr) => {
        if (error === null) return resolve({ code: 0, stdout, stderr });
        if (error.code === 'ENOENT') return reject(new LabError(`${file}: command not found`));
        if (error.killed) return reject(new LabError(`${argv.join(' ')}: no result within ${timeout} ms`));
        const code = typeof error.code === 'number' ? error.code : 1;
        if (options.allowFailure === true) return resolve({ code, stdout, stderr });
        reject(new LabError(`${argv.join(' ')}: ${stderr.trim() || `exit status ${code}`}`));
      },
    );
    // It may end without reading: its exit status says so.
    child.stdin?.on('error', () => {}).end(options.input);
  });
}

export interface WaitOptions {
  readonly deadlineMs: number;
  /** Completes "... did not happen within N ms: " in the error. */
  readonly what: string;
  readonly signal?: AbortSignal;
  /** Pause between two looks in milliseconds; 50. */
  readonly intervalMs?: number;
}

/** Looks until `look` gives something other than false, null or undefined, and returns it; LabError at the deadline. */
export async function waitFor<T>(
  look: () => T | false | null | undefined | Promise<T | false | null | undefined>,
  options: WaitOptions,
): Promise<T> {
  const end = performance.now() + options.deadlineMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const seen = await look();
    if (seen !== false && seen !== null && seen !== undefined) return seen;
    if (performance.now() >= end) {
      throw new LabError(`${options.what}: did not happen within ${options.deadlineMs} ms`);
    }
    await sleep(options.intervalMs ?? 50, undefined, options.signal ? { signal: options.signal } : {});
  }
}
