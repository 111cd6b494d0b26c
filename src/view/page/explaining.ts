/** Explains the selected row in the panel and on the chart: guards, timers, why; and why a state is not active. */
import type { ViewRow } from '../api.ts';
import type { ExplainAnswer, StepView, TimerView, WhyAnswer, WhyNotAnswer } from '../explain-api.ts';
import { formatClock } from '../text/time-format.ts';
import { sawWords } from '../text/why-not-words.ts';
import { api } from './api-client.ts';
import type { ChartView } from './chart-view.ts';
import { html } from './dom.ts';
import { isMoving } from './moving.ts';
import { leftWords } from './timer-arcs.ts';

/** Live rows follow each other within milliseconds, and a key that is held down steps quickly: what stays is asked about. */
const QUIET_MS = { live: 150, history: 70 } as const;
const TICK_MS = 100;

export interface ExplainingTerms {
  readonly chart: ChartView;
  readonly jump: (node: string, seq: number) => void;
  readonly nowUs: () => number;
}

export class Explaining {
  /** What the panel shows: why the row came about, and how it was decided. */
  readonly why = html('div', { class: 'explanation' });
  readonly how = html('div', { class: 'explanation' });
  /** Why a state is not active; above everything else. */
  readonly answer = html('div', { class: 'why-not', 'aria-live': 'polite' });
  readonly #terms: ExplainingTerms;
  #row: ViewRow | null = null;
  #live = false;
  #timers: readonly { readonly timer: TimerView; readonly words: HTMLElement }[] = [];
  #quiet: ReturnType<typeof setTimeout> | null = null;

  constructor(terms: ExplainingTerms) {
    this.#terms = terms;
    terms.chart.onAsk((state) => void this.whyNot(state));
    setInterval(() => this.#tick(), TICK_MS);
  }

  show(row: ViewRow, live: boolean): void {
    const isSame = this.#row?.node === row.node && this.#row.seq === row.seq;
    this.#row = row;
    this.#live = live;
    if (isSame) return;
    this.#clear();
    if (this.#quiet !== null) clearTimeout(this.#quiet);
    if (row.machine === null) return;
    if (isMoving()) {
      // The cursor passes it, or stops at it: then it is shown again.
      this.#row = null;
      return;
    }
    this.#quiet = setTimeout(() => void this.#ask(row), QUIET_MS[live ? 'live' : 'history']);
  }

  #clear(): void {
    this.why.replaceChildren();
    this.how.replaceChildren();
    this.#timers = [];
    this.#terms.chart.annotate({ refused: [], why: [], timers: [] });
    this.closeWhyNot();
  }

  async #ask(row: ViewRow): Promise<void> {
    const { node, actor, seq } = row;
    const [how, why] = await Promise.all([
      api.explain(node, actor, seq).catch(() => null),
      api.why(node, actor, seq).catch(() => null),
    ]);
    if (this.#row !== row) return;
    const { chart } = this.#terms;
    chart.annotate({
      refused: how?.steps.flatMap(({ refused }) => refused) ?? [],
      why: why?.edges ?? [],
      timers: how?.timers ?? [],
    });
    this.why.replaceChildren(...(why === null ? [] : this.#whyParts(why)));
    this.how.replaceChildren(...(how === null ? [] : this.#howParts(how)));
    this.#tick();
  }

  #howParts({ steps, timers }: ExplainAnswer): HTMLElement[] {
    this.#timers = timers.map((timer) => ({ timer, words: html('span', {}) }));
    const running = this.#timers.map(({ timer, words }) =>
      html('li', {}, html('code', {}, timer.timer), ' ', words),
    );
    return [
      ...(running.length === 0 ? [] : [section('Timers', html('ul', { class: 'running' }, ...running))]),
      ...(steps.length === 0 ? [] : [section('How it was decided', ...steps.map(stepPart))]),
    ];
  }

  #whyParts({ sentence, seq, chain, missing, prevention, unknown }: WhyAnswer): HTMLElement[] {
    const links = chain.map((step) => {
      const place = `${step.wallUs === null ? '' : `${formatClock(step.wallUs, 3)} `}${step.node}`;
      const when = html('span', { class: 'when' }, place);
      const isHere = step.seq === this.#row?.seq && step.node === this.#row?.node;
      const item = { class: step.isRoot ? 'root' : null, 'aria-current': isHere ? 'step' : null };
      return html('li', item, when, ' ', this.#link(step.node, step.seq, step.text));
    });
    const verdict = html('p', { class: 'verdict', 'data-seq': seq }, `${sentence}.`);
    const content = [
      verdict,
      html('h4', {}, 'How it came about'),
      html('ol', { class: 'chain' }, ...links),
      ...listed('What should have come and did not', missing),
      ...listed('What would have changed it', prevention),
      ...listed('What is not known', unknown),
    ];
    return [section('Why', ...content)];
  }

  #link(node: string, seq: number | null, text: string): HTMLElement {
    if (seq === null) return html('span', {}, text);
    const button = html(
      'button',
      { type: 'button', class: 'jump', 'data-seq': seq, 'data-node': node },
      text,
    );
    button.addEventListener('click', () => this.#terms.jump(node, seq));
    return button;
  }

  async whyNot(state: string): Promise<void> {
    const row = this.#row;
    if (row === null || row.machine === null) return;
    const said = (sentence: string): WhyNotAnswer => ({
      ...{ state, sentence, ways: [], missing: [], prevention: [] },
    });
    const answer = await api
      .whyNot(row.node, row.actor, row.seq, state)
      .then((told) => told ?? said(`Nothing is known of ${state} at this row.`))
      .catch((error: Error) => said(`It cannot be told: ${error.message}.`));
    if (this.#row !== row) return;
    this.#terms.chart.point(state, answer.ways);
    this.answer.replaceChildren(...this.#whyNotParts(answer));
  }

  closeWhyNot(): void {
    if (this.answer.childElementCount === 0) return;
    this.answer.replaceChildren();
    this.#terms.chart.point(null, []);
  }

  #whyNotParts({ sentence, ways, missing, prevention }: WhyNotAnswer): HTMLElement[] {
    const close = html('button', { type: 'button', class: 'close', 'aria-label': 'Close' }, '\u00d7');
    close.addEventListener('click', () => this.closeWhyNot());
    const items = ways.map(({ text, details, open }) => {
      const more = details.map((detail) => html('div', { class: 'detail' }, detail));
      return html('li', { class: open ? 'open' : 'shut' }, text, ...more);
    });
    const verdict = html('p', { class: 'verdict' }, sentence);
    const content = [
      ...listed('What has not come', missing),
      ...listed('What would change it', prevention),
      ...(items.length === 0
        ? []
        : [html('h4', {}, 'Transitions that lead there'), html('ul', {}, ...items)]),
    ];
    return [section('Why not', close, verdict, ...content)];
  }

  #tick(): void {
    if (this.#row === null || this.#timers.length === 0) return;
    const sinceUs = this.#live ? Math.max(0, this.#terms.nowUs() - this.#row.wallUs) : 0;
    for (const { timer, words } of this.#timers) {
      const left = leftWords(timer, sinceUs);
      if (words.textContent !== left) words.textContent = left;
    }
    this.#terms.chart.tick(sinceUs);
  }
}

function listed(title: string, items: readonly string[]): HTMLElement[] {
  if (items.length === 0) return [];
  return [html('h4', {}, title), html('ul', {}, ...items.map((item) => html('li', {}, item)))];
}

function section(title: string, ...content: readonly HTMLElement[]): HTMLElement {
  return html('section', {}, html('h3', {}, title), ...content);
}

function stepPart({ event, guards, taken, left, entered }: StepView): HTMLElement {
  const asked = guards.map(({ name, passed, saw }) =>
    html(
      'li',
      { class: passed ? 'yes' : 'no' },
      html('code', {}, name),
      passed ? ': yes' : ': no',
      saw.length === 0 ? null : html('span', { class: 'saw' }, ` ${sawWords(saw)}`),
    ),
  );
  const told = (name: string, items: readonly string[]): HTMLElement[] =>
    items.map((item) => html('li', {}, html('span', { class: 'did' }, name), ' ', html('code', {}, item)));
  const list = [...asked, ...told('taken', taken), ...told('left', left), ...told('entered', entered)];
  return html('div', { class: 'step' }, html('b', {}, event), html('ul', {}, ...list));
}
