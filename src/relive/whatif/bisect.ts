/** The first of many at which something is so, in as many looks as the number has binary digits. Pure. */
import type { ActorState } from '../../journal/model.ts';
import type { Json } from '../../protocol/json.ts';
import { protocolPath } from '../words.ts';

export interface Look {
  readonly at: number;
  readonly isSo: boolean;
}

export interface Found {
  /** The first at which it is as at the last one. */
  readonly first: number;
  /** What it is at the beginning; at the end it is the other. */
  readonly before: boolean;
  readonly looks: number;
}

/**
 * Looks at both ends, then by halves.
 * @returns null if both ends are alike
 */
export async function bisect(
  from: number,
  to: number,
  isSo: (at: number) => Promise<boolean> | boolean,
  seen: (look: Look) => void = () => {},
): Promise<Found | null> {
  let looks = 0;
  const look = async (at: number): Promise<boolean> => {
    const answer = await isSo(at);
    looks += 1;
    seen({ at, isSo: answer });
    return answer;
  };
  const before = await look(from);
  if ((await look(to)) === before) return null;
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if ((await look(middle)) === before) low = middle;
    else high = middle;
  }
  return { first: high, before, looks };
}

/** Something that is so, or not, of an actor at a time. */
export interface Predicate {
  readonly name: string;
  readonly holds: (state: ActorState | null) => boolean;
}

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** `VI_1 is backup`, `VI_1 is not backup.listening`, `VI_1.effectivePriority < 100`. Null if it is none of these. */
export function parsePredicate(text: string): Predicate | null {
  const [, name, not, path] = /^\s*(\S+) is (not )?([a-z.A-Z]+)\s*$/.exec(text) ?? [];
  if (name !== undefined && path !== undefined)
    return { name, holds: (state) => isAt(state, path) === (not === undefined) };
  const [, actor, key = '', operator = '', value = ''] =
    /^\s*(\S+?)\.([A-Za-z]+) (==|!=|<=?|>=?) (\S+)\s*$/.exec(text) ?? [];
  if (actor === undefined) return null;
  return { name: actor, holds: (state) => compares(state?.context[key], operator, value) };
}

/** `backup` is every state in it. An actor that does not exist is in none. */
function isAt(state: ActorState | null, path: string): boolean {
  if (state === null) return false;
  const own = protocolPath(state.state);
  return own === path || own.startsWith(`${path}.`);
}

function compares(own: Json | undefined, operator: string, value: string): boolean {
  const text = typeof own === 'string' ? own : JSON.stringify(own ?? null);
  if (operator === '==') return text === value;
  if (operator === '!=') return text !== value;
  return COMPARE[operator]?.(Number(own), Number(value)) ?? false;
}
