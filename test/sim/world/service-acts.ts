/** What befalls virtual servers. */
import type { ServiceAct } from '../story/service-model.ts';
import { serverPort, serviceAddress } from '../story/service-text.ts';
import type { Host } from './host.ts';

export type OfOneRouter = Exclude<ServiceAct, { readonly type: 'server' }>;

/** Gives what ends it; null if it is over at once. */
export function befallServices(act: OfOneRouter, host: Host): (() => void) | null {
  const { table } = host.premises;
  switch (act.type) {
    case 'tableRefuses':
      table.refuse(1);
      return () => table.refuse(-1);
    case 'tableChanged': {
      const service = host.config.services?.find(({ number }) => number === act.service);
      if (service === undefined) return null;
      const address = serviceAddress(service, host.config.instances);
      table.meddle(act.does, `[${address}]:tcp:${serverPort}`, act.server);
      return null;
    }
    case 'order':
      host.life?.order(act.service, act.server, act.word);
      return null;
  }
}
