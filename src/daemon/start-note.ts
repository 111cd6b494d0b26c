/** What relived-starter has left for the daemon: a note in the environment, and a process that guards the table. */
import { readFileSync } from 'node:fs';
import { reapProgram } from '../../native/program.ts';
import { parseStartNote, type ToldStart } from '../protocol/start-plan.ts';
import { realClock } from './clock.ts';

const VARIABLE = 'RELIVED_START';
/** The name of the guard, as ps shows it. */
const GUARD = 'relived-starter';
const REAP_MS = 50;
const MOST_REAPS = 40;

/** Takes the note: no program that this one starts is to find it. Null: there is none. */
export function takeStartNote(): ToldStart | null {
  const text = process.env[VARIABLE];
  delete process.env[VARIABLE];
  return text === undefined ? null : parseStartNote(text, realClock.wallUs());
}

/** The daemon answers for the table from now on. The guard is its child unless it has gone to the background. */
export function dismissGuard(pid: number | null): void {
  if (pid === null || !isGuard(pid)) return;
  process.kill(pid, 'SIGUSR1');
  let tries = 0;
  const timer = setInterval(() => {
    tries += 1;
    if (isReaped(pid) || tries >= MOST_REAPS) clearInterval(timer);
  }, REAP_MS);
  timer.unref();
}

/** A number of a process is soon another's. */
function isGuard(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === GUARD;
  } catch {
    return false;
  }
}

function isReaped(pid: number): boolean {
  try {
    return reapProgram(pid) !== null;
  } catch {
    // Another process's child.
    return true;
  }
}
