/** The record of the lab that runs on this machine: current.json, through which other processes find it. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lan } from './namespaces.ts';
import { identify, isRunning, type ProcessIdentity } from './process.ts';
import { LabError } from './run.ts';

export interface LabRecord {
  readonly id: string;
  /** The process that runs the lab, and its start in clock ticks since boot. */
  readonly pid: number;
  readonly startTicks: number;
  /** Configurations, logs, pid files, sockets and journals; mode 0700. */
  readonly directory: string;
  readonly hosts: readonly string[];
  readonly subnet: string;
  readonly virtualAddress: string;
  readonly namespaces: readonly string[];
  /** Each router's journal directory. */
  readonly journals: readonly string[];
  /** Each router's control socket. */
  readonly control: Readonly<Record<string, string>>;
  /** Each router's command line inside its namespace. */
  readonly routers: Readonly<Record<string, readonly string[]>>;
  /** Address of the visualizer's page; null while there is none. */
  readonly page: string | null;
  /** False until an address is held. */
  readonly ready: boolean;
}

/** Where labs keep their state: $RELIVED_LAB_DIR, else /run/relived-lab. */
export function labBaseDirectory(): string {
  return process.env.RELIVED_LAB_DIR || '/run/relived-lab';
}

export function recordPath(base: string): string {
  return join(base, 'current.json');
}

/** The recorded lab, running or not; null if none is recorded. Throws LabError if the record is unreadable. */
export function readRecord(base: string = labBaseDirectory()): LabRecord | null {
  const path = recordPath(base);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new LabError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // Reported below like any other damage.
  }
  throw new LabError(`${path} is damaged: remove it`);
}

function isRecord(value: unknown): value is LabRecord {
  if (typeof value !== 'object' || value === null) return false;
  const fields: Partial<Record<keyof LabRecord, unknown>> = value;
  return (
    typeof fields.id === 'string' &&
    typeof fields.pid === 'number' &&
    typeof fields.startTicks === 'number' &&
    typeof fields.directory === 'string' &&
    typeof fields.subnet === 'string' &&
    typeof fields.virtualAddress === 'string' &&
    [fields.hosts, fields.namespaces, fields.journals].every(Array.isArray) &&
    [fields.control, fields.routers].every((field) => typeof field === 'object' && field !== null)
  );
}

/** The lab that runs now. Throws LabError if none does. */
export function currentLab(base: string = labBaseDirectory()): LabRecord {
  const record = readRecord(base);
  if (record === null || !isRunning(owner(record)))
    throw new LabError('no lab runs here: start one with npm start');
  return record;
}

export function owner(record: LabRecord): ProcessIdentity {
  return { pid: record.pid, startTicks: record.startTicks };
}

export function openLan(record: LabRecord): Lan {
  return Lan.open({ id: record.id, hosts: record.hosts, subnet: record.subnet });
}

/** Records a lab that is about to be built, as this process's. Throws LabError if another is recorded. */
export function claimRecord(base: string, plan: Omit<LabRecord, 'pid' | 'startTicks'>): LabRecord {
  const self = identify(process.pid);
  if (self === null) throw new LabError('cannot read /proc');
  const record: LabRecord = { ...plan, ...self };
  mkdirSync(base, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(recordPath(base), render(record), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new LabError('another lab has just been started here');
    }
    throw error;
  }
  return record;
}

/** Replaces the record as a whole: a reader sees the old one or the new one. */
export function writeRecord(base: string, record: LabRecord): void {
  const path = recordPath(base);
  writeFileSync(`${path}.new`, render(record), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function removeRecord(base: string): void {
  rmSync(recordPath(base), { force: true });
}

function render(record: LabRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}
