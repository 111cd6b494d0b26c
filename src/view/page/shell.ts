/** What is around the views: which of them is shown, the search, the help, and the address of the page. */
import { byId } from './dom.ts';
import { type HowShown, type Place, type ViewName, writePlace } from './location.ts';
import { isMoving } from './moving.ts';
import { EVERYTHING, type Filter } from './wall/filter.ts';

/** A row that is selected shows in the address this much later. */
const WRITE_MS = 250;
/** Up to so many actors, all of them fit beside the chart. */
const FEW_ACTORS = 8;

export interface ShellHandlers {
  readonly view: (view: ViewName) => void;
  readonly filter: (filter: Filter) => void;
  readonly mark: (by: number) => void;
  readonly openMarked: () => void;
}

export class Shell {
  readonly #on: ShellHandlers;
  readonly #search = byId('search', HTMLInputElement);
  readonly #help = byId('help', HTMLDialogElement);
  readonly #said = byId('said', HTMLElement);
  readonly #who = byId('who', HTMLElement);
  #writing: ReturnType<typeof setTimeout> | undefined;
  #place: Place = { view: 'chart', node: null, actor: null, seq: null, timeUs: null, filter: EVERYTHING };

  constructor(on: ShellHandlers) {
    this.#on = on;
    // It scrolls, so that it must be reached by keys.
    byId('panel', HTMLElement).tabIndex = 0;
    this.#search.addEventListener('input', () => {
      this.view('wall');
      this.filter({ ...this.#place.filter, text: this.#search.value });
    });
    this.#search.addEventListener('keydown', (event) => this.#key(event));
    for (const view of ['wall', 'chart'] as const) {
      byId(`to-${view}`, HTMLButtonElement).addEventListener('click', () => this.view(view));
    }
  }

  get place(): Place {
    return this.#place;
  }

  /** As an address says; where it does not say, the wall, unless the chart's own side shows as much. */
  restore(place: Place, actors: number): void {
    const view = place.view ?? (place.actor !== null || actors <= FEW_ACTORS ? 'chart' : 'wall');
    this.#place = { ...place, view };
    this.#search.value = place.filter.text;
    this.#showView(view);
    this.#on.filter(place.filter);
  }

  view(view: ViewName): void {
    if (view === this.#place.view) return;
    this.#flush();
    this.#place = { ...this.#place, view };
    this.#showView(view);
    writePlace(this.#place, 'push');
  }

  /**
   * The chart of somebody else. The address names it at once: who goes back before its row is written there must be
   * able to come forward to it.
   * @param timeUs null: live
   */
  open(opened: Pick<Place, 'node' | 'actor' | 'timeUs'>): void {
    this.#flush();
    const isShown = this.#place.view === 'chart';
    this.#place = { ...this.#place, ...opened, view: 'chart', seq: null };
    if (!isShown) this.#showView('chart');
    writePlace(this.#place, 'push');
  }

  filter(filter: Filter): void {
    this.#place = { ...this.#place, filter };
    writePlace(this.#place, 'replace');
    this.#on.filter(filter);
  }

  /** Another row is selected. */
  select(selected: Pick<Place, 'node' | 'actor' | 'seq'>, name: string, how: HowShown): void {
    if (how === 'push') this.#flush();
    this.#place = { ...this.#place, ...selected, timeUs: null };
    const who = `${name} on ${selected.node}`;
    if (this.#who.textContent !== who) this.#who.textContent = who;
    if (how === 'push') this.#write(how);
    // Rows that the cursor is dragged over are passed, not chosen: the browser's own part of it costs a frame each time.
    else if (!isMoving()) this.#writing ??= setTimeout(() => this.#write('replace'), WRITE_MS);
  }

  /** Before the address becomes another one, that of now stands in the browser's history. */
  #flush(): void {
    if (this.#writing !== undefined) this.#write('replace');
  }

  /** Browsers count what is written there, and take long over it. */
  #write(how: HowShown): void {
    clearTimeout(this.#writing);
    this.#writing = undefined;
    document.title = `${this.#who.textContent}: relived`;
    writePlace(this.#place, how);
  }

  /** Told to those who do not see the page. */
  say(words: string): void {
    if (this.#said.textContent !== words) this.#said.textContent = words;
  }

  focusSearch(): void {
    this.view('wall');
    this.#search.focus();
    this.#search.select();
  }

  toggleHelp(): void {
    if (this.#help.open) this.#help.close();
    else this.#help.showModal();
  }

  #showView(view: ViewName): void {
    document.body.dataset.view = view;
    for (const name of ['wall', 'chart'] as const) {
      byId(`to-${name}`, HTMLButtonElement).setAttribute('aria-pressed', String(name === view));
    }
    this.#on.view(view);
  }

  #key(event: KeyboardEvent): void {
    const act: (() => void) | undefined = {
      ArrowDown: () => this.#on.mark(1),
      ArrowUp: () => this.#on.mark(-1),
      Enter: () => this.#on.openMarked(),
      Escape: () => {
        if (this.#search.value === '') this.#search.blur();
        this.#search.value = '';
        this.filter({ ...this.#place.filter, text: '' });
      },
    }[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }
}
