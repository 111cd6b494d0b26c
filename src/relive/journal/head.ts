/** `relive journal head`: the newest hash of the chain, to be kept elsewhere. */
import type { JournalReader } from '../../journal/reader.ts';
import { type JournalOptions, type OutputOptions, print } from '../cli.ts';
import { nodeLabel, withReaders } from '../journals.ts';
import { table } from '../output.ts';
import { formatWall } from '../time.ts';

interface Head {
  readonly node: string;
  readonly hash: string;
  readonly segment: string;
  readonly batch: number;
  /** Newest row and its Unix time in microseconds. */
  readonly seq: number;
  readonly wallUs: number | null;
}

export async function head(options: JournalOptions & OutputOptions): Promise<void> {
  const { output, utc = false } = options;
  await withReaders(options, (readers) => {
    const heads = readers.map((reader) => headOf(reader, nodeLabel(reader, readers)));
    if (output === 'json') print(JSON.stringify(heads, null, 2));
    else if (output === 'jsonl') for (const one of heads) print(JSON.stringify(one));
    else {
      const lines = heads.map(({ hash, node, seq, wallUs }) => [
        ...[hash, node, `@${seq}`],
        wallUs === null ? '' : formatWall(wallUs, utc),
      ]);
      for (const line of table(lines)) print(line);
    }
  });
}

function headOf(reader: JournalReader, node: string): Head {
  const { file, hash, batch } = reader.head();
  const seq = reader.lastSeq();
  return { node, hash, segment: file, batch, seq, wallUs: reader.row(seq)?.wallUs ?? null };
}
