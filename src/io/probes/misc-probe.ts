/** MISC_CHECK as a stream of one; whoever runs programs does the rest. */
import { Observable } from 'rxjs';
import type { MiscProbe } from '../../machines/checker/checker.input.ts';
import type { Verdict } from './verdict.ts';

/** `done` is called once, at any time. Gives how to give it up. */
export type RunMisc = (plan: MiscProbe, done: (verdict: Verdict) => void) => () => void;

/** Emits one verdict and completes. Unsubscribing gives the probe up. */
export function miscProbe(run: RunMisc): (plan: MiscProbe) => Observable<Verdict> {
  return (plan) =>
    new Observable<Verdict>((subscriber) =>
      run(plan, (verdict) => {
        subscriber.next(verdict);
        subscriber.complete();
      }),
    );
}
