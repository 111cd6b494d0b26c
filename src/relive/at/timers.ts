/** Timers that ran at an instant, and what was left of each. */
import type { Effect } from '../../engine/types.ts';
import type { ActorState } from '../../journal/model.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { VrrpContext } from '../../machines/vrrp/vrrp.context.ts';
import { listeningWatch, skewingWatch } from '../../machines/vrrp/vrrp.watches.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import { changesBefore } from '../why/focus.ts';
import { regions } from '../words.ts';
import type { Advert } from './adverts.ts';

export interface RunningTimer {
  readonly name: string;
  /** Microseconds; null: the journal does not tell when it was armed. */
  readonly leftUs: number | null;
  /** How long it runs in all, where the instance knows. */
  readonly allUs?: number;
}

/** By kind of machine: the states in which a timer runs. */
export const TIMED_STATES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  vrrp: {
    'startup.holding': 'startupHold',
    'startup.resuming': 'lease',
    'device.missing': 'deviceRetry',
    'preemption.delaying': 'preemptDelay',
    'ownership.disputed': 'ownerPatience',
    'ownership.judging': 'ownerVerdict',
    'addresses.untidy': 'tidyRetry',
    'addresses.incomplete': 'addRetry',
    'addresses.stuck': 'removeRetry',
    'garp.announced': 'garpDelay',
    'contest.contested': 'contestDelay',
  },
  bfd: { adminDown: 'reopen' },
  watchdog: { pausing: 'pause' },
  ipvs: { 'running.requests.refused': 'again' },
  tracker: { 'well.losing': 'lossDelay', 'failed.gaining': 'gainDelay' },
};

/** Changes of an actor in which the arming of a timer that runs is looked for. */
const WALK = 1000;

/** Master_Down_Timer or skew, the next advert, and the timers of its statechart. */
export function timersOf(
  reader: JournalReader,
  state: ActorState,
  adverts: readonly Advert[],
  wallUs: number,
): RunningTimer[] {
  return [...heartbeats(reader, state, adverts, wallUs), ...chartTimers(reader, state, wallUs)];
}

function chartTimers(reader: JournalReader, state: ActorState, wallUs: number): RunningTimer[] {
  const kind = state.machine?.split('@')[0] ?? '';
  return delaysIn(kind, state.state).map((delay) => {
    const name = `${kind}.${delay}`;
    return { name, leftUs: leftOf(reader, state, name, wallUs) };
  });
}

/** Names of the delays that run in a state of a kind of machine. */
export function delaysIn(kind: string, state: Json): string[] {
  const timed = TIMED_STATES[kind];
  return timed === undefined ? [] : paths(state).flatMap((path) => timed[path] ?? []);
}

/** Every state that a machine is in, with those around it. */
function paths(state: Json): string[] {
  if (typeof state === 'string') return [state];
  return Object.entries((state ?? {}) as JsonObject).flatMap(([name, inner]) => [
    name,
    ...paths(inner).map((path) => `${name}.${path}`),
  ]);
}

function leftOf(reader: JournalReader, state: ActorState, timer: string, wallUs: number): number | null {
  const isArmed = ({ type, params }: Effect): boolean => type === 'armTimer' && params.timer === timer;
  const armed = effectBefore(reader, state, isArmed);
  return armed === null ? null : Math.max(0, armed.wallUs + Number(armed.effect.params.delayUs) - wallUs);
}

/** The newest effect of that kind that an actor asked for in this life; null: none, or too long ago. */
function effectBefore(
  reader: JournalReader,
  { actor, seq }: ActorState,
  isIt: (effect: Effect) => boolean,
): { readonly effect: Effect; readonly wallUs: number } | null {
  let walked = 0;
  for (const { row } of changesBefore({ name: '', reader }, actor, seq)) {
    const effect = row.effects.findLast(isIt);
    if (effect !== undefined) return { effect, wallUs: row.wallUs };
    walked += 1;
    if (walked >= WALK || row.kind === 'start') return null;
  }
  return null;
}

/** What the heartbeat service waits for: it follows from what the instance knows. */
function heartbeats(
  reader: JournalReader,
  actorState: ActorState,
  adverts: readonly Advert[],
  wallUs: number,
): RunningTimer[] {
  const { machine, state, context } = actorState;
  if (machine?.startsWith('vrrp@') !== true) return [];
  const protocol = regions(state).get('protocol') ?? '';
  if (protocol === 'master') return nextAdvert(adverts, wallUs);
  const isSkew = protocol === 'backup.skewing';
  if (!isSkew && protocol !== 'backup.listening') return [];
  const allowedUs = allowed(context as unknown as VrrpContext, isSkew);
  const awaited = (context.master as { source?: unknown } | null | undefined)?.source;
  const heard = adverts.find(({ direction, source }) => direction === 'received' && source === awaited);
  // Without an advert since then it runs from where the watch was set.
  const sinceUs =
    heard === undefined || isSkew
      ? effectBefore(reader, actorState, ({ type }) => type === 'watchMaster')?.wallUs
      : heard.wallUs;
  const leftUs =
    allowedUs === null || sinceUs === undefined ? null : Math.max(0, sinceUs + allowedUs - wallUs);
  const all = allowedUs === null ? {} : { allUs: allowedUs };
  return [{ name: isSkew ? 'skew' : 'master down', leftUs, ...all }];
}

/** Null: the context is of another version. */
function allowed(context: VrrpContext, isSkew: boolean): number | null {
  if (typeof context.input !== 'object' || context.input === null) return null;
  const { allowedUs } = isSkew ? skewingWatch(context) : listeningWatch(context);
  return Number.isFinite(allowedUs) ? allowedUs : null;
}

function nextAdvert(adverts: readonly Advert[], wallUs: number): RunningTimer[] {
  const sent = adverts.find(({ direction }) => direction === 'sent');
  if (sent === undefined || sent.everyUs === null) return [{ name: 'next advert', leftUs: null }];
  return [{ name: 'next advert', leftUs: Math.max(0, sent.wallUs + sent.everyUs - wallUs) }];
}
