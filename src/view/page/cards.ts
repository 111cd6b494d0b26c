/** A card for the selected actor on every node and for those it has to do with: who is what, at the time that the page shows. */
import type { ActorView } from '../api.ts';
import { summarizeState } from '../chart/active.ts';
import { formatDuration } from '../text/time-format.ts';
import { toneOf } from '../text/tone.ts';
import { html } from './dom.ts';
import { keyOf } from './wall/model.ts';

/** `vrrp/VI_1` without the kind of machine. */
export const shortName = (actor: string): string => actor.slice(actor.indexOf('/') + 1);

export class Cards {
  readonly #container: HTMLElement;
  readonly #onSelect: (node: string, actor: string) => void;
  readonly #cards = new Map<string, HTMLButtonElement>();

  constructor(container: HTMLElement, onSelect: (node: string, actor: string) => void) {
    this.#container = container;
    this.#onSelect = onSelect;
  }

  /** `nowUs` is the time that the page shows. */
  update(actors: readonly ActorView[], selected: string | null, nowUs: number): void {
    const keys = new Set(actors.map(keyOf));
    for (const [key, card] of this.#cards) {
      if (keys.has(key)) continue;
      card.remove();
      this.#cards.delete(key);
    }
    for (const view of actors) {
      const key = keyOf(view);
      const card = this.#cards.get(key) ?? this.#create(view);
      this.#fill(card, view, nowUs);
      const pressed = String(key === selected);
      if (card.getAttribute('aria-pressed') === pressed) continue;
      card.setAttribute('aria-pressed', pressed);
      if (key === selected) card.scrollIntoView({ block: 'nearest' });
    }
  }

  #create({ node, actor }: ActorView): HTMLButtonElement {
    const card = html('button', { type: 'button', class: 'card', 'data-node': node, 'data-actor': actor });
    card.addEventListener('click', () => this.#onSelect(node, actor));
    this.#cards.set(keyOf({ node, actor }), card);
    this.#container.append(card);
    return card;
  }

  #fill(card: HTMLButtonElement, view: ActorView, nowUs: number): void {
    const { main, details } = summarizeState(view.state);
    const age = nowUs - view.wallUs;
    const since = !view.running ? 'process is gone' : age < 1_000 ? 'just now' : `for ${formatDuration(age)}`;
    const text = JSON.stringify([view.state, view.priority, view.running]);
    if (card.dataset.shown === text) {
      // Time passes on every card at once: nothing else of it is made anew.
      const shown = card.querySelector('.since')?.firstChild;
      if (shown instanceof Text && shown.data !== since) shown.data = since;
      return;
    }
    card.dataset.shown = text;
    card.dataset.state = main;
    card.dataset.tone = view.running ? toneOf(main) : 'idle';
    card.classList.toggle('gone', !view.running);
    card.replaceChildren(
      html(
        'span',
        { class: 'who' },
        html('b', {}, view.node),
        html('span', {}, shortName(view.actor)),
        view.priority === null ? null : html('span', { class: 'priority' }, `priority ${view.priority}`),
      ),
      html(
        'span',
        { class: 'what' },
        html('span', { class: 'badge' }, main),
        html('span', { class: 'since' }, since),
      ),
      html('span', { class: 'details' }, details.join(' · ')),
    );
  }
}
