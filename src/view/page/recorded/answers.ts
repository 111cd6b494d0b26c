/** Answers a page's questions from what it carries with it, as the server does from journals (src/view/queries.ts). */
import type { Json } from '../../../protocol/json.ts';
import type { ActorView, FleetTable, Lane, TimelineAnswer, ViewRow } from '../../api.ts';
import { packFleet } from '../../fleet.ts';
import { LaneBuilder } from '../../history/lane-builder.ts';
import { keyOfRow, type Recording } from '../../recording.ts';

const MOST_ROWS = 500;
const DEFAULT_CELLS = 1_000;

const number = (query: URLSearchParams, name: string): number | null =>
  query.has(name) ? Number(query.get(name)) : null;

export class RecordedAnswers {
  readonly #recording: Recording;

  constructor(recording: Recording) {
    this.#recording = recording;
  }

  /** Null: nothing is known of it. */
  answer(path: string, query: URLSearchParams): unknown {
    const { nodes, toUs, opened, whyNot, charts, clocks, begin } = this.#recording;
    const node = query.get('node') ?? '';
    const seq = number(query, 'seq') ?? 0;
    const told = this.#recording.told[keyOfRow({ node, seq })];
    switch (path) {
      case '/api/nodes':
        return { nowUs: toUs, nodes, fleet: this.#fleet(toUs) };
      case '/api/at':
        return { timeUs: number(query, 'time'), fleet: this.#fleet(number(query, 'time') ?? toUs) };
      case '/api/rows':
        return this.#rows(node, query);
      case '/api/moment':
        return this.#moment(node, query);
      case '/api/timeline':
        return this.#timeline(query);
      case '/api/links':
        return told?.links ?? { causes: [], effects: [] };
      case '/api/explain':
        return told?.explain ?? null;
      case '/api/why':
        return told?.why ?? null;
      case '/api/whynot': {
        const isOpened = node === opened.node && seq === opened.seq && query.get('actor') === opened.actor;
        return isOpened ? (whyNot[query.get('state') ?? ''] ?? null) : null;
      }
      case '/api/related': {
        const asked = query.get('actor') ?? '';
        return { actors: [...new Set([asked, ...begin.map(({ actor }) => actor), ...this.#later()])] };
      }
      case '/api/chart':
        return charts[`${node} ${this.#row(node, seq)?.machine}`] ?? null;
      case '/api/clocks':
        return clocks;
      case '/api/rates':
        return this.#recording.rates;
      case '/api/activity':
        return this.#activity(query);
      default:
        return path === '/api/differences' ? { differences: [] } : null;
    }
  }

  /** Actors that came into being in this time. */
  #later(): readonly string[] {
    return this.#recording.rows.flatMap(({ machine, actor }) => (machine === null ? [] : [actor]));
  }

  #row(node: string, seq: number): ViewRow | undefined {
    return this.#recording.rows.find((row) => row.node === node && row.seq === seq);
  }

  #rowsOf(node: string, actor: string | null): readonly ViewRow[] {
    const { rows } = this.#recording;
    return rows.filter((row) => row.node === node && (actor === null || row.actor === actor));
  }

  #fleet(timeUs: number): FleetTable[] {
    const { begin, rows, nodes } = this.#recording;
    const views = new Map(begin.map((view) => [keyOf(view), view]));
    for (const row of rows) {
      if (row.wallUs > timeUs) break;
      if (row.machine !== null && row.changed) views.set(keyOf(row), viewAfter(row, views.get(keyOf(row))));
    }
    return nodes.map(({ node, running, toUs }) => {
      const lives = running || timeUs <= toUs;
      const own = [...views.values()].filter((view) => view.node === node);
      return packFleet(node, lives, own);
    });
  }

  #rows(node: string, query: URLSearchParams): unknown {
    const limit = Math.min(MOST_ROWS, number(query, 'limit') ?? 100);
    const [seq, after, before] = ['seq', 'after', 'before'].map((name) => number(query, name));
    const all = this.#rowsOf(node, query.get('actor'));
    if (typeof seq === 'number') return { rows: all.filter((row) => row.seq === seq), more: false };
    if (typeof after === 'number') {
      const later = all.filter((row) => row.seq > after);
      return { rows: later.slice(0, limit), more: later.length > limit };
    }
    const older = typeof before === 'number' ? all.filter((row) => row.seq < before) : all;
    return { rows: older.slice(-limit), more: older.length > limit };
  }

  #moment(node: string, query: URLSearchParams): unknown {
    const timeUs = number(query, 'time') ?? 0;
    const own = this.#rowsOf(node, query.get('actor'));
    const row = own.findLast(({ wallUs }) => wallUs <= timeUs) ?? own[0] ?? null;
    if (row === null) return { row, cause: null, links: null, fleet: null };
    return {
      row,
      cause: row.cause === null ? null : (this.#row(node, row.cause) ?? null),
      links: this.#recording.told[keyOfRow(row)]?.links ?? null,
      fleet: query.get('everybody') === '1' ? this.#fleet(row.wallUs) : null,
    };
  }

  #timeline(query: URLSearchParams): TimelineAnswer {
    const { nodes, gaps } = this.#recording;
    const fromUs = number(query, 'from') ?? 0;
    const toUs = Math.max(fromUs + 1, Math.min(number(query, 'to') ?? 0, this.#recording.toUs));
    const cellUs = Math.max(1, number(query, 'cell') ?? (toUs - fromUs) / DEFAULT_CELLS);
    const states: Json[] = [];
    const ids = new Map<string, number>();
    const idOf = (state: Json): number => {
      const text = JSON.stringify(state);
      const id = ids.get(text) ?? states.push(state) - 1;
      ids.set(text, id);
      return id;
    };
    const lanes = query
      .getAll('actor')
      .flatMap((actor) => nodes.map(({ node }) => this.#lane(node, actor, { fromUs, toUs, cellUs }, idOf)));
    return { fromUs, toUs, cellUs, states, lanes, gaps };
  }

  #lane(
    node: string,
    actor: string,
    { fromUs, toUs, cellUs }: { readonly fromUs: number; readonly toUs: number; readonly cellUs: number },
    idOf: (state: Json) => number,
  ): Lane {
    const builder = new LaneBuilder(fromUs, toUs, cellUs);
    const own = this.#rowsOf(node, actor);
    const first = this.#recording.begin.find((view) => view.node === node && view.actor === actor);
    const before = own.findLast(({ wallUs }) => wallUs < fromUs) ?? first;
    if (before !== undefined) builder.begin(before.seq, idOf(before.state));
    let epoch: number | null = null;
    let lastUs = 0;
    for (const row of own) {
      // Another process of the node began, and the state of the one before it ended with it.
      if (epoch !== null && row.epoch !== epoch && lastUs >= fromUs) builder.end(lastUs);
      [epoch, lastUs] = [row.epoch, row.wallUs];
      if (row.wallUs < fromUs || row.wallUs > toUs) continue;
      builder.row(row.wallUs, row.seq, idOf(row.state), row.cause === null);
    }
    const told = this.#recording.nodes.find((one) => one.node === node);
    if (told?.running === false && told.toUs < toUs) builder.end(told.toUs);
    return { node, actor, ...builder.finish() };
  }

  #activity(query: URLSearchParams): unknown {
    const quietUs = number(query, 'quiet') ?? 1;
    const actors = new Set(query.getAll('actor'));
    const busy: { fromUs: number; toUs: number }[] = [];
    for (const { actor, wallUs } of this.#recording.rows) {
      if (!actors.has(actor)) continue;
      const last = busy.at(-1);
      if (last !== undefined && wallUs - last.toUs < quietUs) last.toUs = wallUs;
      else busy.push({ fromUs: wallUs, toUs: wallUs });
    }
    return { quietUs, busy };
  }
}

const keyOf = ({ node, actor }: { readonly node: string; readonly actor: string }): string =>
  `${node} ${actor}`;

function viewAfter(row: ViewRow, known: ActorView | undefined): ActorView {
  const { node, actor, machine, seq, wallUs, state, delta } = row;
  const { effectivePriority } = delta;
  return {
    ...{ node, actor, machine, seq, wallUs, state, running: true },
    priority: typeof effectivePriority === 'number' ? effectivePriority : (known?.priority ?? null),
    relations: known?.relations ?? [],
    addresses: known?.addresses ?? [],
  };
}
