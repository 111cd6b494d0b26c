/** What a terminal shows of a place: nodes side by side on time, rows around it, the row itself. Pure but for the journals. */
import { stripVTControlCharacters } from 'node:util';
import { coloured } from '../output.ts';
import type { Place } from './history.ts';
import type { Stepper } from './stepper.ts';
import { factLines, microstepLines, nodeLines, rowLine } from './telling.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What fits into a line of 80. */
const KEYS = 'n/p row  N/P change  c cause  e effect  g go to  b/B run to  m micro  u undo  q quit';

/** @param prompt what is being typed, or what was said of the last order. @returns as many lines as the terminal has */
export function screenLines(stepper: Stepper, size: Size, prompt: string, utc: boolean): string[] {
  const { history, place } = stepper;
  const nodes = nodeLines(history, place);
  const details = [...factLines(place), ...(stepper.isMicro ? microstepLines(place) : [])];
  const fixed = nodes.length + 4;
  const room = Math.max(3, size.rows - fixed);
  const listed = Math.max(3, room - Math.min(details.length, Math.floor(room * 0.65)));
  const rows = around(stepper, place, listed).map((one) =>
    one === place ? coloured('bold', `> ${rowLine(one, utc)}`) : `  ${rowLine(one, utc)}`,
  );
  const rule = coloured('gray', '-'.repeat(size.columns));
  const body = [...nodes, rule, ...rows, rule, ...details.slice(0, room - rows.length)];
  const filled = [...body, ...Array.from({ length: Math.max(0, size.rows - 2 - body.length) }, () => '')];
  return [...filled.slice(0, size.rows - 2), coloured('gray', KEYS), prompt].map((line) =>
    cut(line, size.columns),
  );
}

/** The place with rows before and after it; at an end more of the other side. */
function around({ history }: Stepper, place: Place, count: number): Place[] {
  const before: Place[] = [];
  const after: Place[] = [];
  const half = Math.floor((count - 1) / 2);
  for (let at = history.next(place); at !== null && after.length < count - 1 - half; at = history.next(at))
    after.push(at);
  for (
    let at = history.previous(place);
    at !== null && before.length < count - 1 - after.length;
    at = history.previous(at)
  )
    before.unshift(at);
  return [...before, place, ...after];
}

/** Colours take no room; a line that is cut loses them. */
function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= columns ? line : `${plain.slice(0, Math.max(0, columns - 1))}~`;
}
