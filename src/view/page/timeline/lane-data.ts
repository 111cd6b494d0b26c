/** The lanes as the server told them, with the rows that came since. */
import type { Json } from '../../../protocol/json.ts';
import type { GapView, Lane, TimelineAnswer, ViewRow } from '../../api.ts';

const NOW_TOLERANCE_US = 3_000_000;
/** Rows that are added before the server is asked again, which tells them in cells. */
const MOST_ADDED = 2_000;

export class LaneData {
  #answer: TimelineAnswer = { fromUs: 0, toUs: 0, cellUs: 1, states: [], lanes: [], gaps: [] };
  #lanes = new Map<string, Lane>();
  #states: Json[] = [];
  #ids = new Map<string, number>();
  /** It ends at the present, so its last spans go on. */
  #reachesNow = false;
  /** Rows that came while the server was asked, and may be missing from its answer. */
  #arrived: ViewRow[] | null = null;
  #added = 0;

  get fromUs(): number {
    return this.#answer.fromUs;
  }

  get toUs(): number {
    return this.#answer.toUs;
  }

  get cellUs(): number {
    return this.#answer.cellUs;
  }

  get states(): readonly Json[] {
    return this.#states;
  }

  get gaps(): readonly GapView[] {
    return this.#answer.gaps;
  }

  /** A last span that reaches this time goes on until now; null: none does. */
  get openFromUs(): number | null {
    return this.#reachesNow ? this.#answer.toUs : null;
  }

  get isFull(): boolean {
    return this.#added > MOST_ADDED;
  }

  lane(node: string, actor: string): Lane | null {
    return this.#lanes.get(`${node}\n${actor}`) ?? null;
  }

  /** The server is being asked. */
  ask(): void {
    this.#arrived = [];
  }

  answer(answer: TimelineAnswer, nowUs: number): void {
    this.#answer = answer;
    this.#states = [...answer.states];
    this.#ids = new Map(this.#states.map((state, index) => [JSON.stringify(state), index]));
    this.#lanes = new Map(answer.lanes.map((lane) => [`${lane.node}\n${lane.actor}`, lane]));
    this.#reachesNow = answer.toUs > nowUs - NOW_TOLERANCE_US;
    this.#added = 0;
    const late = this.#arrived ?? [];
    this.#arrived = null;
    for (const row of late) this.#add(row);
  }

  /** A live row. */
  append(row: ViewRow): void {
    this.#arrived?.push(row);
    this.#add(row);
  }

  #add(row: ViewRow): void {
    if (!this.#reachesNow) return;
    const { node, actor, seq, wallUs, state } = row;
    const lane: Lane = this.lane(node, actor) ?? { node, actor, spans: [], dense: [], ticks: [] };
    if ((lane.ticks.at(-1)?.seq ?? 0) >= seq || (lane.spans.at(-1)?.seq ?? 0) >= seq) return;
    const number = this.#numberOf(state);
    const spans = [...lane.spans];
    const last = spans.at(-1);
    if (last?.state !== number || last.toUs < this.#answer.toUs) {
      if (last !== undefined && last.toUs >= this.#answer.toUs)
        spans[spans.length - 1] = { ...last, toUs: wallUs };
      spans.push({ fromUs: wallUs, toUs: Math.max(wallUs, this.#answer.toUs), seq, state: number });
    }
    const tick = { timeUs: wallUs, seq, rows: 1, inputs: row.cause === null ? 1 : 0 };
    this.#lanes.set(`${node}\n${actor}`, { ...lane, spans, ticks: [...lane.ticks, tick] });
    this.#added += 1;
  }

  #numberOf(state: Json): number {
    const text = JSON.stringify(state);
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    // Another array, as what is made of it is kept by it.
    this.#states = [...this.#states, state];
    this.#ids.set(text, this.#states.length - 1);
    return this.#states.length - 1;
  }
}
