/** Processes told apart by id and start time, so that a reused id is never taken for the old process. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks since boot. */
  readonly startTicks: number;
}

interface ProcessStat {
  readonly state: string;
  readonly parentPid: number;
  readonly startTicks: number;
}

function readStat(pid: number): ProcessStat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  // The command name stands in parentheses and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parentPid] = fields;
  const startTicks = fields[19];
  if (state === undefined || parentPid === undefined || startTicks === undefined) return null;
  return { state, parentPid: Number(parentPid), startTicks: Number(startTicks) };
}

/** Identity of a running process; null if there is none (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | null {
  const stat = readStat(pid);
  if (stat === null || stat.state === 'Z' || stat.state === 'X') return null;
  return { pid, startTicks: stat.startTicks };
}

/** Identity of a child of this process that has not been waited for, whether it still runs or not. */
export function identifyChild(pid: number): ProcessIdentity | null {
  const stat = readStat(pid);
  return stat === null ? null : { pid, startTicks: stat.startTicks };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTicks === identity.startTicks;
}

/** The process and everything it has started that is still its descendant, parents before children. */
export function withDescendants(identity: ProcessIdentity): ProcessIdentity[] {
  if (!isRunning(identity)) return [];
  const childrenOf = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^[0-9]+$/.test(name)) continue;
    const parent = readStat(Number(name))?.parentPid;
    if (parent === undefined) continue;
    const siblings = childrenOf.get(parent);
    if (siblings) siblings.push(Number(name));
    else childrenOf.set(parent, [Number(name)]);
  }
  const family = [identity];
  for (const member of family) {
    for (const pid of childrenOf.get(member.pid) ?? []) {
      const child = identify(pid);
      if (child) family.push(child);
    }
  }
  return family;
}

export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals | number): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Resolves to true as soon as none of them runs, to false after `deadlineMs`. */
export async function allGone(processes: readonly ProcessIdentity[], deadlineMs: number): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  while (processes.some(isRunning)) {
    if (performance.now() >= end) return false;
    await sleep(10);
  }
  return true;
}

const killDeadlineMs = 2_000;

/** SIGTERM, then SIGKILL to those still there after `graceMs`. Resolves to those that survive even that (none, in practice). */
export async function terminate(
  processes: readonly ProcessIdentity[],
  graceMs: number,
): Promise<ProcessIdentity[]> {
  for (const each of processes) signalProcess(each, 'SIGTERM');
  if (await allGone(processes, graceMs)) return [];
  for (const each of processes) signalProcess(each, 'SIGKILL');
  await allGone(processes, killDeadlineMs);
  return processes.filter(isRunning);
}

/**
 * A crash of the whole family at once. The first is stopped before the others die, so that a watchdog
 * cannot notice and restart them.
 */
export async function crash(identity: ProcessIdentity): Promise<boolean> {
  signalProcess(identity, 'SIGSTOP');
  const family = withDescendants(identity);
  for (const each of family.toReversed()) signalProcess(each, 'SIGKILL');
  return allGone(family, killDeadlineMs);
}
