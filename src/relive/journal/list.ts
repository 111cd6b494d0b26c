/** `relive journal list`: the segments of journals. */
import { inventory, type SegmentEntry } from '../../journal/inventory.ts';
import { type JournalOptions, type OutputOptions, print } from '../cli.ts';
import { cliError, journalDirectories } from '../journals.ts';
import { coloured, table } from '../output.ts';
import { formatWall } from '../time.ts';

const COLOURS = {
  damaged: 'red',
  'set aside': 'red',
  salvaged: 'yellow',
  unclosed: 'yellow',
  open: 'green',
} as const;

export async function list(options: JournalOptions & OutputOptions): Promise<void> {
  const { output, utc = false } = options;
  const found = (await journalDirectories(options)).map((directory) => ({
    directory,
    segments: entriesOf(directory),
  }));
  if (output === 'json') print(JSON.stringify(found, null, 2));
  else if (output === 'jsonl')
    for (const { directory, segments } of found)
      for (const segment of segments) print(JSON.stringify({ directory, ...segment }));
  else for (const { directory, segments } of found) show(directory, segments, utc);
}

function entriesOf(directory: string): SegmentEntry[] {
  try {
    return inventory(directory);
  } catch (error) {
    throw cliError(error);
  }
}

function show(directory: string, segments: readonly SegmentEntry[], utc: boolean): void {
  print(coloured('bold', directory));
  const lines = segments.map((segment) => cellsOf(segment, utc));
  for (const line of table([['SEGMENT', 'STATE', 'FROM', 'TO', 'ROWS', 'RUNS', 'MB', ''], ...lines]))
    print(line);
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  print(`${segments.length} segments, ${megabytes(bytes)} MB`);
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

function cellsOf(segment: SegmentEntry, utc: boolean): string[] {
  const { file, state, bytes, fromWallUs, toWallUs, rows, runs } = segment;
  const colour = state in COLOURS ? COLOURS[state as keyof typeof COLOURS] : null;
  const time = (wallUs: number | null): string => (wallUs === null ? 'unknown' : formatWall(wallUs, utc));
  const number = (count: number | null): string => (count === null ? 'unknown' : String(count));
  return [
    ...[file, colour === null ? state : coloured(colour, state)],
    ...[time(fromWallUs), time(toWallUs), number(rows), number(runs), megabytes(bytes), remark(segment)],
  ];
}

function remark({ state, goneRows, goneRuns, reason }: SegmentEntry): string {
  if (reason !== null) return reason;
  if (state === 'thinned')
    return `no adverts of this time are kept: ${goneRows} rows that changed nothing and ${goneRuns} runs are gone`;
  if (state === 'salvaged') return `${goneRows} rows and ${goneRuns} runs could not be read`;
  return state === 'set aside' ? 'no part of the history; relive journal salvage reads what can be read' : '';
}
