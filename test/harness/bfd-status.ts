/** BFD sessions of a running daemon, asked for over its control socket. */
import { waitFor } from '../../src/lab/run.ts';
import { askDaemon } from './ask-daemon.ts';

export interface SessionStatus {
  readonly name: string;
  readonly state: string;
  readonly diagnostic: string;
  readonly discriminator: number;
  readonly transmitIntervalUs: number | null;
  readonly detectUs: number | null;
  readonly remote: { readonly state: string; readonly discriminator: number } | null;
  readonly error: string | null;
  readonly counters: {
    readonly received: number;
    readonly sent: number;
    readonly errors: Readonly<Record<string, number>>;
  } | null;
}

export interface BfdStatusAnswer {
  readonly sessions: readonly SessionStatus[];
  readonly bfdStrays: Readonly<Record<string, number>>;
}

const DEADLINE_MS = 20_000;

export async function bfdStatus(control: string): Promise<BfdStatusAnswer> {
  return (await askDaemon(control, 'status')) as BfdStatusAnswer;
}

export async function sessionsOf(control: string): Promise<readonly SessionStatus[]> {
  return (await bfdStatus(control)).sessions;
}

/** Null while the daemon does not answer yet. */
export async function sessionOf(control: string, name: string): Promise<SessionStatus | null> {
  const sessions = await sessionsOf(control).catch(() => null);
  return sessions?.find((session) => session.name === name) ?? null;
}

export async function waitForSession(
  control: string,
  name: string,
  condition: (session: SessionStatus) => boolean,
): Promise<SessionStatus> {
  let last: SessionStatus | null = null;
  const look = async () => {
    last = await sessionOf(control, name);
    return last !== null && condition(last) ? last : null;
  };
  return waitFor(look, { deadlineMs: DEADLINE_MS, intervalMs: 20, what: `session ${name}` }).catch(
    (error: Error) => {
      throw new Error(`${error.message}\n${JSON.stringify(last, null, 2)}`);
    },
  );
}
