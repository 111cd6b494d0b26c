/** The orders of `relive step`, for keys and for lines of text alike. */
import type { History, Place } from './history.ts';
import { changesState, isAbout } from './row-facts.ts';

export const HELP: readonly (readonly [order: string, meaning: string])[] = [
  ['n, p', 'next, previous row'],
  ['N, P', 'next, previous change of a state'],
  ['c, e', 'to the cause; to what it brought about'],
  ['g TIME', 'go to a time, @seq or @last-failover'],
  ['b WORD', 'run until a state is entered, an event comes, or a transition with that guard fires'],
  ['B WORD', 'the same, backwards'],
  ['m', 'micro-steps: how the row was evaluated'],
  ['u', 'back to where you were before'],
  ['q', 'end'],
];

/** Places to which `u` goes back. */
const MOST_REMEMBERED = 1_000;

export class Stepper {
  readonly history: History;
  readonly #placeAt: (word: string) => Place | null;
  readonly #visited: Place[] = [];
  place: Place;
  isMicro = false;

  /** @param placeAt what people mean by a point in time; may throw an error with a sentence for them */
  constructor(history: History, first: Place, placeAt: (word: string) => Place | null) {
    this.history = history;
    this.place = first;
    this.#placeAt = placeAt;
  }

  /** Carries an order out: what is to be said of it, or nothing. */
  order(text: string): string | null {
    const [, name = '', argument = ''] = /^(\S*)\s*(.*)$/.exec(text.trim()) ?? [];
    const { history, place } = this;
    switch (name) {
      case 'n':
        return this.#go(history.next(place), 'this is the last row');
      case 'p':
        return this.#go(history.previous(place), 'this is the first row');
      case 'N':
        return this.#go(history.next(place, changesState), 'no state changes after this');
      case 'P':
        return this.#go(history.previous(place, changesState), 'no state changes before this');
      case 'c':
        return this.#go(history.cause(place), 'it came from outside: no row led to it');
      case 'e':
        return this.#go(history.consequence(place), 'no row is known to follow from it');
      case 'u':
        return this.#back();
      case 'm':
        this.isMicro = !this.isMicro;
        return null;
      default:
        return this.#withArgument(name, argument);
    }
  }

  #withArgument(name: string, argument: string): string | null {
    const { history, place } = this;
    if (!['g', 'b', 'B'].includes(name))
      return `no order ${name}: ${HELP.map(([order]) => order).join('; ')}`;
    if (argument === '') return `${name} needs a word`;
    if (name === 'g') return this.#go(this.#placeAt(argument), `no row at ${argument}`);
    const isIt = (candidate: Place): boolean => isAbout(candidate, argument);
    return name === 'b'
      ? this.#go(history.next(place, isIt), `${argument} does not come after this`)
      : this.#go(history.previous(place, isIt), `${argument} did not come before this`);
  }

  #go(place: Place | null, otherwise: string): string | null {
    if (place === null) return otherwise;
    this.#visited.push(this.place);
    if (this.#visited.length > MOST_REMEMBERED) this.#visited.shift();
    this.place = place;
    return null;
  }

  #back(): string | null {
    const before = this.#visited.pop();
    if (before === undefined) return 'this is where you began';
    this.place = before;
    return null;
  }
}
