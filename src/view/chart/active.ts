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
  /** What an operator calls the state: the top state of the region `protocol`, else of the first one: `backup`. */
  readonly main: string;
  /** Everything more exact, one entry a region: `backup.listening`, `addresses absent`. */
  readonly details: readonly string[];
}

/** A state value in words; `main` is empty if there is no state. */
export function summarizeState(value: Json): StateSummary {
  if (typeof value === 'string') return { main: value, details: [] };
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return { main: '', details: [] };
  const regions = Object.entries(value);
  const told = regions.find(([region]) => region === 'protocol') ?? regions[0];
  if (told === undefined) return { main: '', details: [] };
  const [leaf = ''] = leaves(told[1], '');
  const main = leaf.split('.')[0] ?? '';
  const others = regions
    .filter((one) => one !== told)
    .map(([region, inner]) => `${region} ${leaves(inner, '').join(', ')}`);
  return { main, details: leaf === main ? others : [leaf, ...others] };
}
