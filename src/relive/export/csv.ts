/** `relive export csv`: every transition as a line for spreadsheets (RFC 4180), one for each region that went on. */
import { talk } from '../cli.ts';
import { type Entry, entriesOf, mergeByTime } from '../entries.ts';
import { formatWall } from '../time.ts';
import { actorName, effectsInWords, eventInWords, regions } from '../words.ts';
import type { ExportRequest, ExportSource } from './formats.ts';

const HEAD = ['time', 'node', 'seq', 'cause', 'actor', 'region', 'from', 'to', 'event', 'words', 'effects'];

export function* exportCsv({ sources, actor, limit, utc }: ExportRequest): Generator<string> {
  const streams = sources.map((source) => transitionsOf(source, actor, utc));
  let count = 0;
  for (const { cells } of mergeByTime(streams)) {
    if (count === 0) yield lineOf(HEAD);
    if (count === limit) {
      talk(`relive: ends after ${limit} lines (--limit)`);
      return;
    }
    count += 1;
    yield lineOf(cells);
  }
}

interface Transition {
  readonly wallUs: number;
  readonly cells: readonly string[];
}

function* transitionsOf(source: ExportSource, actor: string | null, utc: boolean): Generator<Transition> {
  const { reader, label, fromSeq, toSeq } = source;
  for (const entry of entriesOf(reader, { fromSeq, toSeq, actor, runs: false, changedOnly: true })) {
    if (entry.type !== 'row') continue;
    for (const cells of transitions(entry)) {
      const { seq, cause, actor: who, event, wallUs, effects } = entry.row;
      const about = [formatWall(wallUs, utc), label, String(seq), cause === null ? '' : String(cause)];
      const told = [event.type, eventInWords(event), effectsInWords(effects)];
      yield { wallUs, cells: [...about, actorName(who), ...cells, ...told] };
    }
  }
}

/** Region, state before and state after. A start has no state before, a crash none after. */
function transitions({ row, before }: Entry & { type: 'row' }): readonly (readonly string[])[] {
  if (row.kind === 'note' || row.state === null) return [];
  const old = row.kind === 'start' || before === null ? new Map<string, string>() : regions(before);
  if (row.kind === 'crash') return [...old].map(([region, state]) => [region, state, 'crashed']);
  return [...regions(row.state)]
    .filter(([region, state]) => old.get(region) !== state)
    .map(([region, state]) => [region, old.get(region) ?? '', state]);
}

function lineOf(cells: readonly string[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}

/** What a spreadsheet would take for a formula gets an apostrophe: words may have come from the network. */
function cellOf(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
