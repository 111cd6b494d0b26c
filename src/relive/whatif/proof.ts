/** Whether a history that is lived again without a change is the recorded one. Pure. */
import { canonical } from '../../config/plain.ts';
import type { Json } from '../../protocol/json.ts';

/** Where what was lived differs from what is recorded. */
export interface Mismatch {
  readonly router: string;
  readonly actor: string;
  readonly recorded: { readonly atUs: number; readonly state: Json; readonly event: string } | null;
  readonly lived: { readonly atUs: number; readonly state: Json; readonly event: string } | null;
}

interface Told {
  readonly atUs: number;
  readonly state: Json;
  readonly text: string;
  readonly event: string;
}

interface Sides {
  readonly recorded: Told[];
  readonly lived: Told[];
  /** Newest state of each side. */
  recordedText: string;
  livedText: string;
  /** It differed: whatever follows does so because of that. */
  isLost: boolean;
}

/** Times may differ by this; a process needs as long to notice that a deadline is over. */
export const TIME_BOUND_US = 100_000;

export class Proof {
  readonly #sides = new Map<string, Sides>();
  readonly mismatches: Mismatch[] = [];
  /** Changes of state that were the same. */
  same = 0;
  /** By which they were most apart in time. */
  largestUs = 0;

  enter(router: string, actor: string, state: Json): void {
    const text = canonical(state);
    this.#sides.set(`${router} ${actor}`, {
      recorded: [],
      lived: [],
      recordedText: text,
      livedText: text,
      isLost: false,
    });
  }

  recorded(router: string, actor: string, atUs: number, state: Json, event: string): void {
    const sides = this.#of(router, actor);
    const text = canonical(state);
    if (sides.isLost || (text === sides.recordedText && event !== 'actor.started')) return;
    sides.recordedText = text;
    sides.recorded.push({ atUs, state, text, event });
    this.#compare(router, actor, sides);
  }

  lived(router: string, actor: string, atUs: number, state: Json, event: string): void {
    const sides = this.#of(router, actor);
    const text = canonical(state);
    if (sides.isLost || (text === sides.livedText && event !== 'actor.started')) return;
    sides.livedText = text;
    sides.lived.push({ atUs, state, text, event });
    this.#compare(router, actor, sides);
  }

  /** What one side alone has, but for what is as near to the end as times may differ. */
  end(endUs: number): void {
    for (const [key, { recorded, lived }] of this.#sides) {
      const [router = '', actor = ''] = key.split(' ');
      const [a, b] = [recorded[0], lived[0]];
      const isNear = (told: Told | undefined): boolean =>
        told === undefined || told.atUs > endUs - TIME_BOUND_US;
      if (isNear(a) && isNear(b)) continue;
      this.#differ(router, actor, a ?? null, b ?? null);
    }
  }

  #compare(router: string, actor: string, sides: Sides): void {
    for (;;) {
      const [recorded, lived] = [sides.recorded[0], sides.lived[0]];
      if (recorded === undefined || lived === undefined) return;
      sides.recorded.shift();
      sides.lived.shift();
      const apartUs = Math.abs(recorded.atUs - lived.atUs);
      if (recorded.text !== lived.text || apartUs > TIME_BOUND_US) {
        this.#differ(router, actor, recorded, lived);
        sides.isLost = true;
        sides.recorded.length = 0;
        sides.lived.length = 0;
      } else {
        this.same += 1;
        this.largestUs = Math.max(this.largestUs, apartUs);
      }
    }
  }

  #differ(router: string, actor: string, recorded: Told | null, lived: Told | null): void {
    if (this.mismatches.some((each) => each.router === router && each.actor === actor)) return;
    const plain = (told: Told | null) =>
      told === null ? null : { atUs: told.atUs, state: told.state, event: told.event };
    this.mismatches.push({ router, actor, recorded: plain(recorded), lived: plain(lived) });
  }

  #of(router: string, actor: string): Sides {
    const key = `${router} ${actor}`;
    const known = this.#sides.get(key);
    if (known !== undefined) return known;
    const made: Sides = { recorded: [], lived: [], recordedText: '', livedText: '', isLost: false };
    this.#sides.set(key, made);
    return made;
  }
}
