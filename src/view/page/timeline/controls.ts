/** The bar above the timeline: play, fold quiet time, clocks, which lanes. */
import { shortName } from '../cards.ts';
import { html } from '../dom.ts';

export interface ControlHandlers {
  readonly play: () => void;
  readonly speed: (speed: number) => void;
  readonly skipQuiet: (skip: boolean) => void;
  /** Null: nothing is folded. */
  readonly fold: (quietUs: number | null) => void;
  readonly corrected: (corrected: boolean) => void;
  readonly lane: (actor: string, shown: boolean) => void;
  readonly cause: () => void;
  readonly effect: () => void;
  readonly difference: () => void;
  readonly zoom: (factor: number) => void;
  /** The whole history. */
  readonly all: () => void;
}

const SPEEDS = [0.1, 0.5, 1, 2, 5, 10, 60, 100, 1_000];
const FOLDS: readonly (readonly [label: string, us: number])[] = [
  ['1 min', 6e7],
  ['10 min', 6e8],
  ['1 h', 36e8],
  ['6 h', 216e8],
];

function button(id: string, label: string, title: string, act: () => void): HTMLButtonElement {
  const made = html('button', { type: 'button', id, title, 'aria-label': title }, label);
  made.addEventListener('click', act);
  return made;
}

function select(
  id: string,
  title: string,
  options: readonly (readonly [value: string, label: string])[],
  chosen: string,
  act: (value: string) => void,
): HTMLSelectElement {
  const list = options.map(([value, label]) => html('option', { value }, label));
  const made = html('select', { id, title, 'aria-label': title }, ...list);
  made.value = chosen;
  made.addEventListener('change', () => act(made.value));
  return made;
}

function check(id: string, label: string, title: string, checked: boolean, act: (on: boolean) => void) {
  const input = html('input', { type: 'checkbox', id, checked });
  input.addEventListener('change', () => act(input.checked));
  return { input, label: html('label', { title }, input, ` ${label}`) };
}

export class Controls {
  readonly #on: ControlHandlers;
  readonly #play: HTMLButtonElement;
  readonly #clocks: ReturnType<typeof check>;
  readonly #words = html('span', { id: 'clock-words' });
  readonly #difference: HTMLButtonElement;
  readonly #lanes = html('details', { id: 'lanes' });
  readonly #list = html('div', { class: 'lane-list' });
  readonly #filter = html('input', { type: 'search', placeholder: 'name', 'aria-label': 'Filter lanes' });
  #actors: readonly string[] = [];
  #shown: ReadonlySet<string> = new Set();

  constructor(container: HTMLElement, on: ControlHandlers) {
    this.#on = on;
    this.#play = button('play', '▶', 'Play (space)', on.play);
    const speeds = SPEEDS.map((speed) => [String(speed), `${speed}×`] as const);
    const folds = FOLDS.map(([label, us]) => [String(us), `fold quiet > ${label}`] as const);
    this.#clocks = check(
      'corrected',
      'one clock',
      'Put the times of all nodes on the clock of the first; stored times stay as they are',
      false,
      (corrected) => on.corrected(corrected),
    );
    this.#clocks.label.hidden = true;
    this.#difference = button('difference', '\u2260', 'To where the lives part (d)', on.difference);
    this.#difference.hidden = true;
    this.#lanes.append(html('summary', { title: 'Which lanes are shown' }, 'Lanes'));
    this.#lanes.append(html('div', { class: 'lane-choice' }, this.#filter, this.#list));
    this.#filter.addEventListener('input', () => this.#fill());
    this.#lanes.addEventListener('toggle', () => this.#fill());
    container.append(
      this.#play,
      select('speed', 'Speed', speeds, '1', (value) => on.speed(Number(value))),
      check('skip', 'skip quiet', 'Pass over times in which nothing happens', true, on.skipQuiet).label,
      button('cause', '← cause', 'To the cause ([)', on.cause),
      button('effect', 'effect →', 'To the first effect (])', on.effect),
      this.#difference,
      button('time-out', '−', 'More time (-)', () => on.zoom(2)),
      button('time-in', '+', 'Less time (+)', () => on.zoom(0.5)),
      button('time-all', 'All', 'All: the whole history (a)', on.all),
      select('fold', 'Quiet time', [['', 'all time'], ...folds], '', (value) =>
        on.fold(value === '' ? null : Number(value)),
      ),
      this.#lanes,
      this.#clocks.label,
      this.#words,
    );
  }

  playing(playing: boolean): void {
    this.#play.textContent = playing ? '❚❚' : '▶';
    this.#play.setAttribute('aria-pressed', String(playing));
  }

  /** @param words empty: there is nothing to compare */
  clocks(words: readonly string[], corrected: boolean): void {
    this.#clocks.label.hidden = words.length === 0;
    this.#clocks.input.checked = corrected;
    this.#words.textContent = words.join('; ');
    this.#words.title = words.join('\n');
  }

  /** @param words empty: nothing is compared */
  difference(words: string): void {
    this.#difference.hidden = words === '';
    if (words === '') return;
    this.#difference.textContent = `\u2260 ${words}`;
    this.#difference.setAttribute('aria-label', words);
  }

  lanes(actors: readonly string[], shown: ReadonlySet<string>): void {
    this.#actors = actors;
    this.#shown = shown;
    if (this.#lanes.open) this.#fill();
  }

  #fill(): void {
    const wanted = this.#filter.value.toLowerCase();
    const found = this.#actors.filter((actor) => actor.toLowerCase().includes(wanted)).slice(0, 300);
    this.#list.replaceChildren(
      ...found.map((actor) => {
        const { label, input } = check('', shortName(actor), actor, this.#shown.has(actor), (on) =>
          this.#on.lane(actor, on),
        );
        input.removeAttribute('id');
        input.dataset.actor = actor;
        return label;
      }),
    );
  }
}
