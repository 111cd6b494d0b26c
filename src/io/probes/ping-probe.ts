/** PING_CHECK: whether an echo request is answered. */
import { Observable, race, take } from 'rxjs';
import type { PingProbe } from '../../machines/checker/checker.input.ts';
import { EchoFailure, EchoSockets } from './echo-sockets.ts';
import { codeOfRefusal, patience, type Verdict } from './verdict.ts';

const ANSWERED: Verdict = { outcome: 'passed', code: 'L4OK', detail: '' };
const SILENCE: Verdict = { outcome: 'failed', code: 'L4TOUT', detail: 'no echo reply' };

/** Emits one verdict and completes. Unsubscribing gives the probe up. */
export function pingProbe(sockets = new EchoSockets()): (plan: PingProbe) => Observable<Verdict> {
  return ({ address, origin, timeoutUs }) => {
    const answered = new Observable<Verdict>((subscriber) => {
      try {
        return sockets.send(address, origin, () => subscriber.next(ANSWERED));
      } catch (error) {
        if (!(error instanceof EchoFailure)) throw error;
        subscriber.next(verdictOn(error));
        return undefined;
      }
    });
    return race(answered, patience(timeoutUs, SILENCE)).pipe(take(1));
  };
}

/** keepalived: a socket that cannot be had says nothing of the server, a request that cannot be sent does. */
function verdictOn({ stage, code }: EchoFailure): Verdict {
  if (stage === 'socket') return { outcome: 'unable', code: 'SOCKERR', detail: code };
  return { outcome: 'failed', code: codeOfRefusal(code), detail: `send ${code}` };
}
