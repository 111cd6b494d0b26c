/** The history tool as a person runs it: its own process, its exit status, its standard output. */
import { projectCommand } from '../../src/lab/routers.ts';
import { type CommandResult, run } from '../../src/lab/run.ts';

export function relive(...args: readonly string[]): Promise<CommandResult> {
  return run([projectCommand('relive'), ...args], { allowFailure: true, timeoutMs: 30_000 });
}

/** `-j DIR` for each journal. */
export function journals(...directories: readonly string[]): string[] {
  return directories.flatMap((directory) => ['-j', directory]);
}
