/** What IPVS has once: timeouts, synchronisation, and the emptying of the whole table. */
import type { EffectExecutor } from '../../engine/types.ts';
import type { IpvsEffect } from '../../machines/ipvs/ipvs.effects.ts';
import { encodeDaemonStart, encodeDaemonStop, encodeTimeouts } from '../../protocol/ipvs/daemon.ts';
import { unknownEffect } from '../heartbeats.ts';
import { COMMAND_NAMES, type IpvsRequests } from './requests.ts';

const SET_TIMEOUTS = 'IP_VS_SO_SET_TIMEOUT(1162)';
const START_DAEMON = 'IP_VS_SO_SET_STARTDAEMON(1163)';
const STOP_DAEMON = 'IP_VS_SO_SET_STOPDAEMON(1164)';

export function createIpvsExecutor(
  requests: Pick<IpvsRequests, 'ask' | 'timeouts'>,
  table: { flush(): string | null },
): EffectExecutor {
  return {
    perform(actor, effect, cause, post) {
      const asked = effect as IpvsEffect;
      const ask = (command: string, payload: Uint8Array | null, harmless = ''): void => {
        const [error = null] = requests.ask([payload]);
        if (error === null || error === harmless) return;
        post(actor, { type: 'ipvs.refused', command, error }, cause);
      };
      switch (asked.type) {
        case 'flushTable': {
          const error = table.flush();
          if (error !== null)
            post(actor, { type: 'ipvs.refused', command: COMMAND_NAMES.flush, error }, cause);
          return;
        }
        case 'setTimeouts': {
          const before = requests.timeouts();
          ask(SET_TIMEOUTS, encodeTimeouts(asked.params));
          if (before !== null) post(actor, { type: 'timeouts.set', before }, cause);
          return;
        }
        case 'startSync':
          ask(START_DAEMON, encodeDaemonStart(asked.params.role, asked.params.daemon));
          return;
        case 'stopSync':
          ask(STOP_DAEMON, encodeDaemonStop(asked.params.role), asked.params.quietly ? 'ESRCH' : '');
          return;
        default:
          unknownEffect(asked);
      }
    },
  };
}
