/** A place in a history as lines of text, for a screen and for a pipe. */
import type { Microstep } from '../../engine/evaluate.ts';
import { writerState } from '../../journal/liveness.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { Json } from '../../protocol/json.ts';
import { sawWords } from '../../view/text/why-not-words.ts';
import { coloured, colouredRole } from '../output.ts';
import { formatDuration, formatWall } from '../time.ts';
import {
  actorName,
  changeInWords,
  effectInWords,
  eventInWords,
  protocolPath,
  roleOf,
  stateInWords,
} from '../words.ts';
import type { History, Place } from './history.ts';
import { contextChanges, entriesAndExits, microsteps, runningTimers } from './row-facts.ts';

/** A value that is longer is cut: contexts hold whole lists. */
const MOST_LETTERS = 160;

/** One line: when, where, who, what. */
export function rowLine({ witness, row, before }: Place, utc: boolean): string {
  const head = `${formatWall(row.wallUs, utc)}  ${witness.name}  @${row.seq}`;
  if (row.kind === 'note') return `${head}  ${row.actor}  ${eventInWords(row.event)}`;
  const words =
    row.kind === 'crash'
      ? `CRASHED on ${row.event.type}: ${String(row.delta.error)}`
      : eventInWords(row.event);
  const change = changeInWords(before, row.state);
  const isRoleChange = before !== null && protocolPath(before) !== protocolPath(row.state);
  const shown = isRoleChange ? colouredRole(roleOf(row.state), change) : change;
  return `${head}  ${actorName(row.actor)}  ${words}  [${shown}]`;
}

/** What the row did and what holds after it. */
export function factLines(place: Place): string[] {
  const { row } = place;
  const cause = row.cause === null ? coloured('yellow', 'from outside') : `@${row.cause}`;
  const lines = [`  event    ${row.event.type}, cause: ${cause}`];
  if (row.kind === 'note') return lines;
  lines.push(`  state    ${stateInWords(row.state)}`);
  for (const effect of row.effects) lines.push(`  effect   ${effectInWords(effect)}`);
  for (const { key, from, to } of contextChanges(place))
    lines.push(`  context  ${key}: ${short(from)} -> ${short(to)}`);
  for (const { timer, leftUs } of runningTimers(place))
    lines.push(`  timer    ${timer} in ${formatDuration(Math.max(0, leftUs))}`);
  return lines;
}

/** How the evaluation went: guards that were asked, states left and entered with their actions. */
export function microstepLines(place: Place): string[] {
  const steps = microsteps(place);
  if (typeof steps === 'string') return [`  no micro-steps: ${steps}`];
  let state: Json = place.before;
  const { event, machine } = place.row;
  return steps.flatMap((step, index) => {
    // What XState calls the end of a timer is no name for people.
    const shown = index === 0 ? { ...step, event } : step;
    const lines = stepLines(shown, index, state, machine);
    state = step.state;
    return lines;
  });
}

function stepLines(step: Microstep, index: number, before: Json, machine: string | null): string[] {
  const { event, guards, transitions, state } = step;
  const lines = [`  step ${index + 1}   ${event.type}`];
  for (const { name, passed, saw } of guards) {
    const answer = passed ? coloured('green', `${name}: yes`) : coloured('gray', `${name}: no`);
    lines.push(`    guard  ${answer}${saw.length === 0 ? '' : ` (${sawWords(saw)})`}`);
  }
  for (const { source, targets } of transitions)
    lines.push(
      `    taken  ${source}${targets.length === 0 ? ' (no state is left)' : ` -> ${targets.join(', ')}`}`,
    );
  const { left, entered } = entriesAndExits(machine, before, state);
  for (const id of left) lines.push(`    left   ${id}`);
  for (const id of entered) lines.push(`    now in ${id}`);
  return lines;
}

/** Every node as it was at the place's time, its instance or the one that is looked at. */
export function nodeLines(history: History, { witness, row }: Place): string[] {
  return history.witnesses.map((one) => {
    const { reader, name } = one;
    const seq = one === witness ? row.seq : reader.seqAt(row.wallUs);
    const actor = row.kind === 'note' ? null : row.actor;
    const states = seq === 0 ? [] : actor === null ? reader.statesAt(seq) : [reader.stateAt(actor, seq)];
    const end = processEnd(reader, seq, row.wallUs);
    const told = states
      .flatMap((state) =>
        state === null
          ? []
          : [`${actorName(state.actor)} ${colouredRole(roleOf(state.state), stateInWords(state.state))}`],
      )
      .slice(0, 4);
    const shown = told.join('; ') || 'nothing known';
    return `${one === witness ? '>' : ' '} ${coloured('bold', name)}  ${end === null ? shown : `${coloured('red', end)}; its last state: ${shown}`}`;
  });
}

/** What is known of the end of the process that wrote the newest row at a time; null: it may run. */
function processEnd(reader: JournalReader, seq: number, wallUs: number): string | null {
  const epochs = reader.epochs();
  const index = epochs.findLastIndex(({ firstSeq }) => firstSeq <= seq);
  const epoch = epochs[index];
  if (epoch === undefined || seq < epoch.lastSeq || wallUs <= epoch.lastWallUs) return null;
  if (epoch.endedCleanly) return 'stopped';
  return index < epochs.length - 1 || writerState(epoch) === 'ended'
    ? 'its process had ended without a stop'
    : null;
}

function short(value: Json | null): string {
  const text = JSON.stringify(value);
  return text.length <= MOST_LETTERS ? text : `${text.slice(0, MOST_LETTERS)}...`;
}
