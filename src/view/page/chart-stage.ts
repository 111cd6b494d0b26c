/** What stands on the stage: the chart of the selected row, whichever version of its machine wrote it. */
import type { ChartAnswer, ViewRow } from '../api.ts';
import type { ChartLayout } from '../chart/layout-types.ts';
import { knowsStates, layoutOf } from '../chart/layouts.ts';
import { api } from './api-client.ts';
import { ChartView } from './chart-view.ts';
import { byId } from './dom.ts';

/** Plain drawings kept: a fleet runs few versions at a time. */
const MOST_KEPT = 20;
const RETRY_MS = 1_000;

export class ChartStage {
  readonly view = new ChartView(byId('chart', SVGSVGElement));
  readonly #note = byId('chart-note', HTMLElement);
  /** By node and machine; null: being asked for. */
  readonly #plain = new Map<string, ChartAnswer | null>();
  #shown: { readonly row: ViewRow; readonly live: boolean } | null = null;

  /** The drawing that a row is shown on; null while it is on its way. */
  layoutFor(row: ViewRow): ChartLayout | null {
    const shipped = layoutOf(row.machine);
    if (shipped !== null && knowsStates(shipped, row.before, row.state)) return shipped;
    const layout = this.#plain.get(keyOf(row))?.layout ?? null;
    return layout !== null && knowsStates(layout, row.before, row.state) ? layout : null;
  }

  show(row: ViewRow, live: boolean): void {
    if (row.machine === null) return;
    this.#shown = { row, live };
    const layout = this.layoutFor(row);
    if (layout === null) void this.#ask(row);
    const plain = layout === layoutOf(row.machine) ? undefined : this.#plain.get(keyOf(row));
    this.#note.hidden = layout !== null && plain === undefined;
    this.#note.textContent =
      plain?.defined === false
        ? `This build has no drawing of ${row.machine}, nor has the journal: the states that rows name.`
        : `This build has no drawing of ${row.machine}: a plain one, as the journal defines it.`;
    this.view.show(layout);
    this.view.light(row, live);
  }

  async #ask(row: ViewRow): Promise<void> {
    const key = keyOf(row);
    if (this.#plain.get(key) === null) return;
    this.#plain.set(key, null);
    const answer = await api.chart(row.node, row.seq).catch(() => null);
    this.#plain.delete(key);
    if (answer === null) {
      // A stage that waits for the next row may stay empty for hours.
      setTimeout(() => this.#again(key), RETRY_MS);
      return;
    }
    this.#plain.set(key, answer);
    for (const old of [...this.#plain.keys()].slice(0, -MOST_KEPT)) this.#plain.delete(old);
    this.#again(key);
  }

  #again(key: string): void {
    const shown = this.#shown;
    if (shown !== null && keyOf(shown.row) === key) this.show(shown.row, shown.live);
  }
}

const keyOf = ({ node, machine }: ViewRow): string => `${node} ${machine}`;
