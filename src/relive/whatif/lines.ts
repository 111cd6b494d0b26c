/** The journals of a stretch of history, each as a line of happenings. */
import { writerState } from '../../journal/liveness.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { Json } from '../../protocol/json.ts';
import { protocolPath, roleOf } from '../words.ts';
import { type Entry, entryAt } from './entry.ts';
import { ADVERT_LEAD_US, type Happening, HappeningMaker, inOrder, type Train } from './happenings.ts';
import type { LossLine, Window } from './losses.ts';

/** One journal, with the name that its router has here. */
export interface Source {
  readonly name: string;
  readonly reader: JournalReader;
  /** What its clock lacks to that of the others. */
  readonly moveUs: number;
  /** That in words; absent or null: there is nothing to say. */
  readonly clock?: string | null;
}

export interface Line {
  readonly source: Source;
  readonly entry: Entry;
  readonly happenings: Iterable<Happening>;
}

export function lineOf(source: Source, range: Window): Line {
  const maker = new HappeningMaker(source.moveUs);
  const fromWallUs = range.fromUs - source.moveUs;
  const entry = entryAt(source.reader, fromWallUs, maker);
  return { source, entry, happenings: happeningsOf(source, range, maker) };
}

function* happeningsOf(
  { reader, moveUs }: Source,
  range: Window,
  maker: HappeningMaker,
): Generator<Happening> {
  const fromWallUs = range.fromUs - moveUs;
  const toWallUs = range.toUs - moveUs;
  for (const happening of inOrder(told(reader, fromWallUs, toWallUs, maker)))
    if (happening.atUs <= range.toUs) yield happening;
}

type Told = { readonly toldUs: number; readonly happenings: readonly Happening[] };

/** Rows, runs and ends in the order in which they were written. */
function* told(
  reader: JournalReader,
  fromWallUs: number,
  toWallUs: number,
  maker: HappeningMaker,
): Generator<Told> {
  const ends = endsOf(reader, fromWallUs, toWallUs);
  const open = new OpenTrains();
  const runs = reader.runs({ fromWallUs, toWallUs });
  let run = runs.next();
  const range = { fromSeq: reader.seqAt(fromWallUs) + 1, toSeq: reader.seqAt(toWallUs) };
  let lastUs = 0;
  for (const row of range.toSeq < range.fromSeq ? [] : reader.rows(range)) {
    for (; !run.done && run.value.afterSeq < row.seq; run = runs.next()) {
      const happenings = maker.ofRun(run.value);
      open.note(happenings);
      const { firstWallUs, lastUs: endUs, firstUs } = run.value;
      lastUs = Math.max(lastUs, firstWallUs + endUs - firstUs);
      yield { toldUs: lastUs, happenings };
    }
    for (; ends[0] !== undefined && ends[0] < row.wallUs; ends.shift()) yield endAt(ends[0], maker);
    lastUs = Math.max(lastUs, row.wallUs);
    const happenings = maker.ofRow(row);
    open.note(happenings);
    yield { toldUs: lastUs, happenings };
  }
  for (; !run.done; run = runs.next()) {
    const happenings = maker.ofRun(run.value);
    open.note(happenings);
    yield { toldUs: lastUs, happenings };
  }
  yield { toldUs: lastUs, happenings: open.untilEnd(toWallUs + maker.moveUs) };
  for (const wallUs of ends) yield endAt(wallUs, maker);
}

/**
 * The adverts of the last minute, which no run tells of yet: a backup that follows a master and has not called it silent
 * heard it all the while.
 */
class OpenTrains {
  /** By instance, the newest that was heard of the master that it follows. */
  readonly #heard = new Map<string, { source: string; priority: number; atUs: number; stepUs: number }>();

  note(happenings: readonly Happening[]): void {
    for (const happening of happenings) {
      if (happening.kind === 'heard') {
        const { source, priority, advertIntervalUs: stepUs } = happening.advert;
        this.#heard.set(happening.actor, { source, priority, atUs: happening.atUs, stepUs });
      } else if (happening.kind === 'train') this.#train(happening.actor, happening.train);
      else if (happening.kind === 'state' && !isFollowing(happening.state))
        this.#heard.delete(happening.actor);
    }
  }

  #train(actor: string, { source, priority, fromUs, toUs, count }: Train): void {
    const known = this.#heard.get(actor);
    if (known !== undefined && known.atUs > toUs) return;
    const stepUs = count > 1 ? (toUs - fromUs) / (count - 1) : (known?.stepUs ?? 0);
    if (stepUs > 0) this.#heard.set(actor, { source, priority, atUs: toUs, stepUs });
  }

  untilEnd(endUs: number): Happening[] {
    return [...this.#heard].flatMap(([actor, { source, priority, atUs, stepUs }]): Happening[] => {
      const count = Math.floor((endUs - atUs) / stepUs);
      if (count < 1) return [];
      const [fromUs, toUs] = [Math.round(atUs + stepUs), Math.round(atUs + count * stepUs)];
      const train = { source, priority, count, largestGapUs: Math.round(stepUs), fromUs, toUs };
      return [{ kind: 'train', atUs: fromUs - ADVERT_LEAD_US, seq: 0, actor, train }];
    });
  }
}

const isFollowing = (state: Json): boolean => protocolPath(state) === 'backup.listening';

function endAt(wallUs: number, maker: HappeningMaker): Told {
  const atUs = wallUs + maker.moveUs;
  return { toldUs: wallUs, happenings: [{ kind: 'ended', atUs, seq: 0, isClean: false }] };
}

/** Unix times at which processes ended without a word. */
function endsOf(reader: JournalReader, fromWallUs: number, toWallUs: number): number[] {
  const epochs = reader.epochs();
  return epochs
    .filter((epoch, i) => !epoch.endedCleanly && (i < epochs.length - 1 || writerState(epoch) === 'ended'))
    .map(({ lastWallUs }) => lastWallUs + 1)
    .filter((wallUs) => wallUs > fromWallUs && wallUs <= toWallUs);
}

/** All lines by time. */
export function* merged(lines: readonly Line[]): Generator<readonly [router: string, happening: Happening]> {
  const heads = lines.map(({ source, happenings }) => {
    const iterator = happenings[Symbol.iterator]();
    return { name: source.name, iterator, head: iterator.next() };
  });
  for (;;) {
    let first: (typeof heads)[number] | null = null;
    for (const candidate of heads) {
      if (candidate.head.done === true) continue;
      if (first === null || first.head.done === true || candidate.head.value.atUs < first.head.value.atUs)
        first = candidate;
    }
    if (first === null || first.head.done === true) return;
    yield [first.name, first.head.value];
    first.head = first.iterator.next();
  }
}

export function lossLine({ source, entry }: Line, happenings: readonly Happening[]): LossLine {
  const entered = entry.actors.flatMap(({ actor, state, context, moment }) =>
    actor.startsWith('vrrp/')
      ? [
          {
            actor,
            role: roleOf(state),
            source: moment?.source ?? null,
            intervalUs: Number((context.input as { advertIntervalUs?: unknown }).advertIntervalUs),
          },
        ]
      : [],
  );
  return { name: source.name, happenings, entered };
}

/** Addresses that a router sends from. */
export function sourcesOf({ entry }: Line, happenings: readonly Happening[]): string[] {
  const entered = entry.actors.flatMap(({ moment }) => moment?.source ?? []);
  const found = happenings.flatMap((happening) =>
    happening.kind === 'state' && typeof happening.delta.sourceAddress === 'string'
      ? [happening.delta.sourceAddress]
      : [],
  );
  return [...entered, ...found];
}

/** A process that was killed lived at least until its last advert that somebody heard before the next one began. */
export function withTrueEnds(happenings: readonly Happening[], heard: readonly Window[]): Happening[] {
  const begins = happenings.flatMap(({ kind, atUs }) => (kind === 'began' ? [atUs] : []));
  return happenings
    .map((happening) => {
      if (happening.kind !== 'ended' || happening.isClean) return happening;
      const { atUs } = happening;
      const nextUs = begins.find((us) => us > atUs) ?? Number.POSITIVE_INFINITY;
      const lastUs = heard
        .filter(({ toUs }) => toUs < nextUs)
        .reduce((latest, { toUs }) => Math.max(latest, toUs), 0);
      return lastUs <= atUs ? happening : { ...happening, atUs: lastUs + AFTERLIFE_US };
    })
    .sort((a, b) => a.atUs - b.atUs);
}

/** Long enough for whatever else happened at that instant. */
const AFTERLIFE_US = 1_000;
