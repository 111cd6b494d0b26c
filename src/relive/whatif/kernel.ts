/** What the kernel would answer: what it did answer to the same request, else what a healthy one would. */
import { canonical } from '../../config/plain.ts';
import type { ActorEvent, ActorId, Effect } from '../../engine/types.ts';

export interface Answer {
  readonly event: ActorEvent;
  readonly delayUs: number;
  /** Nothing of the kind is recorded near this time. */
  readonly isAssumed: boolean;
}

const HEALTHY: Readonly<Record<string, string>> = {
  addVips: 'vips.added',
  removeVips: 'vips.removed',
  sendGratuitousArps: 'garps.sent',
  createDevices: 'device.created',
  removeDevices: 'device.removed',
};

/** How long a healthy kernel takes where none is recorded. */
const USUAL_DELAY_US = 200;

/** An answer that was given this long before or after counts as one to another request. */
const NEAR_US = 5_000_000;

/** Answers kept for each request. */
const MOST_KEPT = 64;

interface Given {
  readonly effectUs: number;
  readonly event: ActorEvent;
  readonly delayUs: number;
}

export class RecordedKernel {
  readonly #given = new Map<string, Given[]>();
  #usualUs = USUAL_DELAY_US;
  /** Answers that no recording gave, by type. */
  readonly assumed = new Map<string, number>();

  record(actor: ActorId, effect: Effect, given: Given): void {
    const key = keyOf(actor, effect);
    const list = this.#given.get(key) ?? [];
    list.push(given);
    if (list.length > MOST_KEPT) list.shift();
    this.#given.set(key, list);
    this.#usualUs = given.delayUs;
  }

  /** Null: nobody answers such an effect. */
  answer(actor: ActorId, effect: Effect, nowUs: number): Answer | null {
    const healthy = HEALTHY[effect.type];
    if (healthy === undefined) return null;
    const list = this.#given.get(keyOf(actor, effect)) ?? [];
    const near = list.filter(({ effectUs }) => Math.abs(effectUs - nowUs) <= NEAR_US);
    const best = near.reduce<Given | null>(
      (a, b) => (a === null || Math.abs(b.effectUs - nowUs) < Math.abs(a.effectUs - nowUs) ? b : a),
      null,
    );
    if (best === null) {
      this.assumed.set(healthy, (this.assumed.get(healthy) ?? 0) + 1);
      return { event: { type: healthy }, delayUs: this.#usualUs, isAssumed: true };
    }
    list.splice(list.indexOf(best), 1);
    return { event: best.event, delayUs: best.delayUs, isAssumed: false };
  }
}

function keyOf(actor: ActorId, { type, params }: Effect): string {
  return `${actor} ${type} ${canonical(params)}`;
}
