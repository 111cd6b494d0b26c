/** What turns one JSON value into another, as a JSON patch (RFC 6902). */
import { sameJson } from '../../journal/fold.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';

export type Operation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string };

/** An operation with the value that it changes or takes away; undefined: there was none. */
export interface Change {
  readonly operation: Operation;
  readonly before: Json | undefined;
}

/** RFC 6901. */
const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

const isObject = (value: Json): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** In an order in which they can be applied one after the other. */
export function* changes(before: Json, after: Json, path = ''): Generator<Change> {
  if (sameJson(before, after)) return;
  if (isObject(before) && isObject(after)) yield* ofObjects(before, after, path);
  else if (Array.isArray(before) && Array.isArray(after)) yield* ofArrays(before, after, path);
  else yield { operation: { op: 'replace', path, value: after }, before };
}

function* ofObjects(before: JsonObject, after: JsonObject, path: string): Generator<Change> {
  for (const [key, value] of Object.entries(before)) {
    const here = `${path}/${escaped(key)}`;
    // A key may be called as a method of every object is.
    const now = Object.hasOwn(after, key) ? after[key] : undefined;
    if (now === undefined) yield { operation: { op: 'remove', path: here }, before: value };
    else yield* changes(value as Json, now as Json, here);
  }
  for (const [key, value] of Object.entries(after))
    if (!Object.hasOwn(before, key) || before[key] === undefined)
      yield {
        operation: { op: 'add', path: `${path}/${escaped(key)}`, value: value as Json },
        before: undefined,
      };
}

function* ofArrays(before: readonly Json[], after: readonly Json[], path: string): Generator<Change> {
  const common = Math.min(before.length, after.length);
  for (let at = 0; at < common; at += 1)
    yield* changes(before[at] as Json, after[at] as Json, `${path}/${at}`);
  // From the end, so that what is left keeps its place.
  for (let at = before.length - 1; at >= common; at -= 1)
    yield { operation: { op: 'remove', path: `${path}/${at}` }, before: before[at] };
  for (let at = common; at < after.length; at += 1)
    yield { operation: { op: 'add', path: `${path}/-`, value: after[at] as Json }, before: undefined };
}
