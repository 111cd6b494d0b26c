/** Entries of a history as people and programs see them, and which of them are wanted. */
import { InvalidArgumentError } from 'commander';
import type { Effect } from '../engine/types.ts';
import type { StoredGap, StoredRow, StoredRun } from '../journal/model.ts';
import type { ToldRow } from '../journal/told-rows.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import type { Entry } from './entries.ts';
import { coloured, colouredRole } from './output.ts';
import { formatDuration, formatNextWall } from './time.ts';
import {
  actorName,
  changeInWords,
  effectsInWords,
  eventInWords,
  protocolPath,
  roleOf,
  runInWords,
} from './words.ts';

export const KINDS = ['start', 'step', 'crash', 'note', 'gap', 'run', 'ended', 'change', 'role'] as const;
export type Kind = (typeof KINDS)[number];

export function parseKinds(value: string): readonly Kind[] {
  return value.split(',').map((word) => {
    const kind = KINDS.find((known) => known === word);
    if (kind === undefined) throw new InvalidArgumentError(`one or more of ${KINDS.join(', ')}`);
    return kind;
  });
}

export function parseCount(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('a number from 1');
  return Number(value);
}

export function wanted<Row extends KindedRow>(
  entry: Entry<Row>,
  kinds: readonly Kind[] | undefined,
): boolean {
  if (kinds === undefined) return true;
  return entry.type === 'row' ? wantedRow(entry.row, entry.before, kinds) : kinds.includes(entry.type);
}

/** What tells the kinds of a row. */
export type KindedRow = Pick<StoredRow, 'kind' | 'changed' | 'state'>;

/** The same of a row of which no more is known. */
export function wantedRow(
  { kind, changed, state }: KindedRow,
  before: Json | null,
  kinds: readonly Kind[],
): boolean {
  if (kinds.includes(kind)) return true;
  if (changed && kinds.includes('change')) return true;
  return kinds.includes('role') && kind !== 'note' && before !== null && isOtherRole(before, state);
}

function isOtherRole(before: Json, state: Json): boolean {
  return isShared(before) && isShared(state)
    ? pairOf(before, state).isOtherRole
    : roleOf(before) !== roleOf(state);
}

/** Plain states are found anew each time, which is quickly done. */
const isShared = (state: Json | null): state is JsonObject | Json[] =>
  typeof state === 'object' && state !== null;

/** What was found of two states: a journal gives the same object for the same state, and actors have few. */
interface Pair {
  readonly isOtherRole: boolean;
  /** `[backup.listening -> master]` without the brackets, coloured. */
  readonly shown: string;
}

const PAIRS = new WeakMap<object, WeakMap<object, Pair>>();

function pairOf(before: Json | null, state: Json): Pair {
  if (!isShared(before) || !isShared(state)) return compared(before, state);
  let known = PAIRS.get(before);
  if (known === undefined) {
    known = new WeakMap();
    PAIRS.set(before, known);
  }
  let pair = known.get(state);
  if (pair === undefined) {
    pair = compared(before, state);
    known.set(state, pair);
  }
  return pair;
}

function compared(before: Json | null, state: Json): Pair {
  const change = changeInWords(before, state);
  const isChange = before !== null && protocolPath(before) !== protocolPath(state);
  return {
    isOtherRole: before !== null && roleOf(before) !== roleOf(state),
    shown: isChange ? colouredRole(roleOf(state), change) : change,
  };
}

/** Words of events and effects that were told: the same ones come again and again, as the same object. */
const WORDS = new WeakMap<object, string>();

function once<T extends object>(told: T, words: (told: T) => string): string {
  let known = WORDS.get(told);
  if (known === undefined) {
    known = words(told);
    WORDS.set(told, known);
  }
  return known;
}

const effectsShown = (effects: readonly Effect[]): string => coloured('gray', effectsInWords(effects));

/** What programs get of an entry. */
export function dataOf(entry: Entry): object {
  switch (entry.type) {
    case 'row':
      return { type: 'row', ...entry.row, stateBefore: entry.before };
    case 'gap':
      return { type: 'gap', ...entry.gap };
    case 'run':
      return { type: 'run', ...entry.run };
    case 'ended':
      return entry;
  }
}

type LineRow = Omit<ToldRow, 'wallUs' | 'changed'>;

/** `wallUs`: the time to show, if it is not the entry's own. */
export function lineOf(
  entry: Entry<LineRow>,
  label: string | null,
  utc: boolean,
  wallUs = entry.wallUs,
): string {
  const time = formatNextWall(wallUs, utc);
  const node = label === null ? [] : [label];
  switch (entry.type) {
    case 'row':
      return joined(time, label ?? '', rowParts(entry));
    case 'gap':
      return [time, ...node, coloured('yellow', gapText(entry.gap))].join('  ');
    case 'run':
      return [time, ...node, coloured('gray', runText(entry.run))].join('  ');
    case 'ended': {
      const text = `process ${entry.pid} ended without a stop: killed, crashed or power lost`;
      return [time, ...node, coloured('red', text)].join('  ');
    }
  }
}

/** What is not empty, with two spaces between. Added up, as joining a list takes longer than finding the words of most rows. */
function joined(time: string, label: string, parts: readonly string[]): string {
  let line = label === '' ? time : `${time}  ${label}`;
  for (const part of parts) if (part !== '') line += `  ${part}`;
  return line;
}

function rowParts({ row, before }: Entry<LineRow> & { type: 'row' }): string[] {
  const seq = `@${row.seq}`.padEnd(6);
  if (row.kind === 'note') return [seq, row.actor, coloured('bold', eventInWords(row.event))];
  const name = actorName(row.actor);
  if (row.kind === 'crash') {
    const error = typeof row.delta.error === 'string' ? row.delta.error : 'unknown error';
    return [
      seq,
      name,
      coloured('red', `CRASHED on ${row.event.type}: ${error}`),
      effectsInWords(row.effects),
    ];
  }
  const { shown } = pairOf(before, row.state);
  return [
    ...[seq, name, once(row.event, eventInWords), `[${shown}]`],
    row.effects.length === 0 ? '' : once(row.effects, effectsShown),
  ];
}

/** What was lost of thousands of actors is still one line. */
const MOST_NAMED = 8;

function actorNames(actors: readonly string[]): string {
  const named = actors.slice(0, MOST_NAMED).map(actorName).join(', ');
  return actors.length <= MOST_NAMED ? named : `${named} and ${actors.length - MOST_NAMED} others`;
}

function gapText(gap: StoredGap): string {
  const length = formatDuration(Math.max(0, gap.toWallUs - gap.fromWallUs));
  const lost =
    gap.lostRows + gap.lostRuns === 0 ? 'nothing lost' : `${gap.lostRows} rows and ${gap.lostRuns} runs lost`;
  const doubt =
    gap.actors.length === 0 ? '' : `, ${gap.lostChanges} of them changes of ${actorNames(gap.actors)}`;
  const range =
    gap.toSeq < gap.fromSeq ? '' : ` (@${gap.fromSeq} to @${gap.toSeq}, ${gap.writtenLate} written late)`;
  return `journal gap: ${length}, ${lost}${doubt}${range}: ${gap.reason}`;
}

function runText(run: StoredRun): string {
  const what = run.direction === 'sent' ? 'sent' : `heard from ${run.source}`;
  const span = formatDuration(run.lastUs - run.firstUs);
  const gap = `over ${span}, largest gap ${formatDuration(run.largestGapUs)}`;
  return `${actorName(run.actor)}  ${runInWords(run, what)}, ${gap}`;
}
