/** Fields of a question, each checked. */
import { BadRequest } from './answering.ts';
import type { JournalSource } from './source.ts';

/** An integer parameter between 0 and `max`; null if it is absent. */
export function integer(
  query: URLSearchParams,
  name: string,
  max: number = Number.MAX_SAFE_INTEGER,
): number | null {
  const text = query.get(name);
  if (text === null) return null;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value) || value > max) {
    throw new BadRequest(400, `${name} must be a whole number from 0 to ${max}`);
  }
  return value;
}

export function required<T>(value: T | null, name: string): T {
  if (value === null) throw new BadRequest(400, `${name} is missing`);
  return value;
}

export function sourceOf(sources: readonly JournalSource[], query: URLSearchParams): JournalSource {
  const node = required(query.get('node'), 'node');
  const source = sources.find((candidate) => candidate.node === node);
  if (source === undefined) throw new BadRequest(404, `no node ${JSON.stringify(node.slice(0, 80))}`);
  return source;
}
