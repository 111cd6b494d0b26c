/** What the keeper of IPVS knows, and what becomes of it by a fact. */
import type { IpvsTimeouts } from '../../protocol/ipvs/daemon.ts';
import type { Askable, IpvsEvent } from './ipvs.events.ts';
import type { IpvsInput } from './ipvs.input.ts';

export type IpvsContext = {
  readonly input: IpvsInput;
  /** What the timeouts were before they were set; null: they have not been. */
  readonly original: IpvsTimeouts | null;
  /** Whether the instance that decides about the synchronisation is master. */
  readonly isMaster: boolean;
  /** What the kernel refused of that which shall hold now. */
  readonly refused: readonly Askable[];
  /** How often that was asked for again, as far as the next pause depends on it. */
  readonly tries: number;
};

export function initialContext(input: IpvsInput): IpvsContext {
  return { input, original: null, isMaster: false, refused: [], tries: 0 };
}

/** What the kernel says to a daemon that runs. */
const RUNS_ALREADY = 'EEXIST';

/** The context after a fact, the same object if nothing changes. */
export function after(context: IpvsContext, event: IpvsEvent): IpvsContext {
  switch (event.type) {
    case 'ipvs.started':
      return { ...context, isMaster: event.isMaster };
    case 'instance.changed': {
      const next = { ...context, isMaster: event.isMaster };
      return { ...next, refused: context.refused.filter((what) => isWanted(next, what)) };
    }
    case 'timeouts.set':
      return { ...context, original: originalAfter(context, event.before) };
    case 'ipvs.reconfigured': {
      // Timeouts are asked for anew.
      const daemons = context.refused.filter((what) => what !== 'timeouts');
      const refused = isSameSync(context.input, event.input) ? daemons : [];
      return { ...context, input: event.input, refused };
    }
    case 'ipvs.refused':
      return event.what === undefined ? context : withRefusal(context, event.what, event.error);
    case 'ipvs.accepted':
      return without(context, event.what);
    default:
      return context;
  }
}

/** Whether it shall hold now: a refusal may come when it shall no longer. */
export function isWanted({ input, isMaster }: IpvsContext, what: Askable): boolean {
  if (what === 'timeouts') return input.timeouts !== null;
  if (input.sync === null) return false;
  return input.sync.instance === null || isMaster === (what === 'master');
}

export function isSameSync(one: IpvsInput, other: IpvsInput): boolean {
  return JSON.stringify(one.sync) === JSON.stringify(other.sync);
}

function withRefusal(context: IpvsContext, what: Askable, error: string): IpvsContext {
  if (error === RUNS_ALREADY) return without(context, what);
  const { refused, tries } = context;
  if (refused.includes(what) || !isWanted(context, what)) return context;
  return { ...context, refused: [...refused, what], tries: refused.length === 0 ? 0 : tries };
}

function without(context: IpvsContext, what: Askable): IpvsContext {
  if (!context.refused.includes(what)) return context;
  return { ...context, refused: context.refused.filter((one) => one !== what) };
}

/** Nothing is to be restored once nothing is set. */
function originalAfter({ input, original }: IpvsContext, before: IpvsTimeouts): IpvsTimeouts | null {
  return input.timeouts === null ? null : (original ?? before);
}
