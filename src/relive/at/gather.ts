/** The whole state of a node at an instant, gathered from its journal. */
import { writerState } from '../../journal/liveness.ts';
import type { ActorState, Epoch } from '../../journal/model.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import { type Route, routeText } from '../../protocol/rtnetlink/route.ts';
import { type Rule, ruleText } from '../../protocol/rtnetlink/rule.ts';
import { regions } from '../words.ts';
import { type Advert, advertsAt } from './adverts.ts';
import { type RunningTimer, timersOf } from './timers.ts';

export interface ActorAt extends ActorState {
  /** Newest first; one of each router that was heard lately, and the last one that it sent. */
  readonly adverts: readonly Advert[];
  /** The newest that it heard. */
  readonly lastAdvert: Advert | null;
  /** Addresses, and routes and rules, that the kernel held for it by its own account. */
  readonly held: readonly string[];
  readonly heldRoutes: readonly string[];
  readonly timers: readonly RunningTimer[];
  /** What it had asked for and not heard the end of, as its states say. */
  readonly pending: readonly string[];
}

export interface NodeAt {
  readonly node: string;
  readonly wallUs: number;
  /** Newest row at that instant; 0: the history begins later. */
  readonly seq: number;
  readonly epoch: Epoch | null;
  /** The process had ended before; how is known from its last row. */
  readonly processEnded: 'stopped' | 'without a stop' | null;
  readonly actors: readonly ActorAt[];
}

/** States of the region `addresses`, and of static objects, in which the kernel holds them, perhaps not all. */
const HOLDING = [
  'held',
  'incomplete',
  'completing',
  'untidy',
  'exchanging',
  'extending',
  'shedding',
  'renewing',
  'reinstating',
];

/** By region, states that wait for an answer from outside; a plain state has the region ''. */
const WAITING: Readonly<Record<string, readonly string[]>> = {
  addresses: [
    'unknown',
    'adding',
    'completing',
    'exchanging',
    'extending',
    'shedding',
    'renewing',
    'removing',
    'stuck',
  ],
  device: ['planned', 'creating', 'leaving', 'removing'],
  table: ['applying', 'mending', 'withdrawing'],
  notices: ['masterNext', 'backupNext', 'faultNext', 'endNext'],
};
const WAITING_STATIC = ['clearing', 'adding', 'reinstating', 'replacing', 'removing'];

/** @param actor only this one; null: all */
export function nodeAt(
  reader: JournalReader,
  node: string,
  seq: number,
  wallUs: number,
  actor: string | null,
): NodeAt {
  if (seq === 0) return { node, wallUs, seq, epoch: null, processEnded: null, actors: [] };
  const { epoch = null, isNewest = true } = reader.epochOf(seq) ?? {};
  const isOver = epoch !== null && seq >= epoch.lastSeq && wallUs > epoch.lastWallUs;
  const isGone = epoch !== null && (!isNewest || writerState(epoch) === 'ended');
  const processEnded = !isOver || !isGone ? null : epoch.endedCleanly ? 'stopped' : 'without a stop';
  const states = processEnded === 'stopped' ? [] : statesOf(reader, actor, seq);
  const heard = advertsAt(reader, actor, seq, wallUs);
  const actors = states.map((state) => actorAt(reader, state, heard.get(state.actor) ?? [], wallUs));
  return { node, wallUs, seq, epoch, processEnded, actors };
}

function statesOf(reader: JournalReader, actor: string | null, seq: number): readonly ActorState[] {
  if (actor === null) return reader.statesAt(seq);
  const state = reader.stateAt(actor, seq);
  return state === null ? [] : [state];
}

function actorAt(
  reader: JournalReader,
  state: ActorState,
  adverts: readonly Advert[],
  wallUs: number,
): ActorAt {
  return {
    ...state,
    adverts,
    lastAdvert: adverts.find(({ direction }) => direction === 'received') ?? null,
    ...heldBy(state),
    timers: timersOf(reader, state, adverts, wallUs),
    pending: pendingOf(state),
  };
}

function pendingOf({ state, machine }: ActorState): string[] {
  return [...regions(state)].flatMap(([region, path]) => {
    const waiting =
      region === '' && machine?.startsWith('static@') ? WAITING_STATIC : (WAITING[region] ?? []);
    return waiting.includes(path) ? [region === '' ? path : `${region} ${path}`] : [];
  });
}

const objects = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? (value as readonly JsonObject[]) : [];

function heldBy({ state, machine, context }: ActorState): Pick<ActorAt, 'held' | 'heldRoutes'> {
  const isStatic = machine?.startsWith('static@') === true;
  const found = regions(state);
  if (!HOLDING.includes(found.get('addresses') ?? (isStatic ? (found.get('') ?? '') : '')))
    return { held: [], heldRoutes: [] };
  const input = context.input as JsonObject | undefined;
  const from = (isStatic ? input?.objects : input) as JsonObject | undefined;
  const addresses = [...objects(from?.addresses), ...objects(from?.excludedAddresses)];
  const routes = objects(from?.routes).map((route) => `route ${routeText(route as unknown as Route)}`);
  const rules = objects(from?.rules).map((rule) => `rule ${ruleText(rule as unknown as Rule)}`);
  return {
    held: addresses.map(({ address, prefixLength }) => `${String(address)}/${String(prefixLength)}`),
    heldRoutes: [...routes, ...rules],
  };
}
