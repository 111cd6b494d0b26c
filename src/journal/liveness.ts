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

/** Start of a process in microseconds since boot; null if there is none, or only its corpse. */
function processStartUs(pid: number): number | null {
  const stat = read(`/proc/${pid}/stat`);
  // The name in parentheses may contain anything.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state] = fields;
  const ticks = Number(fields[19]);
  return state === undefined || state === 'Z' || state === 'X' || !Number.isFinite(ticks)
    ? null
    : ticks * TICK_US;
}

/** Time since boot, suspended time included, as process starts are counted; 10 ms steps. */
function uptimeUs(): number {
  return Number(read('/proc/uptime')?.split(' ')[0] ?? 0) * 1_000_000;
}

/** `unknown` for a journal that was copied from another machine, or written before this machine's last start. */
export function writerState(epoch: Epoch): 'running' | 'ended' | 'unknown' {
  if (epoch.endedCleanly || epoch.isSealed) return 'ended';
  if (read('/proc/sys/kernel/random/boot_id')?.trim() !== epoch.bootId) return 'unknown';
  const startUs = processStartUs(epoch.pid);
  if (startUs === null) return 'ended';
  // A process that began after the journal did merely got the same id.
  const suspendedUs = uptimeUs() - Number(process.hrtime.bigint() / 1000n);
  return startUs - suspendedUs <= epoch.startMonoUs ? 'running' : 'ended';
}
