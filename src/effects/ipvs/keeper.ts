/** What IPVS has once: timeouts, synchronisation, and the emptying of the whole table. */
import type { ActorEvent, EffectExecutor } from '../../engine/types.ts';
import type { IpvsEffect } from '../../machines/ipvs/ipvs.effects.ts';
import type { Askable, IpvsEvent } from '../../machines/ipvs/ipvs.events.ts';
import { encodeDaemonStart, encodeDaemonStop, encodeTimeouts } from '../../protocol/ipvs/daemon.ts';
import { unknownEffect } from '../heartbeats.ts';
import { COMMAND_NAMES } from './request.ts';
import type { IpvsRequests } from './requests.ts';

const SET_TIMEOUTS = 'IP_VS_SO_SET_TIMEOUT(1162)';
const START_DAEMON = 'IP_VS_SO_SET_STARTDAEMON(1163)';
const STOP_DAEMON = 'IP_VS_SO_SET_STOPDAEMON(1164)';
/** What the kernel says of a daemon that is to end: there is none. */
const NONE_RUNS = 'ESRCH';
/** Or that its end was interrupted; the daemon is gone then all the same. */
const INTERRUPTED = 'EINTR';

export function createIpvsExecutor(
  requests: Pick<IpvsRequests, 'ask' | 'timeouts'>,
  table: { flush(): string | null },
): EffectExecutor {
  /** The error that was told last of each that is not as it shall be. */
  const told = new Map<Askable, string>();

  /** Whether the kernel does it. What is asked for again is told where it comes to something else. */
  const settle = (
    {
      command,
      what,
      isAgain,
    }: { readonly command: string; readonly what: Askable; readonly isAgain: boolean },
    payload: Uint8Array | null,
    tell: (event: IpvsEvent) => void,
  ): boolean => {
    const [error = null] = requests.ask([payload]);
    const before = isAgain ? (told.get(what) ?? null) : null;
    if (error === null) told.delete(what);
    else told.set(what, error);
    if (error !== null && error !== before) tell({ type: 'ipvs.refused', command, error, what });
    if (error === null && isAgain) tell({ type: 'ipvs.accepted', command, what });
    return error === null;
  };

  return {
    perform(actor, effect, cause, post) {
      const asked = effect as IpvsEffect;
      const tell = (event: IpvsEvent): void => post(actor, event as ActorEvent, cause);
      switch (asked.type) {
        case 'flushTable': {
          const error = table.flush();
          if (error !== null) tell({ type: 'ipvs.refused', command: COMMAND_NAMES.flush, error });
          return;
        }
        case 'setTimeouts': {
          const { again: isAgain = false, ...timeouts } = asked.params;
          const before = requests.timeouts();
          const asking = { command: SET_TIMEOUTS, what: 'timeouts', isAgain } as const;
          const isSet = settle(asking, encodeTimeouts(timeouts), tell);
          if (isSet && before !== null) tell({ type: 'timeouts.set', before });
          return;
        }
        case 'startSync': {
          const { role, daemon, again: isAgain = false } = asked.params;
          settle({ command: START_DAEMON, what: role, isAgain }, encodeDaemonStart(role, daemon), tell);
          return;
        }
        case 'stopSync': {
          const { role, quietly } = asked.params;
          const [error = null] = requests.ask([encodeDaemonStop(role)]);
          if (error === null || error === INTERRUPTED || (quietly && error === NONE_RUNS)) return;
          tell({ type: 'ipvs.refused', command: STOP_DAEMON, error });
          return;
        }
        default:
          unknownEffect(asked);
      }
    },
  };
}
