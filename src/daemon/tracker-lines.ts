/** Rows of trackers as log lines that keepalived's users look for. */
import { constants } from 'node:os';
import type { JournalRow } from '../engine/types.ts';
import type { Json } from '../protocol/json.ts';

/** `well` of `{well: 'steady'}` or of `'well'`. */
function stageOf(state: Json): string {
  if (typeof state === 'string') return state;
  return state !== null && typeof state === 'object' ? (Object.keys(state)[0] ?? '') : '';
}

/** Why a script failed, as keepalived has it: numbers. */
function failureOf({ event }: JournalRow): string {
  switch (event.what) {
    case 'script.exited':
      return `failed (exited with status ${String(event.code)})`;
    case 'script.killed': {
      const name = String(event.signal) as NodeJS.Signals;
      return `failed (due to signal ${constants.signals[name] ?? name})`;
    }
    case 'script.timedOut':
      return 'timed_out';
    default:
      return 'failed';
  }
}

function changeLine(kind: string, name: string, row: JournalRow, before: string): string | null {
  const stage = stageOf(row.state);
  if (stage === before || (stage !== 'well' && stage !== 'failed')) return null;
  const isWell = stage === 'well';
  switch (kind) {
    case 'script':
      return row.event.type === 'tracker.started'
        ? null
        : `VRRP_Script(${name}) ${isWell ? 'succeeded' : failureOf(row)}`;
    case 'process':
      // keepalived says nothing of what it finds at the start.
      return before === 'pending' ? null : `Quorum ${isWell ? 'gained' : 'lost'} for tracked process ${name}`;
    case 'interface':
      return before === 'pending' ? null : `Netlink reports ${name} ${isWell ? 'up' : 'down'}`;
    default:
      return null;
  }
}

export class TrackerLines {
  readonly #stages = new Map<string, string>();

  of(row: JournalRow): readonly string[] {
    const [, kind = '', ...rest] = row.actor.split('/');
    const name = rest.join('/');
    const { event } = row;
    const before = this.#stages.get(row.actor) ?? '';
    this.#stages.set(row.actor, stageOf(row.state));
    if (row.kind === 'crash')
      return [`(${name}) internal error: ${String(row.delta.error)}; it is not followed any more`];
    if (row.kind === 'start') return [];
    const lines: string[] = [];
    // keepalived tells of each exit code that differs from the one before, which at first is 0.
    if (row.delta.lastCode !== undefined) {
      lines.push(`Script \`${name}\` now returning ${String(row.delta.lastCode)}`);
    }
    if (event.what === 'script.notStarted')
      lines.push(`Error exec-ing script '${name}': ${String(event.error)}`);
    const change = changeLine(kind, name, row, before);
    if (change !== null) lines.push(change);
    if (event.type === 'script.overran') {
      lines.push(`Track script ${name} is already running, expect idle - skipping run`);
    }
    if (event.type === 'file.invalid') {
      lines.push(`Invalid number ${String(event.text).trim()} read from track file ${name} - ignoring`);
    }
    if (event.type === 'source.troubled') lines.push(`(${name}) ${String(event.error)}`);
    if (event.type === 'timer.expired') lines.push(`Delay timer for ${name} expired`);
    return lines;
  }
}
