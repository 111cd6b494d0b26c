/** Names that people shorten, as with birdc and ip: whole names win, beginnings stand for what they are the only one of. */

import { editDistance } from '../config/suggest.ts';

export type Resolved =
  | { readonly kind: 'found'; readonly name: string }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly string[] }
  /** `near`: what may have been meant. */
  | { readonly kind: 'unknown'; readonly near: readonly string[] };

/** Names offered instead of one that is not known. */
const MOST_NEAR = 3;

/** @param word as it was typed; the empty word stands for nothing */
export function resolveName(word: string, names: readonly string[]): Resolved {
  if (names.includes(word)) return { kind: 'found', name: word };
  const candidates = word === '' ? [] : names.filter((name) => name.startsWith(word));
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return { kind: 'found', name: only };
  if (only !== undefined) return { kind: 'ambiguous', candidates };
  return { kind: 'unknown', near: nearNames(word, names) };
}

/** Names with at most a third of the word mistyped, nearest first. */
export function nearNames(word: string, names: readonly string[]): readonly string[] {
  const most = Math.max(1, Math.floor(word.length / 3));
  return names
    .map((name) => ({ name, distance: editDistance(word.toLowerCase(), name.toLowerCase(), most) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MOST_NEAR)
    .map(({ name }) => name);
}

/** ` (did you mean log?)`; empty where nothing is near. */
export function didYouMean(near: readonly string[]): string {
  return near.length === 0 ? '' : ` (did you mean ${near.join(' or ')}?)`;
}
