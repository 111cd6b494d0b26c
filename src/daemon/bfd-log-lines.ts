/** Rows of BFD sessions as the log lines of keepalived 2.4.3. */
import type { JournalRow } from '../engine/types.ts';
import { BFD_DIAGNOSTICS } from '../protocol/bfd.ts';
import type { Json, JsonObject } from '../protocol/json.ts';

interface Known {
  readonly state: Json;
  readonly remoteDiagnostic: number;
  readonly detectUs: number;
}

const FIRST: Known = { state: 'down', remoteDiagnostic: 0, detectUs: 0 };

/** Remembers each session's state to tell a change from a repetition. */
export class BfdLogLines {
  readonly #known = new Map<string, Known>();

  /** Lines for one row of a session, none for most. */
  of(row: JournalRow): readonly string[] {
    const name = `(${row.actor.replace(/^bfd\//, '')})`;
    if (row.kind === 'crash')
      return [`${name} internal error: ${String(row.delta.error)}; the session has ended`];
    const before = this.#known.get(row.actor) ?? FIRST;
    const { event } = row;
    const remoteDiagnostic =
      event.type === 'control.received' ? Number(event.diagnostic) : before.remoteDiagnostic;
    const detectUs = detectTimeIn(row) ?? before.detectUs;
    this.#known.set(row.actor, { state: row.state, remoteDiagnostic, detectUs });
    const lines: string[] = [];
    if (event.type === 'neighbor.silent' && before.state === 'up') {
      const silentMs = Math.floor(Number(event.silentUs) / 1000);
      lines.push(`${name} Expired after ${silentMs} ms (${Number(event.lateUs)} usec overdue)`);
    }
    if (detectUs !== before.detectUs)
      lines.push(`${' '.repeat(name.length)} Detection time is ${detectUs} us (was ${before.detectUs} us)`);
    if (event.type === 'socket.failed')
      lines.push(`${name} Unable to open output socket, disabling instance: ${String(event.error)}`);
    if (event.type === 'control.sendFailed')
      lines.push(`${name} Error sending packet: ${String(event.error)}`);
    if (row.state !== before.state) {
      const diagnostics = { local: diagnosticIn(row), remote: remoteDiagnostic };
      const line = entering(row.state, before.state, diagnostics);
      if (line !== null) lines.push(`${name} ${line}`);
    }
    return lines;
  }
}

function entering(
  state: Json,
  before: Json,
  { local, remote }: { readonly local: number; readonly remote: number },
): string | null {
  if (state === 'up') return 'Entering Up state';
  if (state === 'adminDown') return 'Entering AdminDown state';
  if (state !== 'down' || before !== 'up') return null;
  const text = (code: number): string => BFD_DIAGNOSTICS[code] ?? 'Unknown';
  return `Entering Down state (Local diagnostic - ${text(local)}, Remote diagnostic - ${text(remote)})`;
}

/** Detection Time that the row asks for; null if it asks for none. */
function detectTimeIn(row: JournalRow): number | null {
  const asked = row.effects.find(({ type }) => type === 'awaitControl')?.params.detectUs;
  return typeof asked === 'number' ? asked : null;
}

function diagnosticIn(row: JournalRow): number {
  const packet = row.effects.find(({ type }) => type === 'transmitControl')?.params.packet as
    | JsonObject
    | undefined;
  return Number(packet?.diagnostic ?? 0);
}
