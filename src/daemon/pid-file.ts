/** Pid files, where other programs look for the process. */
import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { StartError } from './preflight.ts';

const EXIT_FATAL = 1;

function runningPid(path: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
    if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return null;
    process.kill(pid, 0);
    // The number may have been given to another program since.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('daemon/main.ts') ? pid : null;
  } catch {
    return null;
  }
}

/** @throws StartError if a running relived is named there, or the file cannot be written */
export function writePidFile(path: string): void {
  const running = runningPid(path);
  if (running !== null)
    throw new StartError(`daemon is already running (pid ${running} in ${path})`, EXIT_FATAL);
  try {
    writeFileSync(path, `${process.pid}\n`, { mode: 0o644 });
  } catch (error) {
    throw new StartError(`cannot write pid file ${path}: ${(error as Error).message}`, EXIT_FATAL);
  }
}

export function removePidFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Whoever removed it wanted it gone.
  }
}
