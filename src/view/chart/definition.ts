/**
 * Reads a statechart as a journal keeps it: the JSON of a machine's configuration, of whatever version, from a file that
 * anybody may have written. What cannot be read is passed over; what a row names and the definition lacks is added.
 */
import type { Json, JsonObject } from '../../protocol/json.ts';
import type { ChartState, ChartTransition, Statechart } from './statechart.ts';

/** The bounds of what is drawn: no chart of ours comes near. */
export const MOST_STATES = 300;
export const MOST_TRANSITIONS = 1_500;
const MOST_DEPTH = 12;
const MOST_NAME = 80;

const object = (value: Json | undefined): JsonObject | null =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : null;
const list = (value: Json | undefined): readonly Json[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? (value as readonly Json[]) : [value];

/** A name, or the type of something that has parameters; null: it is neither. */
function nameOf(value: Json | undefined): string | null {
  const name = typeof value === 'string' ? value : object(value)?.type;
  return typeof name === 'string' && name !== '' ? name.slice(0, MOST_NAME) : null;
}

const namesOf = (value: Json | undefined): string[] => list(value).flatMap((one) => nameOf(one) ?? []);

const parentOf = (id: string): string => id.slice(0, Math.max(0, id.lastIndexOf('.')));

function kindOf({ type }: JsonObject, hasChildren: boolean): ChartState['kind'] {
  return type === 'final' ? 'final' : hasChildren ? 'compound' : 'atomic';
}

class Reading {
  readonly root: string;
  readonly states = new Map<string, ChartState>();
  readonly transitions: ChartTransition[] = [];

  constructor(root: string) {
    this.root = root;
  }

  /** Paths begin below the root, whose own path is empty. */
  #id(path: string): string {
    return path === '' ? this.root : path;
  }

  #target(path: string, target: Json | undefined): string | null {
    const name = nameOf(Array.isArray(target) ? target[0] : target);
    if (name === null) return null;
    if (name.startsWith('#')) return name === `#${this.root}` ? this.root : name.slice(name.indexOf('.') + 1);
    if (name.startsWith('.')) return `${path}${name}`.replace(/^\./, '');
    return path === '' || parentOf(path) === '' ? name : `${parentOf(path)}.${name}`;
  }

  state(path: string, definition: JsonObject, depth = 0, isRegion = false): void {
    if (this.states.size >= MOST_STATES || depth > MOST_DEPTH || this.states.has(this.#id(path))) return;
    const children = Object.entries(object(definition.states) ?? {});
    const isParallel = definition.type === 'parallel';
    const first = nameOf(definition.initial);
    this.#add(path, {
      kind: isRegion ? 'region' : kindOf(definition, children.length > 0),
      entry: namesOf(definition.entry),
      exit: namesOf(definition.exit),
      initial: first === null || isParallel ? null : [path, first].filter((part) => part !== '').join('.'),
    });
    this.#group(path, 'always', definition.always);
    for (const [event, group] of Object.entries(object(definition.on) ?? {})) this.#group(path, event, group);
    for (const [delay, group] of Object.entries(object(definition.after) ?? {})) {
      this.#group(path, `after ${delay}`, group);
    }
    for (const [key, child] of children) {
      this.state(path === '' ? key : `${path}.${key}`, object(child) ?? {}, depth + 1, isParallel);
    }
  }

  #add(path: string, known: Pick<ChartState, 'kind' | 'entry' | 'exit' | 'initial'>): void {
    const id = this.#id(path);
    const parent = path === '' ? null : this.#id(parentOf(path));
    const label = id.slice(parentOf(path).length === 0 ? 0 : parentOf(path).length + 1).slice(0, MOST_NAME);
    const kind = path === '' ? 'machine' : known.kind;
    this.states.set(id, { ...known, id, parent, kind, label, entryEffects: [], exitEffects: [] });
  }

  #group(path: string, event: string, group: Json | undefined): void {
    list(group).forEach((one, position) => {
      if (this.transitions.length >= MOST_TRANSITIONS) return;
      const found = typeof one === 'string' ? { target: one } : (object(one) ?? {});
      const guard = nameOf(found.guard);
      const source = this.#id(path);
      const shown = event.slice(0, MOST_NAME);
      this.transitions.push({
        id: `${source}:${shown}:${position}`,
        source,
        target: this.#target(path, found.target),
        event: shown,
        guard,
        timer: event.startsWith('after ') ? `${this.root}.${event.slice('after '.length)}` : null,
        raised: event === 'always',
        actions: namesOf(found.actions),
        effects: [],
        label: `${shown}${guard !== null ? ` [${guard}]` : position > 0 ? ' [else]' : ''}`,
      });
    });
  }

  /** A state that only rows know. */
  observed(id: string): void {
    if (id === '' || id === this.root || this.states.has(id) || this.states.size >= MOST_STATES) return;
    const parent = parentOf(id);
    if (parent !== '') {
      this.observed(parent);
      const outer = this.states.get(parent);
      if (outer?.kind === 'atomic') this.states.set(parent, { ...outer, kind: 'compound' });
    }
    this.#add(id, { kind: 'atomic', entry: [], exit: [], initial: null });
  }
}

/**
 * @param machine kind and version as rows name it
 * @param body the configuration of the machine; null: the journal has none
 * @param observed paths of states that rows name
 */
export function readDefinition(
  machine: string,
  body: JsonObject | null,
  observed: Iterable<string> = [],
): Statechart {
  const reading = new Reading(nameOf(body?.id) ?? machine.split('@')[0] ?? machine);
  reading.state('', body ?? {});
  for (const id of observed) reading.observed(id.slice(0, MOST_DEPTH * MOST_NAME));
  const states = [...reading.states.values()];
  const isKnown = (id: string | null): boolean => id === null || reading.states.has(id);
  return {
    machine,
    states,
    transitions: reading.transitions.filter(({ target }) => isKnown(target)),
  };
}
