/** One place for the defaults of a test real server. Used by tests only. */
import type { RealServerInput } from './real-server.input.ts';

export const CHECKER = 'checker/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80/1';
export const OTHER_CHECKER = 'checker/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80/2';

export function realServerInput(changes: Partial<RealServerInput> = {}): RealServerInput {
  return {
    actor: 'real/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80',
    name: '[10.0.0.2]:tcp:80',
    virtualServer: 'virtual/[10.0.0.1]:tcp:80',
    virtualServerName: '[10.0.0.1]:tcp:80',
    checkers: [
      { actor: CHECKER, alpha: false },
      { actor: OTHER_CHECKER, alpha: false },
    ],
    weight: 1,
    inhibit: false,
    mails: 'nothing',
    notifiesStart: false,
    notifiesStop: false,
    ...changes,
  };
}
