/** Everything about one journal row: what came, what it changed, what was asked for, and why. */
import type { Json, JsonObject } from '../../protocol/json.ts';
import type { ViewRow } from '../api.ts';
import { formatClock, formatDate } from '../text/time-format.ts';
import { toneOf } from '../text/tone.ts';
import { describeEffect, describeEvent } from '../text/words.ts';
import { shortName } from './cards.ts';
import { html } from './dom.ts';

export interface PanelContent {
  readonly row: ViewRow;
  /** The row that led to this one, if it is known. */
  readonly cause: ViewRow | null;
  readonly consequences: readonly ViewRow[];
  /** Transitions in words. */
  readonly transitions: readonly string[];
  /** Why a state is not active, if somebody asks, and how and why the row came about. */
  readonly explanation: {
    readonly answer: HTMLElement;
    readonly why: HTMLElement;
    readonly how: HTMLElement;
  };
}

/** Leaves of a state value by region: `protocol` -> `backup.listening`. */
function regions(value: Json): Map<string, string> {
  const found = new Map<string, string>();
  const leaf = (inner: Json): string => {
    if (typeof inner === 'string') return inner;
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return '';
    return Object.entries(inner)
      .map(([key, deeper]) => `${key}.${leaf(deeper)}`)
      .join(', ');
  };
  if (typeof value === 'string') found.set('', value);
  else if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    for (const [region, inner] of Object.entries(value)) found.set(region, leaf(inner));
  }
  return found;
}

function chip(region: string, state: string): HTMLElement {
  return html('span', { class: 'chip', 'data-tone': toneOf(`${region}.${state}`) }, state);
}

function stateChange({ before, state }: ViewRow): HTMLElement | null {
  const from = regions(before);
  const to = regions(state);
  if (to.size === 0) return null;
  const lines = [...to].map(([region, now]) => {
    const was = from.get(region);
    const changed = was !== undefined && was !== now;
    const arrow = changed ? [chip(region, was), html('span', { class: 'becomes' }, '→')] : [];
    return html(
      'div',
      { class: changed ? 'changed' : 'same' },
      html('span', { class: 'of' }, region),
      ...arrow,
      chip(region, now),
    );
  });
  return section('State', html('div', { class: 'states' }, ...lines));
}

function headOf(row: ViewRow): readonly HTMLElement[] {
  return [
    html('h2', {}, describeEvent(row.event)),
    html(
      'p',
      { class: 'where' },
      html('span', {}, `${row.node} · ${shortName(row.actor)} · #${row.seq}`),
      html('time', {}, `${formatDate(row.wallUs)} ${formatClock(row.wallUs, 6)}`),
    ),
  ];
}

function section(title: string, ...content: readonly (HTMLElement | null)[]): HTMLElement {
  return html('section', {}, html('h3', {}, title), ...content);
}

function json(value: Json): HTMLElement {
  return html(
    'pre',
    {},
    JSON.stringify(value, null, 1)
      .replace(/\n\s*(?=[\]}])/g, ' ')
      .replace(/^\{\n?\s*/, '{ '),
  );
}

function list(items: readonly HTMLElement[]): HTMLElement | null {
  return items.length === 0 ? null : html('ul', {}, ...items.map((item) => html('li', {}, item)));
}

export class Panel {
  readonly #container: HTMLElement;
  readonly #onJump: (node: string, seq: number) => void;
  #next: PanelContent | null = null;

  constructor(container: HTMLElement, onJump: (node: string, seq: number) => void) {
    this.#container = container;
    this.#onJump = onJump;
  }

  clear(text: string): void {
    this.#next = null;
    this.#container.replaceChildren(html('p', { class: 'hint' }, text));
  }

  /** With the next frame: of the rows of a failover, which come within milliseconds, only the last one is laid out. */
  show(content: PanelContent): void {
    if (this.#next === null) {
      requestAnimationFrame(() => {
        if (this.#next !== null) this.#draw(this.#next);
        this.#next = null;
      });
    }
    this.#next = content;
  }

  /** A row that the cursor passes: what it is, and no more. */
  brief(row: ViewRow): void {
    this.#next = null;
    this.#container.replaceChildren(...headOf(row));
  }

  #draw({ row, cause, consequences, transitions, explanation }: PanelContent): void {
    const parts = [
      explanation.answer,
      ...headOf(row),
      row.kind === 'crash'
        ? html('p', { class: 'crash' }, `The statechart failed: ${String(row.delta.error)}`)
        : null,
      explanation.why,
      stateChange(row),
      transitions.length === 0
        ? null
        : section('Transitions', list(transitions.map((text) => html('code', {}, text)))),
      explanation.how,
      this.#causes(row, cause, consequences),
      this.#effects(row),
      this.#delta(row.kind === 'start' ? {} : row.delta),
      section(`Event ${row.event.type}`, json(row.event)),
    ];
    this.#container.replaceChildren(...parts.filter((part) => part !== null));
    this.#container.dataset.seq = String(row.seq);
    this.#container.dataset.node = row.node;
  }

  #causes(row: ViewRow, cause: ViewRow | null, consequences: readonly ViewRow[]): HTMLElement {
    const link = (target: ViewRow | null, seq: number): HTMLElement => {
      const text = target === null ? `#${seq}` : `#${seq} ${describeEvent(target.event)}`;
      const button = html('button', { type: 'button', class: 'jump', 'data-seq': seq }, text);
      button.addEventListener('click', () => this.#onJump(row.node, seq));
      return button;
    };
    const origin =
      row.cause === null
        ? html('span', { class: 'outside' }, 'An input from outside: nothing earlier led to it.')
        : html('span', { class: 'cause' }, 'because of ', link(cause, row.cause));
    const led = consequences.slice(0, 5).map((next) => html('span', {}, 'led to ', link(next, next.seq)));
    return section('Cause and effect', list([origin, ...led]));
  }

  #effects({ effects }: ViewRow): HTMLElement | null {
    if (effects.length === 0) return null;
    const items = effects.map((effect) => {
      const words = describeEffect(effect);
      const summary = html('summary', {}, html('code', {}, effect.type), words === '' ? null : ` ${words}`);
      return html('details', {}, summary, json(effect.params));
    });
    return section('Effects asked for', list(items));
  }

  #delta(delta: JsonObject): HTMLElement | null {
    const entries = Object.entries(delta);
    if (entries.length === 0) return null;
    return section(
      'Learned',
      list(
        entries.map(([key, value]) => html('code', { class: 'delta' }, `${key} = ${JSON.stringify(value)}`)),
      ),
    );
  }
}
