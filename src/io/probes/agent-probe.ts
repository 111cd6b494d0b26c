/** AGENT_CHECK: asks an agent on a server what it says of it (HAProxy's agent protocol), within one time limit. */
import { Socket } from 'node:net';
import { catchError, concatMap, map, Observable, of, race, take } from 'rxjs';
import { unfollow } from '../../../native/readiness.ts';
import { releaseSocket } from '../../../native/socket.ts';
import type { AgentProbe } from '../../machines/checker/checker.input.ts';
import { agentLineOf, LONGEST_AGENT_LINE_BYTES, parseAgentLine } from '../../protocol/agent-line.ts';
import { tcpConnect } from './tcp-connect.ts';
import { CONNECT_TIMEOUT, patience, type Verdict, verdictOn } from './verdict.ts';

/** Emits one verdict and completes. Unsubscribing ends the connection at once. */
export function agentProbe(plan: AgentProbe): Observable<Verdict> {
  const connected = tcpConnect(plan, plan.origin).pipe(
    map((socket) => {
      unfollow(socket);
      return releaseSocket(socket);
    }),
  );
  return race(connected, patience(plan.timeoutUs, null)).pipe(
    take(1),
    concatMap((fd) => (fd === null ? of(CONNECT_TIMEOUT) : race(listen(plan, fd), silence(plan)))),
    catchError((error: unknown) => of(verdictOn(error))),
    take(1),
  );
}

const failed = (code: string, detail: string): Verdict => ({ outcome: 'failed', code, detail });

const silence = ({ timeoutUs }: AgentProbe): Observable<Verdict> =>
  patience(timeoutUs, failed('L7TOUT', 'no whole line'));

function listen({ send }: AgentProbe, fd: number): Observable<Verdict> {
  return new Observable<Verdict>((subscriber) => {
    const socket = new Socket({ fd, readable: true, writable: true });
    let heard = Buffer.alloc(0);
    const finish = (verdict: Verdict): void => {
      subscriber.next(verdict);
      subscriber.complete();
    };
    socket.on('error', ({ code, message }: NodeJS.ErrnoException) =>
      finish(failed('L7RSP', code ?? message)),
    );
    socket.on('data', (piece) => {
      heard = Buffer.concat([heard, piece]);
      const line = agentLineOf(heard, false);
      if (line !== null) finish(judge(line));
      else if (heard.length > LONGEST_AGENT_LINE_BYTES) finish(failed('L7RSP', 'the line does not end'));
    });
    socket.once('end', () => finish(judge(agentLineOf(heard, true) ?? '')));
    if (send !== '') socket.write(send);
    return () => socket.destroy();
  });
}

function judge(line: string): Verdict {
  const text = line.slice(0, LONGEST_AGENT_LINE_BYTES);
  if (parseAgentLine(text) !== null) return { outcome: 'passed', code: 'L7OK', detail: text };
  return failed('L7RSP', text === '' ? 'nothing was said' : `not understood: ${text}`);
}
