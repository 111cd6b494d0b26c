/** Questions about a row, as pages ask them of the server and the server asks them of an explainer. */
import { BadRequest } from './answering.ts';
import type { Question, Refusal } from './explain-api.ts';
import { integer, required, sourceOf } from './query-fields.ts';
import type { JournalSource } from './source.ts';

const KINDS: Readonly<Record<string, Question['kind']>> = {
  '/api/explain': 'explain',
  '/api/why': 'why',
  '/api/whynot': 'whynot',
};

/** Actors and states have names of at most this many letters. */
const MOST_LETTERS = 400;

export const isQuestion = (path: string): boolean => Object.hasOwn(KINDS, path);

function word(query: URLSearchParams, name: string): string {
  const text = required(query.get(name), name);
  if (text.length > MOST_LETTERS) throw new BadRequest(400, `${name} is too long`);
  return text;
}

/** @throws BadRequest */
export function questionOf(
  path: string,
  sources: readonly JournalSource[],
  query: URLSearchParams,
): Question {
  const kind = KINDS[path];
  if (kind === undefined) throw new BadRequest(404, 'not found');
  const { node, against } = sourceOf(sources, query);
  const seq = required(integer(query, 'seq'), 'seq');
  // What was lived is not explained by what never was, nor the other way round.
  const nodes = sources.flatMap(({ node: name, directory, against: other }) =>
    directory === null || (other === undefined) !== (against === undefined) ? [] : [{ name, directory }],
  );
  const common = { nodes, node, actor: word(query, 'actor'), seq };
  return kind === 'whynot' ? { ...common, kind, state: word(query, 'state') } : { ...common, kind };
}

const STATUS: Readonly<Record<Refusal, number>> = { busy: 503, slow: 504, failed: 500 };

export const statusOf = (refusal: Refusal): number => STATUS[refusal];
