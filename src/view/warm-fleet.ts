/**
 * Everybody of a node as they are now, kept from one question to the next: of ten thousand actors only those are read again
 * that changed since.
 */
import type { JsonObject } from '../protocol/json.ts';
import type { ActorView, FleetTable } from './api.ts';
import { packFleet } from './fleet.ts';
import type { JournalSource, SourceRow, SourceState } from './source.ts';
import { type Told, toldBy } from './told.ts';

/** Kinds whose contexts are read: those of ten thousand checkers would take long and say nothing here. */
const TELLING = /^(?:vrrp|group|tracker)\//;
/** After more rows than that reading everybody anew is quicker. */
const MOST_ROWS = 5_000;

interface Standing extends Told {
  readonly priority: number | null;
}
const NOTHING: Standing = { priority: null, relations: [], addresses: [] };

function standingOf({ context }: SourceState): Standing {
  const { effectivePriority } = context;
  return {
    priority: typeof effectivePriority === 'number' ? effectivePriority : null,
    ...toldBy((context.input ?? {}) as JsonObject),
  };
}

/** Every actor as it was after a row, in the life of the process that wrote it. */
export function everybodyAt(source: JournalSource, seq: number): ActorView[] {
  const states = source.statesAt(seq, (actor) => TELLING.test(actor));
  const told = new Map(states.map((state) => [state.actor, standingOf(state)]));
  const rowUs = source.row(seq)?.wallUs ?? 0;
  return source.standingsAt(seq).map((standing) => ({
    ...{ ...standing, ...(told.get(standing.actor) ?? NOTHING), node: source.node, running: true },
    wallUs: standing.wallUs ?? rowUs,
  }));
}

class WarmFleet {
  #seq = 0;
  #epoch = 0;
  #views = new Map<string, ActorView>();
  #table: FleetTable | null = null;

  table(source: JournalSource, seq: number, epoch: number, running: boolean): FleetTable {
    const isKnown = this.#epoch === epoch && seq >= this.#seq && seq - this.#seq <= MOST_ROWS;
    if (!isKnown) {
      this.#views = new Map(everybodyAt(source, seq).map((view) => [view.actor, view]));
      this.#table = null;
    } else if (seq > this.#seq) {
      for (const row of source.rows({ fromSeq: this.#seq + 1, toSeq: seq, changedOnly: true }))
        this.#take(source.node, row);
    }
    [this.#seq, this.#epoch] = [seq, epoch];
    if (this.#table?.running !== running) this.#table = null;
    const views = (): ActorView[] => [...this.#views.values()].map((view) => ({ ...view, running }));
    this.#table ??= packFleet(source.node, running, views());
    return this.#table;
  }

  /** What it changed is now what everybody is told. */
  #take(node: string, { kind, actor, machine, seq, wallUs, state, delta }: SourceRow): void {
    if (kind === 'note') return;
    const known = this.#views.get(actor);
    const isTelling = kind !== 'crash' && TELLING.test(actor);
    const { effectivePriority, input } = isTelling ? delta : {};
    const { priority = null, relations = [], addresses = [] } = known ?? {};
    this.#views.set(actor, {
      ...{ node, running: true, actor, machine, seq, wallUs, state, relations, addresses },
      priority: typeof effectivePriority === 'number' ? effectivePriority : priority,
      ...(input === undefined ? {} : toldBy((input ?? {}) as JsonObject)),
    });
    this.#table = null;
  }
}

const warm = new WeakMap<JournalSource, WarmFleet>();

/** Everybody as they are after the newest row. */
export function everybodyNow(
  source: JournalSource,
  seq: number,
  epoch: number,
  running: boolean,
): FleetTable {
  const fleet = warm.get(source) ?? new WarmFleet();
  warm.set(source, fleet);
  return fleet.table(source, seq, epoch, running);
}
