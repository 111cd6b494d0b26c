/** The configuration in the journal. */
import type { Json } from '../protocol/json.ts';
import type { KeptReading } from './handover.ts';

/** The configuration as the journal keeps it: secrets masked, and what makes the same of the same files again. */
export function journalled({ files, randomSeed }: KeptReading): Json {
  const list = files.map(({ path, text }) => ({ path, text }));
  return randomSeed === null ? { files: list } : { files: list, randomSeed };
}
