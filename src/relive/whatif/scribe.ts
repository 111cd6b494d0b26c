/** Writes down what is lived again, a journal for each router, so that it can be looked at beside the recorded one. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalRow } from '../../engine/types.ts';
import { Changes } from '../../journal/changes.ts';
import { given, written } from '../../journal/lines.ts';
import { DEFAULT_LIMITS, type Item } from '../../journal/messages.ts';
import { Store } from '../../journal/store.ts';
import { machineBody } from '../../machines/registry.ts';
import { RangeTooLong } from './live.ts';
import type { EnteredActor } from './router.ts';
import type { Terms } from './terms.ts';

/** Rows of all routers; more are no picture that anybody looks at. */
const MOST_ROWS = 500_000;
const BATCH_ITEMS = 500;
/** Of the program itself, as in every journal. */
const PROGRAM = 'relived';

interface Lived {
  readonly row: JournalRow;
  /** Rows are numbered by the world that they come from; null: made here. */
  readonly world: object | null;
}

/** One router: what happens to it comes world by world, and so in no order of time. */
class Pages {
  readonly lived: Lived[] = [];
  /** Times at which its process ended, or began anew. */
  readonly ends: number[] = [];
  readonly begins: number[] = [];
}

export class Scribe {
  readonly #routers = new Map<string, Pages>();
  #rows = 0;

  /** An actor as it was where the history is entered. */
  entered(router: string, { actor, machine, state, context }: EnteredActor, atUs: number): void {
    const event = { type: 'whatif.entered' };
    const common = { seq: 0, monoUs: atUs, wallUs: atUs, kind: 'start', cause: null } as const;
    this.#take(router, null, { ...common, actor, machine, event, effects: [], state, delta: context });
  }

  row(router: string, world: object, row: JournalRow): void {
    this.#take(router, world, row);
  }

  began(router: string, atUs: number): void {
    this.#of(router).begins.push(atUs);
  }

  ended(router: string, atUs: number): void {
    this.#of(router).ends.push(atUs);
  }

  /**
   * Writes all of it.
   * @param moveUs by router, what its own clock lacks to the common one
   * @param told of each journal: what was changed
   * @throws what the file system says, or if one of the directories has a journal
   */
  write(
    directory: string,
    untilUs: number,
    {
      terms,
      moveUs,
      changes,
    }: { terms: Terms; moveUs: ReadonlyMap<string, number>; changes: readonly string[] },
  ): string[] {
    return [...this.#routers].map(([router, pages]) => {
      const place = join(directory, encodeURIComponent(router));
      if (existsSync(place) && readdirSync(place).length > 0) throw new Error(`${place} is not empty`);
      mkdirSync(place, { recursive: true, mode: 0o700 });
      writeRouter(place, router, { pages, untilUs, terms, shiftUs: -(moveUs.get(router) ?? 0), changes });
      return place;
    });
  }

  #of(router: string): Pages {
    const pages = this.#routers.get(router) ?? new Pages();
    this.#routers.set(router, pages);
    return pages;
  }

  #take(router: string, world: object | null, row: JournalRow): void {
    this.#rows += 1;
    if (this.#rows > MOST_ROWS)
      throw new RangeTooLong(
        `more than ${MOST_ROWS} rows are not written down: narrow it down with --since and --until`,
      );
    this.#of(router).lived.push({ row, world });
  }
}

interface Writing {
  readonly pages: Pages;
  readonly untilUs: number;
  readonly terms: Terms;
  readonly shiftUs: number;
  readonly changes: readonly string[];
}

/** A process and its successors, each an epoch of the journal. What begins anew need not say so, nor that it ends. */
function writeRouter(directory: string, node: string, writing: Writing): void {
  const { pages, untilUs } = writing;
  const lived = pages.lived.toSorted((a, b) => a.row.monoUs - b.row.monoUs);
  const cuts = [Number.NEGATIVE_INFINITY, ...pages.begins, ...pages.ends].sort((a, b) => a - b);
  cuts.forEach((fromUs, index) => {
    const toUs = cuts[index + 1] ?? Number.POSITIVE_INFINITY;
    const own = lived.filter(({ row }) => row.monoUs >= fromUs && row.monoUs < toUs);
    if (own.length > 0) writeProcess(directory, node, own, Math.min(untilUs, toUs), writing);
  });
}

function writeProcess(
  directory: string,
  node: string,
  lived: readonly Lived[],
  endUs: number,
  { terms, shiftUs, changes }: Writing,
): void {
  let nowUs = (lived[0]?.row.monoUs ?? endUs) + shiftUs;
  const limits = { ...DEFAULT_LIMITS, quotaBytes: Number.MAX_SAFE_INTEGER };
  const store = new Store({ directory, node, process: 'vrrp', limits, resume: null }, () => {}, {
    wallUs: () => nowUs,
    monotonicUs: () => nowUs,
  });
  const known = new Changes();
  const numbers = new Map<object, Map<number, number>>();
  const machines = new Set<string>();
  let items: Item[] = [];
  let seq = 0;
  const flush = (): void => {
    store.write(given(items), []);
    items = [];
  };
  const put = (row: JournalRow, world: object | null): void => {
    seq += 1;
    const own = world === null ? undefined : (numbers.get(world) ?? new Map<number, number>());
    if (world !== null && own !== undefined) numbers.set(world, own.set(row.seq, seq));
    const cause = row.cause === null ? null : (own?.get(row.cause) ?? null);
    nowUs = row.wallUs + shiftUs;
    const moved = { ...row, seq, cause, monoUs: nowUs, wallUs: nowUs };
    const changed = known.take(moved);
    const { machine } = row;
    const definition = machine === null || machines.has(machine) ? null : terms.machine(machine);
    if (definition !== null) {
      machines.add(definition.name);
      items.push({ define: { kind: 'machine', name: definition.name, body: machineBody(definition) } });
    }
    items.push({ row: written(moved, known.stateOf(row.actor)), changed });
    if (items.length >= BATCH_ITEMS) flush();
  };
  const note = (atUs: number, event: JournalRow['event']): JournalRow => {
    const common = {
      seq: 0,
      monoUs: atUs,
      wallUs: atUs,
      kind: 'note',
      actor: PROGRAM,
      machine: null,
    } as const;
    return { ...common, cause: null, event, effects: [], state: null, delta: {} };
  };
  put(note(lived[0]?.row.monoUs ?? endUs, { type: 'whatif.lived', changes: [...changes] }), null);
  for (const { row, world } of lived) put(row, world);
  put(note(Math.max(endUs, lived.at(-1)?.row.monoUs ?? 0), { type: 'process.stopped' }), null);
  flush();
  store.close();
}
