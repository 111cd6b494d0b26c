/** Entries of a history as people and programs see them, and which of them are wanted. */
import { InvalidArgumentError } from 'commander';
import type { StoredGap, StoredRun } from '../journal/model.ts';
import type { Entry } from './entries.ts';
import { coloured, colouredRole } from './output.ts';
import { formatDuration, formatWall } from './time.ts';
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

export function wanted(entry: Entry, kinds: readonly Kind[] | undefined): boolean {
  if (kinds === undefined) return true;
  if (entry.type !== 'row') return kinds.includes(entry.type);
  const { row, before } = entry;
  if (kinds.includes(row.kind)) return true;
  if (kinds.includes('change') && row.changed) return true;
  return (
    kinds.includes('role') && row.kind !== 'note' && before !== null && roleOf(before) !== roleOf(row.state)
  );
}

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

/** `wallUs`: the time to show, if it is not the entry's own. */
export function lineOf(entry: Entry, label: string | null, utc: boolean, wallUs = entry.wallUs): string {
  const time = formatWall(wallUs, utc);
  const node = label === null ? [] : [label];
  switch (entry.type) {
    case 'row':
      return [time, ...node, ...rowParts(entry)].filter((part) => part !== '').join('  ');
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

function rowParts({ row, before }: Entry & { type: 'row' }): string[] {
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
  const change = changeInWords(before, row.state);
  const isRoleChange = before !== null && protocolPath(before) !== protocolPath(row.state);
  const shown = isRoleChange ? colouredRole(roleOf(row.state), change) : change;
  const effects = effectsInWords(row.effects);
  return [seq, name, eventInWords(row.event), `[${shown}]`, effects === '' ? '' : coloured('gray', effects)];
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
