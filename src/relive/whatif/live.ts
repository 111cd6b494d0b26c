/** Lives a stretch of history again: as it was, which is the proof, and changed, once for each set of terms. */
import type { Json, JsonObject } from '../../protocol/json.ts';
import { roleOf } from '../words.ts';
import { Chronicle } from './chronicle.ts';
import type { Happening } from './happenings.ts';
import { type Life, LifeMaker } from './life.ts';
import { type Line, lineOf, lossLine, merged, type Source, sourcesOf, withTrueEnds } from './lines.ts';
import { LossBook, type Window } from './losses.ts';
import { Proof } from './proof.ts';
import type { Scribe } from './scribe.ts';
import type { Terms } from './terms.ts';

export interface LivedAgain {
  /** Unix times of the common clock. */
  readonly range: Window;
  readonly routers: readonly string[];
  /** Role of each instance at the beginning, by router and actor. */
  readonly before: ReadonlyMap<string, string>;
  /** By router and actor, the virtual router that the instance is one of. */
  readonly virtualRouter: ReadonlyMap<string, string>;
  readonly recorded: Chronicle;
  readonly proof: Proof;
  readonly base: Life;
  readonly changed: readonly Life[];
  /** Actors whose state at the beginning is not certain, because rows were lost. */
  readonly uncertain: readonly string[];
  readonly missingMachines: readonly string[];
  readonly rows: number;
}

export interface LiveOptions {
  readonly sources: readonly Source[];
  readonly range: Window;
  readonly unchanged: Terms;
  readonly changed: readonly Terms[];
  /** Changes are counted and not kept, for a long stretch of one journal. */
  readonly isCounted?: boolean;
  readonly progress?: (atUs: number) => void;
  /** Writes the first of the changed lives down. */
  readonly scribe?: Scribe | null;
}

/** More of several journals is not held in memory to find out what was lost between them. */
const MOST_HELD = 2_000_000;

/** The stretch is too long for what is asked. */
export class RangeTooLong extends Error {}

interface World {
  readonly lines: readonly Line[];
  readonly own: ReadonlySet<string>;
  readonly losses: LossBook | null;
}

/** @throws RangeTooLong if several journals have more in this stretch than is held in memory */
export function liveAgain(options: LiveOptions): LivedAgain {
  const { sources, range } = options;
  const world = worldOf(
    sources.map((source) => lineOf(source, range)),
    range,
  );
  const { lines } = world;
  const proof = new Proof();
  const isCounted = options.isCounted === true && lines.length === 1;
  const recorded = new Chronicle(!isCounted);
  const before = new Map<string, string>();
  const virtualRouter = new Map<string, string>();
  for (const { source, entry } of lines) {
    for (const { actor, state, context } of entry.actors) {
      proof.enter(source.name, actor, state);
      recorded.enter(source.name, actor, state, context);
      if (!actor.startsWith('vrrp/')) continue;
      before.set(`${source.name} ${actor}`, roleOf(state));
      virtualRouter.set(`${source.name} ${actor}`, labelOf(actor, context.input as JsonObject, lines.length));
    }
  }
  const make = (terms: Terms, proven: Proof | null, scribe: Scribe | null) =>
    new LifeMaker({ terms, range, ...world, isCounted, proof: proven, scribe });
  const base = make(options.unchanged, proof, null);
  const { scribe = null } = options;
  const lives = [
    base,
    ...options.changed.map((terms, index) => make(terms, null, index === 0 ? scribe : null)),
  ];
  let rows = 0;
  for (const [name, happening] of merged(lines)) {
    rows += record(name, happening, proof, recorded);
    if (happening.kind === 'spawned' && happening.actor.startsWith('vrrp/'))
      virtualRouter.set(
        `${name} ${happening.actor}`,
        labelOf(happening.actor, happening.input, lines.length),
      );
    for (const life of lives) life.feed(name, happening);
    if (happening.kind === 'state' && (rows & 1023) === 0) options.progress?.(happening.atUs);
  }
  const lived = lives.map((life) => life.end(range.toUs));
  proof.end(range.toUs);
  const [first, ...changed] = lived;
  return {
    ...{ range, before, virtualRouter, recorded, proof, rows, changed },
    routers: sources.map(({ name }) => name),
    base: first as Life,
    uncertain: lines.flatMap(({ source, entry }) =>
      entry.uncertain.map((actor) => `${source.name} ${actor}`),
    ),
    missingMachines: [...new Set(lives.flatMap((life) => life.missingMachines()))],
  };
}

/** Of one journal every instance is one of its own; of several the VRID says which belong together. */
function labelOf(actor: string, { virtualRouterId, family }: JsonObject, journals: number): string {
  return journals === 1 ? actor : `${String(virtualRouterId)} ${String(family)}`;
}

/** Takes down what the journal says; gives the number of rows. */
function record(name: string, happening: Happening, proof: Proof, recorded: Chronicle): number {
  if (happening.kind === 'ended') recorded.end(name, happening.atUs);
  if (happening.kind !== 'state') return 0;
  const { actor, atUs, state, event, delta } = happening;
  proof.recorded(name, actor, atUs, state as Json, event.type);
  recorded.row(name, { monoUs: atUs, actor, event, state, delta });
  return 1;
}

/** Several journals are laid side by side first, to see what one sent and another did not hear. */
function worldOf(lines: readonly Line[], range: Window): World {
  if (lines.length === 1) return { lines, own: new Set(), losses: null };
  const held = lines.map((line) => ({ ...line, happenings: hold(line.happenings) }));
  const sources = held.map((line) => new Set(sourcesOf(line, line.happenings)));
  const ended = held.map((line, i) => {
    const heard = held.flatMap((other) =>
      other === line ? [] : heardOf(other.happenings, sources[i] ?? new Set()),
    );
    return { ...line, happenings: withTrueEnds(line.happenings, heard) };
  });
  const losses = new LossBook(
    ended.map((line) => lossLine(line, line.happenings)),
    range,
  );
  return { lines: ended, own: new Set(sources.flatMap((own) => [...own])), losses };
}

function hold(happenings: Iterable<Happening>): Happening[] {
  const held: Happening[] = [];
  for (const happening of happenings) {
    held.push(happening);
    if (held.length > MOST_HELD)
      throw new RangeTooLong(`more than ${MOST_HELD} events: narrow it down with --since and --until`);
  }
  return held;
}

function heardOf(happenings: readonly Happening[], sources: ReadonlySet<string>): Window[] {
  return happenings.flatMap((happening): Window[] => {
    if (happening.kind === 'heard' && sources.has(happening.advert.source))
      return [{ fromUs: happening.atUs, toUs: happening.atUs }];
    return happening.kind === 'train' && sources.has(happening.train.source) ? [happening.train] : [];
  });
}
