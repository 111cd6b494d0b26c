/** What reached the actors of a process from outside, in order, from the rows and runs of its journal. */
import type { ActorEvent, ActorId, Effect } from '../../engine/types.ts';
import type { StoredRow, StoredRun } from '../../journal/model.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import { roleOf } from '../words.ts';

/** An advert that was heard. */
export interface Heard {
  readonly source: string;
  readonly priority: number;
  readonly advertIntervalUs: number;
  readonly addresses: readonly string[];
}

/** Adverts in a row. */
export interface Train {
  readonly source: string;
  readonly priority: number;
  readonly fromUs: number;
  readonly toUs: number;
  readonly count: number;
  readonly largestGapUs: number;
}

/** Times are Unix times in microseconds: monotonic time of the process, moved once for all. */
export type Happening = { readonly atUs: number; readonly seq: number } & (
  | { readonly kind: 'began' }
  /** `isClean`: it said that it stops. Otherwise `atUs` is its last sign of life. */
  | { readonly kind: 'ended'; readonly isClean: boolean }
  | {
      readonly kind: 'spawned';
      readonly actor: ActorId;
      readonly machine: string;
      readonly input: JsonObject;
    }
  | { readonly kind: 'fact'; readonly actor: ActorId; readonly event: ActorEvent }
  | { readonly kind: 'heard'; readonly actor: ActorId; readonly advert: Heard }
  /** That this advert will be heard. */
  | { readonly kind: 'foreseen'; readonly actor: ActorId; readonly advert: Heard; readonly heardUs: number }
  | { readonly kind: 'train'; readonly actor: ActorId; readonly train: Train }
  | { readonly kind: 'sent'; readonly actor: ActorId; readonly train: Train }
  /** That it listens from then on, and did not before. */
  | { readonly kind: 'attends'; readonly actor: ActorId; readonly sinceUs: number }
  /** That it does not listen any more from then on. */
  | { readonly kind: 'leaves'; readonly actor: ActorId; readonly untilUs: number }
  /** That a run of this tracker's script will tell something. */
  | { readonly kind: 'foretold'; readonly actor: ActorId; readonly toldUs: number }
  /** What the kernel answered to an effect that was asked for at `effectUs`. */
  | {
      readonly kind: 'outcome';
      readonly actor: ActorId;
      readonly effect: Effect;
      readonly event: ActorEvent;
      readonly effectUs: number;
      readonly delayUs: number;
    }
  /** The process did not run until `toUs`. */
  | { readonly kind: 'paused'; readonly actor: ActorId; readonly toUs: number }
  /** What the journal says of an actor after a row. */
  | {
      readonly kind: 'state';
      readonly actor: ActorId;
      readonly state: Json;
      readonly event: ActorEvent;
      readonly delta: JsonObject;
    }
);

/** Actors that decide about mastership. */
export function isInvolved(actor: ActorId): boolean {
  return /^(vrrp|group|tracker|bfd)\//.test(actor);
}

/** Which effect an outcome answers. */
const ANSWERS: Readonly<Record<string, string>> = {
  'vips.added': 'addVips',
  'vips.addFailed': 'addVips',
  'vips.removed': 'removeVips',
  'vips.removeFailed': 'removeVips',
  'garps.sent': 'sendGratuitousArps',
  'garps.failed': 'sendGratuitousArps',
  'device.created': 'createDevices',
  'device.failed': 'createDevices',
  'device.removed': 'removeDevices',
  'device.removeFailed': 'removeDevices',
};

/** What one actor tells another: it is told again. */
const SIGNALS = new Set([
  'tracker.changed',
  'bfd.up',
  'bfd.down',
  'group.decided',
  'group.contested',
  'group.settled',
  'member.reported',
  'member.claimed',
  'member.resigned',
  'member.contested',
]);

/** True if the event followed from what was there, so that it comes again by itself. */
export function isDerived({ event, cause }: Pick<StoredRow, 'event' | 'cause'>): boolean {
  if (event.type === 'timer.expired' || event.type === 'master.silent') return true;
  return cause !== null && SIGNALS.has(event.type);
}

/** Outcomes are made known this long before their effect: what is lived again may be a little earlier. */
const OUTCOME_LEAD_US = 1_000_000;

/** Adverts are made known before they come: whether a sender lives shows in what it sends next. */
export const ADVERT_LEAD_US = 15_000_000;

/** A pause that was longer counts as this. */
const LONGEST_PAUSE_US = 60_000_000;

/** A run is closed at most a minute after it began. */
const LOOK_AHEAD_US = 62_000_000 + ADVERT_LEAD_US;

/** Rows of an actor whose effects may still be answered. */
const REMEMBERED = 16;

interface Asking {
  readonly seq: number;
  readonly atUs: number;
  readonly effects: readonly Effect[];
  /** Types of those that have not been answered. */
  readonly open: Set<string>;
}

/** Turns rows and runs of one process after another into happenings, in whatever order they are given. */
export class HappeningMaker {
  readonly moveUs: number;
  readonly #shifts = new Map<number, number>();
  readonly #asked = new Map<ActorId, Asking[]>();
  readonly #listening = new Set<ActorId>();

  /** `moveUs`: what the clock of this node lacks to that of the others. */
  constructor(moveUs: number) {
    this.moveUs = moveUs;
  }

  /** From the monotonic time of a process to the common time; the first that is seen of a process decides. */
  timeOf(epoch: number, monoUs: number, wallUs: number): number {
    const shiftUs = this.#shifts.get(epoch) ?? wallUs - monoUs + this.moveUs;
    this.#shifts.set(epoch, shiftUs);
    return monoUs + shiftUs;
  }

  ofRun(run: StoredRun): Happening[] {
    if (!run.actor.startsWith('vrrp/')) return [];
    const fromUs = this.timeOf(run.epoch, run.firstUs, run.firstWallUs);
    const { actor, source, priority, count, largestGapUs } = run;
    const toUs = fromUs + run.lastUs - run.firstUs;
    const train = { source, priority, count, largestGapUs, fromUs, toUs };
    const kind = run.direction === 'received' ? 'train' : 'sent';
    return [{ kind, atUs: fromUs - ADVERT_LEAD_US, seq: run.afterSeq, actor, train }];
  }

  ofRow(row: StoredRow): Happening[] {
    const { seq, actor, event } = row;
    const atUs = this.timeOf(row.epoch, row.monoUs, row.wallUs);
    if (row.kind === 'note') return noteHappening(row, atUs);
    if (!isInvolved(actor)) return [];
    if (row.kind === 'start') this.#asked.delete(actor);
    const { state: value, delta } = row;
    const state: Happening = { kind: 'state', atUs, seq, actor, state: value, event, delta };
    return [...this.#attending(row, atUs), ...this.#outside(row, atUs), state];
  }

  /** An instance that is entered in the middle of its history. */
  enter(actor: ActorId, state: Json): void {
    if (isListening(state)) this.#listening.add(actor);
  }

  /** An instance that hears adverts from now on. */
  #attending({ seq, actor, state }: StoredRow, atUs: number): Happening[] {
    if (!actor.startsWith('vrrp/')) return [];
    const listens = isListening(state);
    const did = this.#listening.has(actor);
    if (listens) this.#listening.add(actor);
    else this.#listening.delete(actor);
    if (listens === did) return [];
    const foretold = { atUs: atUs - ADVERT_LEAD_US, seq, actor };
    return [
      listens
        ? { kind: 'attends', ...foretold, sinceUs: atUs }
        : { kind: 'leaves', ...foretold, untilUs: atUs },
    ];
  }

  #outside(row: StoredRow, atUs: number): Happening[] {
    const { seq, actor, event } = row;
    const answered = this.#answered(row);
    this.#remember(row, atUs);
    if (row.kind === 'start') {
      const input = event.input as JsonObject;
      return [{ kind: 'spawned', atUs, seq, actor, machine: row.machine ?? '', input }];
    }
    if (answered !== null) {
      const { effect, effectUs } = answered;
      const outcome = { kind: 'outcome', actor, effect, event, effectUs, delayUs: atUs - effectUs } as const;
      return [{ ...outcome, atUs: effectUs - OUTCOME_LEAD_US, seq }];
    }
    return isDerived(row) || this.#isOwnDeletion(row) ? [] : inputHappenings(row, atUs);
  }

  #answered({ actor, event, cause }: StoredRow): { effect: Effect; effectUs: number } | null {
    const wanted = ANSWERS[event.type];
    if (wanted === undefined || cause === null) return null;
    const asking = this.#asked.get(actor)?.find(({ seq }) => seq === cause);
    const effect = asking?.effects.find(({ type }) => type === wanted);
    asking?.open.delete(wanted);
    return asking === undefined || effect === undefined ? null : { effect, effectUs: asking.atUs };
  }

  /** What the kernel tells of what the instance itself asked for. */
  #isOwnDeletion({ actor, event }: StoredRow): boolean {
    if (event.type !== 'object.deleted') return false;
    return event.own === true || (this.#asked.get(actor) ?? []).some(({ open }) => open.has('removeVips'));
  }

  #remember({ seq, actor, effects }: StoredRow, atUs: number): void {
    const answerable = effects.filter(({ type }) => Object.values(ANSWERS).includes(type));
    if (answerable.length === 0) return;
    const asked = this.#asked.get(actor) ?? [];
    asked.push({ seq, atUs, effects: answerable, open: new Set(answerable.map(({ type }) => type)) });
    if (asked.length > REMEMBERED) asked.shift();
    this.#asked.set(actor, asked);
  }
}

function isListening(state: Json): boolean {
  const role = roleOf(state);
  return role === 'backup' || role === 'master';
}

function noteHappening({ seq, event }: StoredRow, atUs: number): Happening[] {
  if (event.type === 'process.started') return [{ kind: 'began', atUs, seq }];
  // Behind everything else of its last moment.
  return event.type === 'process.stopped' ? [{ kind: 'ended', atUs: atUs + 1, seq, isClean: true }] : [];
}

function inputHappenings({ seq, actor, event }: StoredRow, atUs: number): Happening[] {
  if (event.type === 'advert.received') {
    const { source, priority, advertIntervalUs, addresses } = event as unknown as Heard;
    const advert = { source, priority, advertIntervalUs, addresses };
    return [
      { kind: 'foreseen', atUs: atUs - ADVERT_LEAD_US, seq, actor, advert, heardUs: atUs },
      { kind: 'heard', atUs, seq, actor, advert },
    ];
  }
  const fact: Happening = { kind: 'fact', atUs, seq, actor, event };
  if (event.type === 'result.observed')
    return [{ kind: 'foretold', atUs: atUs - ADVERT_LEAD_US, seq, actor, toldUs: atUs }, fact];
  if (event.type !== 'self.stalled') return [fact];
  const stalledUs = Math.min(Number(event.stalledUs), LONGEST_PAUSE_US);
  // A deadline that falls on the very beginning is late by all of it.
  return [{ kind: 'paused', atUs: atUs - stalledUs - 1, seq, actor, toUs: atUs }, fact];
}

/** What is known of an instant before what happens at it. */
const RANK: Readonly<Record<Happening['kind'], number>> = {
  ...{
    ended: 0,
    outcome: 1,
    train: 1,
    sent: 1,
    foreseen: 1,
    attends: 0,
    leaves: 2,
    foretold: 1,
    paused: 2,
    began: 3,
  },
  ...{ spawned: 4, fact: 4, heard: 4, state: 5 },
};

const before = (a: Happening, b: Happening): number =>
  a.atUs - b.atUs ||
  (RANK[a.kind] < 4 || RANK[b.kind] < 4 ? RANK[a.kind] - RANK[b.kind] : 0) ||
  a.seq - b.seq;

/** Puts what is told late into its place. `told`: when the source told it, which never goes back. */
export function* inOrder(
  source: Iterable<{ readonly toldUs: number; readonly happenings: readonly Happening[] }>,
): Generator<Happening> {
  let waiting: Happening[] = [];
  let horizonUs = Number.NEGATIVE_INFINITY;
  for (const { toldUs, happenings } of source) {
    waiting.push(...happenings);
    if (toldUs < horizonUs + 2 * LOOK_AHEAD_US) continue;
    horizonUs = toldUs - LOOK_AHEAD_US;
    waiting.sort(before);
    const end = waiting.findIndex(({ atUs }) => atUs >= horizonUs);
    const ready = end === -1 ? waiting : waiting.slice(0, end);
    waiting = end === -1 ? [] : waiting.slice(end);
    yield* ready;
  }
  yield* waiting.sort(before);
}
