/**
 * Older formats: pure functions from a stored row of version n to one of version n + 1, applied one after the other on
 * reading. Files are never rewritten for it, and digests are checked on the row as it is stored.
 */
import { FORMAT_VERSION, type TableName } from './format.ts';

type Stored = Readonly<Record<string, unknown>>;
type Step = (row: Stored) => Stored;

/** From the version that is the key to the next one, by table; a table that is not named is the same in both. */
const STEPS: Readonly<Record<number, Partial<Record<TableName, Step>>>> = {
  // Version 2 says of a gap which segment it stands for. Before, damaged segments were never set aside.
  1: { gap: (row) => ({ ...row, segment: null }) },
};

/** Makes rows of a table, stored in `format`, what the newest version would have stored. */
export function upcaster<Row extends object>(table: TableName, format: number): (row: Row) => Row {
  const steps: Step[] = [];
  for (let version = format; version < FORMAT_VERSION; version++) {
    const step = STEPS[version]?.[table];
    if (step !== undefined) steps.push(step);
  }
  if (steps.length === 0) return (row) => row;
  return (row) => steps.reduce<Stored>((before, step) => step(before), row as Stored) as Row;
}
