/** The drawing of a machine that this build does not have: from the journal's own definition, and from what rows name. */
import type { ChartAnswer } from './api.ts';
import { activeStates } from './chart/active.ts';
import { readDefinition } from './chart/definition.ts';
import { plainLayout } from './chart/plain-layout.ts';
import type { JournalSource } from './source.ts';

/** Rows before and after the one that is asked about whose states are drawn, too. */
const ROWS_AROUND = 500;

/** Null: there is no such row, or it is of no machine. */
export function plainChart(source: JournalSource, seq: number): ChartAnswer | null {
  const row = source.row(seq);
  if (row === null || row.machine === null) return null;
  const observed = new Set<string>();
  const { actor, machine } = row;
  const range = { actor, fromSeq: Math.max(1, seq - ROWS_AROUND), toSeq: seq + ROWS_AROUND };
  const states = [row.state, source.stateBefore(actor, seq)];
  for (const near of source.rows(range)) if (near.machine === machine) states.push(near.state);
  for (const state of states) for (const id of activeStates(state)) observed.add(id);
  const body = source.machine(machine);
  return { layout: plainLayout(readDefinition(machine, body, observed)), defined: body !== null };
}
