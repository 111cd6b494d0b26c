/** The configuration that was in force on a node, as its journal has it: secrets are masked there already, and again here. */
import { redact } from '../../config/redact.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';

export interface ConfigurationFile {
  readonly path: string;
  readonly text: string;
}

export interface ConfigurationInForce {
  /** `config@2`; null: the journal does not tell. */
  readonly name: string | null;
  readonly files: readonly ConfigurationFile[];
  /** Several configurations had this name, in processes of different times: the newest is shown. */
  readonly isOneOfSeveral: boolean;
}

/** Rows looked at before the time for the one that says which configuration is in force. */
const MOST_ROWS = 5_000;

export function configurationAt(reader: JournalReader, seq: number): ConfigurationInForce {
  const name = nameAt(reader, seq);
  const known = reader
    .definitions()
    .filter((one) => one.kind === 'config' && (name === null || one.name === name));
  const body = known.at(-1)?.body ?? null;
  const [only] = known;
  return {
    name: name ?? (known.length === 1 ? (only?.name ?? null) : null),
    files: filesOf(body),
    isOneOfSeveral: known.length > 1,
  };
}

/** Every configuration of that name, oldest first. */
export function configurationsOf(reader: JournalReader, name: string): (readonly ConfigurationFile[])[] {
  const known = reader.definitions().filter((one) => one.kind === 'config' && one.name === name);
  return known.map(({ body }) => filesOf(body));
}

/** The program says which generation it begins with, and which a reload brings. */
function nameAt(reader: JournalReader, seq: number): string | null {
  const epoch = reader.epochs().findLast(({ firstSeq }) => firstSeq <= seq);
  if (epoch === undefined) return null;
  let name: string | null = null;
  let read = 0;
  for (const { event } of reader.rows({ fromSeq: epoch.firstSeq, toSeq: seq, actor: 'relived' })) {
    if (typeof event.configGeneration === 'number') name = `config@${event.configGeneration}`;
    read += 1;
    if (read === MOST_ROWS) break;
  }
  return name;
}

/** Older segments have the list of files alone. */
function filesOf(body: Json): ConfigurationFile[] {
  const files = Array.isArray(body) ? body : (body as JsonObject | null)?.files;
  if (!Array.isArray(files)) return [];
  return files.flatMap((file: Json) => {
    const { path, text } = (file ?? {}) as JsonObject;
    return typeof path === 'string' && typeof text === 'string' ? [{ path, text: redact(text) }] : [];
  });
}
