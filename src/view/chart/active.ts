/** Which states a state value names. Works on journal rows alone, so it needs neither XState nor a machine. */
import type { Json } from '../../protocol/json.ts';

function collect(value: Json, path: string, into: Set<string>): void {
  if (typeof value === 'string') {
    into.add(path === '' ? value : `${path}.${value}`);
    return;
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    const id = path === '' ? key : `${path}.${key}`;
    into.add(id);
    collect(inner, id, into);
  }
}

/** Paths of all active states with the states that contain them; empty for null. */
export function activeStates(value: Json): ReadonlySet<string> {
  const active = new Set<string>();
  collect(value, '', active);
  return active;
}

/** The innermost active states, one a region: `backup.listening`, `held`. */
function leaves(value: Json, path: string): string[] {
  if (typeof value === 'string') return [path === '' ? value : `${path}.${value}`];
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`));
}

export interface StateSummary {
  /** What an operator calls the state: `backup`, `passing`; of several regions that of the one that matters most. */
  readonly main: string;
  /** Everything more exact, one entry a region: `backup.listening`, `addresses absent`. */
  readonly details: readonly string[];
}

/** Of a machine with regions, the one that an operator asks for; else the first. */
const TELLING = ['protocol', 'quorum'];
/** States whose name says less than the one inside. */
const OPAQUE = new Set(['followed']);

/** `passing` and `passing.steady`. */
function summarizePath(leaf: string): StateSummary {
  const [first = '', second = ''] = leaf.split('.');
  const main = OPAQUE.has(first) && second !== '' ? second : first;
  return { main, details: leaf === main ? [] : [leaf] };
}

/** A state value in words; `main` is empty if there is no state. */
export function summarizeState(value: Json): StateSummary {
  if (typeof value === 'string') return { main: value, details: [] };
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return { main: '', details: [] };
  const regions = Object.entries(value);
  // One key alone is a state with states inside: no machine has a single region.
  const [only] = regions;
  if (regions.length === 1 && only !== undefined && !TELLING.includes(only[0])) {
    return summarizePath(leaves(value, '')[0] ?? '');
  }
  const told = TELLING.map((name) => regions.find(([region]) => region === name)).find(Boolean) ?? regions[0];
  if (told === undefined) return { main: '', details: [] };
  const { main, details } = summarizePath(leaves(told[1], '')[0] ?? '');
  const others = regions
    .filter((one) => one !== told)
    .map(([region, inner]) => `${region} ${leaves(inner, '').join(', ')}`);
  return { main, details: [...details, ...others] };
}
