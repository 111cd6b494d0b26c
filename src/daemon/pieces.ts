/** Work on thousands of things in pieces, so that adverts, signals and questions get their turn in between. */
import type { Steps } from '../config/steps.ts';
import type { Clock } from '../engine/types.ts';
import { realClock } from './clock.ts';

/** How long a piece may take, beside its last thing. */
const PIECE_US = 5_000;

export interface PiecesOptions {
  readonly clock: Pick<Clock, 'monotonicUs'>;
  /** Resolves when everything else that waits has had its turn. */
  readonly turn: () => Promise<void>;
}

export const realTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class Pieces {
  readonly #options: PiecesOptions;

  constructor(options: PiecesOptions) {
    this.#options = options;
  }

  /**
   * Does the same for each, in this order; few are done at once. After each turn of others it is asked whether it goes
   * on. Gives whether it has come to the end.
   */
  async each<T>(things: Iterable<T>, work: (thing: T) => void, goesOn: () => boolean): Promise<boolean> {
    const { clock, turn } = this.#options;
    let endUs = clock.monotonicUs() + PIECE_US;
    for (const thing of things) {
      if (clock.monotonicUs() >= endUs) {
        await turn();
        if (!goesOn()) return false;
        endUs = clock.monotonicUs() + PIECE_US;
      }
      work(thing);
    }
    return true;
  }

  /** Goes to the end whatever happens in between. @throws what a step throws */
  async run<T>(steps: Steps<T>): Promise<T> {
    const { clock, turn } = this.#options;
    let endUs = clock.monotonicUs() + PIECE_US;
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      if (clock.monotonicUs() < endUs) continue;
      await turn();
      endUs = clock.monotonicUs() + PIECE_US;
    }
  }
}

export const realPieces = new Pieces({ clock: realClock, turn: realTurn });
