/** Does the process that writes a journal still run? Asked only where the history alone cannot tell. */
import { readFileSync } from 'node:fs';
import type { Epoch } from './model.ts';

/** Clock ticks in /proc/PID/stat are 10 ms on every Linux that Node runs on. */
const TICK_US = 10_000;

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

interface ProcessState {
  /** Microseconds since boot. */
  readonly startUs: number;
  /** Stopped by a signal or a debugger. */
  readonly isPaused: boolean;
}

/** Null if there is no such process, or only its corpse. */
function processState(pid: number): ProcessState | null {
  const stat = read(`/proc/${pid}/stat`);
  // The name in parentheses may contain anything.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state] = fields;
  const ticks = Number(fields[19]);
  if (state === undefined || state === 'Z' || state === 'X' || !Number.isFinite(ticks)) return null;
  return { startUs: ticks * TICK_US, isPaused: state === 'T' || state === 't' };
}

/** Time since boot, suspended time included, as process starts are counted; 10 ms steps. */
function uptimeUs(): number {
  return Number(read('/proc/uptime')?.split(' ')[0] ?? 0) * 1_000_000;
}

/** `unknown` for a journal that was copied from another machine, or written before this machine's last start. */
export function writerState(
  epoch: Pick<Epoch, 'bootId' | 'pid' | 'startMonoUs' | 'endedCleanly' | 'isSealed'>,
): 'running' | 'paused' | 'ended' | 'unknown' {
  if (epoch.endedCleanly || epoch.isSealed) return 'ended';
  if (read('/proc/sys/kernel/random/boot_id')?.trim() !== epoch.bootId) return 'unknown';
  const found = processState(epoch.pid);
  if (found === null) return 'ended';
  // A process that began after the journal did merely got the same id.
  const suspendedUs = uptimeUs() - Number(process.hrtime.bigint() / 1000n);
  if (found.startUs - suspendedUs > epoch.startMonoUs) return 'ended';
  return found.isPaused ? 'paused' : 'running';
}
