/** `relive export fixture`: a part of a journal as a test case of this repository. */
import type { ActorState, StoredRow, StoredRun } from '../../journal/model.ts';
import type { JournalReader } from '../../journal/reader.ts';
import { CliError, EXIT, talk } from '../cli.ts';
import { fixtureText } from '../verify/fixture.ts';
import { machinesOf } from '../verify/reproduce.ts';
import type { Exported, ExportRequest, ExportSource } from './formats.ts';

/** @throws CliError 2 with several journals */
export function exportFixture({ sources, actor, limit }: ExportRequest): Exported {
  const [source, second] = sources;
  if (source === undefined || second !== undefined)
    throw new CliError(EXIT.usage, 'a fixture is of one journal: give one -j');
  const first = firstRow(source, actor);
  if (first === null) return [];
  const part = new Part(source, actor, limit);
  return fixtureText({
    about: `${source.label}, ${actor ?? 'every actor'}, from @${first.seq}`,
    node: source.reader.node,
    machines: machinesOf(source.reader),
    before: statesBefore(source.reader, actor, first),
    rows: part.rows(),
    runs: part.runs(first),
  });
}

const only = (actor: string | null): { actor?: string } => (actor === null ? {} : { actor });

function firstRow({ reader, fromSeq, toSeq }: ExportSource, actor: string | null): StoredRow | null {
  for (const row of reader.rows({ fromSeq, toSeq, ...only(actor) })) return row;
  return null;
}

/** Rows as far as the limit allows, then the runs among them. */
class Part {
  readonly #source: ExportSource;
  readonly #actor: string | null;
  readonly #limit: number;
  #last: StoredRow | null = null;

  constructor(source: ExportSource, actor: string | null, limit: number) {
    this.#source = source;
    this.#actor = actor;
    this.#limit = limit;
  }

  *rows(): Generator<StoredRow> {
    const { reader, fromSeq, toSeq } = this.#source;
    let count = 0;
    for (const row of reader.rows({ fromSeq, toSeq, ...only(this.#actor) })) {
      if (count === this.#limit) {
        talk(`relive: ends before @${row.seq}: ${count} rows are the limit (--limit)`);
        return;
      }
      count += 1;
      this.#last = row;
      yield row;
    }
  }

  /** Those that were closed between the rows. */
  *runs(first: StoredRow): Generator<StoredRun> {
    const last = this.#last;
    if (last === null) return;
    const { reader, toSeq } = this.#source;
    const end = last.seq === reader.lastSeq() ? Number.MAX_SAFE_INTEGER : Math.min(toSeq, last.seq);
    const until = end === Number.MAX_SAFE_INTEGER ? {} : { toWallUs: last.wallUs };
    for (const run of reader.runs({ fromWallUs: first.wallUs, ...until, ...only(this.#actor) }))
      if (run.afterSeq >= first.seq && run.afterSeq <= end) yield run;
  }
}

/** Actors that live before the first row, as far as the journal knows them for certain. */
function statesBefore(reader: JournalReader, actor: string | null, first: StoredRow): ActorState[] {
  if (reader.epochs().some(({ firstSeq }) => firstSeq === first.seq)) return [];
  if (actor !== null) return [reader.stateAt(actor, first.seq - 1)].filter((state) => isKnown(state));
  return reader.statesAt(first.seq - 1).filter(isKnown);
}

function isKnown(state: ActorState | null): state is ActorState {
  return state !== null && !state.uncertain;
}
