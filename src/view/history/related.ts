/** Who belongs to an actor: its group and the members of it, what it depends on, and who depends on it. */
import type { Json } from '../../protocol/json.ts';
import type { RelatedAnswer } from '../api.ts';
import type { JournalSource } from '../source.ts';

const MOST = 64;
/** Groups are looked into once more, so that an instance has its fellow members. */
const GROUP = /^group\//;

/** Names of actors that stand in what another was configured with. */
function named(value: Json | undefined, actors: ReadonlySet<string>, into: Set<string>): void {
  if (typeof value === 'string') {
    if (actors.has(value)) into.add(value);
  } else if (Array.isArray(value)) for (const item of value as readonly Json[]) named(item, actors, into);
  else if (value !== null && typeof value === 'object')
    for (const inner of Object.values(value)) named(inner, actors, into);
}

/** As they were after a row. */
export function related(source: JournalSource, actor: string, seq: number): RelatedAnswer {
  const states = source.statesAt(seq).filter(({ machine }) => machine !== null);
  const names = new Set(states.map((state) => state.actor));
  const neighbours = new Map<string, Set<string>>(states.map((state) => [state.actor, new Set()]));
  for (const { actor: own, context } of states) {
    const found = new Set<string>();
    named(context.input, names, found);
    for (const other of found) {
      if (other === own) continue;
      neighbours.get(own)?.add(other);
      neighbours.get(other)?.add(own);
    }
  }
  const near = [...(neighbours.get(actor) ?? [])].sort();
  const fellows = near
    .filter((name) => GROUP.test(name))
    .flatMap((name) => [...(neighbours.get(name) ?? [])].sort());
  return { actors: [...new Set([actor, ...near, ...fellows])].slice(0, MOST) };
}
