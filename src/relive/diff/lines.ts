/** Differences of two documents for people. */
import type { Json, JsonObject } from '../../protocol/json.ts';
import { coloured } from '../output.ts';
import { formatDuration } from '../time.ts';
import { actorName, changeInWords, stateInWords } from '../words.ts';
import { changes } from './patch.ts';

const LONGEST = 160;

function short(value: Json | undefined): string {
  if (value === undefined) return '(none)';
  const text = JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}...`;
}

interface ActorDocument {
  readonly state: Json;
  readonly context: JsonObject;
  readonly timers: JsonObject;
}

const actorsOf = (document: JsonObject): ReadonlyMap<string, ActorDocument> =>
  new Map(Object.entries((document.actors ?? {}) as Record<string, never>));

/** Nothing if there is no difference. */
export function differenceLines(before: JsonObject, after: JsonObject): string[] {
  const lines: string[] = [];
  if (before.process !== after.process)
    lines.push(`process  ${String(before.process)} -> ${String(after.process)}`);
  if (before.configuration !== after.configuration)
    lines.push(
      `configuration  ${String(before.configuration ?? 'unknown')} -> ${String(after.configuration ?? 'unknown')}`,
    );
  const [was, is] = [actorsOf(before), actorsOf(after)];
  for (const actor of [...new Set([...was.keys(), ...is.keys()])].sort())
    lines.push(...actorLines(actor, was.get(actor), is.get(actor)));
  return lines;
}

function actorLines(actor: string, was: ActorDocument | undefined, is: ActorDocument | undefined): string[] {
  const name = coloured('bold', actorName(actor));
  if (was === undefined || is === undefined) {
    const there = (is ?? was)?.state ?? null;
    return [
      `${is === undefined ? coloured('red', '-') : coloured('green', '+')} ${name}  ${stateInWords(there)}`,
    ];
  }
  const details: string[] = [];
  if (short(was.state) !== short(is.state)) details.push(`state  ${changeInWords(was.state, is.state)}`);
  for (const { operation, before } of changes(was.context, is.context)) {
    const value = operation.op === 'remove' ? undefined : operation.value;
    details.push(`${operation.path.slice(1)}  ${short(before)} -> ${short(value)}`);
  }
  for (const timer of new Set([...Object.keys(was.timers), ...Object.keys(is.timers)]))
    details.push(...timerLines(timer, was.timers[timer], is.timers[timer]));
  return details.length === 0 ? [] : [`  ${name}`, ...details.map((detail) => `    ${detail}`)];
}

function timerLines(timer: string, was: Json | undefined, is: Json | undefined): string[] {
  if (was === is) return [];
  const left = (us: Json | undefined): string =>
    us === undefined
      ? 'not running'
      : `${formatDuration(Math.abs(Number(us)))} ${Number(us) < 0 ? 'late' : 'left'}`;
  return [`timer ${timer}  ${left(was)} -> ${left(is)}`];
}
