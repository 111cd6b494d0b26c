/** The state of a process in the middle of its history, with what its journal tells of adverts and timers under way. */
import type { HeartbeatMoment } from '../../engine/heartbeat/virtual-heartbeat.ts';
import type { ActorId } from '../../engine/types.ts';
import type { ActorState, StoredRow, StoredRun } from '../../journal/model.ts';
import type { JournalReader } from '../../journal/reader.ts';
import { type VrrpContext, wireIdentity } from '../../machines/vrrp/vrrp.context.ts';
import type { AwaitedAdvert } from '../../machines/vrrp/vrrp.effects.ts';
import { protocolPath, roleOf } from '../words.ts';
import { type HappeningMaker, isInvolved } from './happenings.ts';
import type { EnteredActor } from './router.ts';

/** Changes of an actor that are looked at for what is under way. */
const LOOK_BACK = 2_000;

/** Runs end at most a minute after they began. */
const RUN_BACK_US = 130_000_000;

export interface Entry {
  readonly actors: readonly EnteredActor[];
  /** Actors whose state is not certain, because rows were lost. */
  readonly uncertain: readonly ActorId[];
  /** The process ran at that time. */
  readonly isAlive: boolean;
}

/** @param wallUs Unix time of the node at which its history is entered */
export function entryAt(reader: JournalReader, wallUs: number, maker: HappeningMaker): Entry {
  const seq = reader.seqAt(wallUs);
  const epoch = reader.epochs().find(({ firstSeq, lastSeq }) => firstSeq <= seq && seq <= lastSeq);
  if (seq === 0 || epoch === undefined) return { actors: [], uncertain: [], isAlive: false };
  const row = reader.row(seq);
  const isStopped = row?.event.type === 'process.stopped';
  if (row === null || isStopped) return { actors: [], uncertain: [], isAlive: false };
  maker.timeOf(row.epoch, row.monoUs, row.wallUs);
  const states = reader.statesAt(seq).filter(({ actor, machine }) => isInvolved(actor) && machine !== null);
  for (const { actor, state } of states) maker.enter(actor, state);
  const runs = newestRuns(reader, wallUs);
  // The newest row may be a while ago.
  const at = { ...row, monoUs: row.monoUs + Math.max(0, wallUs - row.wallUs), wallUs };
  return {
    actors: states.map((state) => enteredActor(reader, state, at, runs, maker)),
    uncertain: states.filter(({ uncertain }) => uncertain).map(({ actor }) => actor),
    isAlive: true,
  };
}

/** By direction and actor, those that began before a time. */
function newestRuns(reader: JournalReader, wallUs: number): ReadonlyMap<string, StoredRun> {
  const newest = new Map<string, StoredRun>();
  for (const run of reader.runs({ fromWallUs: wallUs - RUN_BACK_US, toWallUs: wallUs }))
    if (run.firstWallUs <= wallUs) newest.set(`${run.direction} ${run.actor}`, run);
  return newest;
}

function enteredActor(
  reader: JournalReader,
  { actor, machine, state, context }: ActorState,
  at: StoredRow,
  runs: ReadonlyMap<string, StoredRun>,
  maker: HappeningMaker,
): EnteredActor {
  const facts = factsBefore(reader, actor, at.seq);
  const timeOf = (monoUs: number): number => maker.timeOf(at.epoch, monoUs, at.wallUs);
  const timers = new Map([...facts.timers].map(([timer, us]) => [timer, us === null ? null : timeOf(us)]));
  const vrrp = context as unknown as VrrpContext;
  const moment =
    actor.startsWith('vrrp/') && vrrp.started ? momentOf(actor, state, vrrp, facts, runs, at) : null;
  return {
    ...{ actor, machine: machine ?? '', state, context, timers },
    moment: moment === null ? null : inTime(moment, timeOf),
    changedUs: timeOf(facts.changedUs),
  };
}

function inTime(
  { announced, watch, ...rest }: HeartbeatMoment,
  timeOf: (us: number) => number,
): HeartbeatMoment {
  return {
    ...rest,
    announced: announced === null ? null : { ...announced, sentUs: timeOf(announced.sentUs) },
    watch: watch === null ? null : { ...watch, sinceUs: timeOf(watch.sinceUs) },
  };
}

interface Facts {
  readonly timers: Map<string, number | null>;
  watch: {
    awaited: AwaitedAdvert | null;
    allowedUs: number;
    expectedIntervalUs: number;
    sinceUs: number;
  } | null;
  isWatching: boolean | null;
  announcedUs: number | null;
  changedUs: number;
}

/** What the newest rows of an actor asked for, monotonic times. */
function factsBefore(reader: JournalReader, actor: ActorId, seq: number): Facts {
  const facts: Facts = { timers: new Map(), watch: null, isWatching: null, announcedUs: null, changedUs: 0 };
  let adjusted: Partial<NonNullable<Facts['watch']>> = {};
  let row = reader.changeBefore(actor, seq);
  const epoch = row?.epoch;
  for (let looked = 0; row !== null && row.epoch === epoch && looked < LOOK_BACK; looked++) {
    if (facts.changedUs === 0) facts.changedUs = row.monoUs;
    if (row.event.type === 'timer.expired') setOnce(facts.timers, String(row.event.timer), null);
    for (const { type, params } of [...row.effects].reverse()) {
      if (type === 'armTimer')
        setOnce(facts.timers, String(params.timer), row.monoUs + Number(params.delayUs));
      if (type === 'disarmTimer') setOnce(facts.timers, String(params.timer), null);
      if (type === 'announce' && facts.announcedUs === null) facts.announcedUs = row.monoUs;
      if (type === 'stopWatching') facts.isWatching ??= false;
      if (facts.isWatching === null && type === 'adjustWatch')
        adjusted = {
          awaited: params.awaited as AwaitedAdvert | null,
          allowedUs: Number(params.allowedUs),
          ...adjusted,
        };
      if (facts.isWatching === null && type === 'watchMaster') {
        facts.isWatching = true;
        const asked = params as unknown as NonNullable<Facts['watch']>;
        facts.watch = { ...asked, ...adjusted, sinceUs: row.monoUs };
      }
    }
    const isKnown = facts.isWatching !== null && facts.announcedUs !== null;
    if (row.kind === 'start' || (isKnown && looked > 50)) break;
    row = reader.changeBefore(actor, row.seq - 1);
  }
  return facts;
}

function setOnce(timers: Map<string, number | null>, timer: string, us: number | null): void {
  if (!timers.has(timer)) timers.set(timer, us);
}

function momentOf(
  actor: ActorId,
  state: ActorState['state'],
  context: VrrpContext,
  facts: Facts,
  runs: ReadonlyMap<string, StoredRun>,
  at: StoredRow,
): HeartbeatMoment {
  const isMaster = roleOf(state) === 'master';
  const isWatching = protocolPath(state).startsWith('backup.') && facts.watch !== null;
  const sent = newestUs(runs.get(`sent ${actor}`), at);
  const heard = newestUs(runs.get(`received ${actor}`), at);
  const content = { priority: context.effectivePriority };
  return {
    identity: wireIdentity(context),
    source: context.sourceAddress,
    announced: isMaster
      ? { content, sentUs: Math.max(sent ?? 0, facts.announcedUs ?? 0) || at.monoUs }
      : null,
    watch:
      isWatching && facts.watch !== null
        ? { ...facts.watch, sinceUs: Math.max(facts.watch.sinceUs, heard ?? 0) }
        : null,
  };
}

/** Monotonic time of the newest advert of a run at or before a row. */
function newestUs(run: StoredRun | undefined, { epoch, monoUs }: StoredRow): number | null {
  if (run === undefined || run.epoch !== epoch || run.firstUs > monoUs) return null;
  const { firstUs, lastUs, count } = run;
  if (lastUs <= monoUs || count < 2) return Math.min(lastUs, monoUs);
  const stepUs = (lastUs - firstUs) / (count - 1);
  return Math.round(firstUs + Math.floor((monoUs - firstUs) / stepUs) * stepUs);
}
