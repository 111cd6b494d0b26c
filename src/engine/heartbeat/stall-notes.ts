/** Tells instances that this process did not run when it should have. Once for each stall. */
import type { ActorId } from '../types.ts';
import { type Instance, STALL_FLOOR_US } from './instance.ts';
import type { Pace } from './pace.ts';

export class StallNotes {
  readonly #pace: Pace;
  readonly #tell: (actor: ActorId, stalledUs: number) => void;
  /** What was due, or came, up to here has had its lateness judged. */
  #notedUs = Number.NEGATIVE_INFINITY;

  constructor(pace: Pace, tell: (actor: ActorId, stalledUs: number) => void) {
    this.#pace = pace;
    this.#tell = tell;
  }

  /** Every instance whose deadline passed long ago. */
  note(nowUs: number): void {
    const first = this.#pace.peek();
    if (first === null || nowUs - first.atUs <= STALL_FLOOR_US || first.atUs <= this.#notedUs) return;
    const stalledUs = new Map<Instance, number>();
    for (const { owner, atUs } of this.#pace.dueAt(nowUs)) {
      const lateUs = nowUs - atUs;
      if (owner.kind === 'runs' || lateUs <= owner.instance.stallToleranceUs(owner.kind)) continue;
      stalledUs.set(owner.instance, Math.max(lateUs, stalledUs.get(owner.instance) ?? 0));
    }
    if (stalledUs.size === 0) return;
    this.#notedUs = nowUs;
    for (const [instance, lateUs] of stalledUs) this.#tell(instance.actor, lateUs);
  }

  /**
   * The event that is about to be told comes later than its packet did. Nothing of one that announces: its adverts were not
   * late, they are repeated elsewhere.
   */
  noteReading(instance: Instance, arrivedUs: number, readUs: number): void {
    const lateUs = readUs - arrivedUs;
    if (instance.announced !== null || lateUs <= instance.stallToleranceUs('advert')) return;
    if (arrivedUs <= this.#notedUs) return;
    this.#notedUs = readUs;
    this.#tell(instance.actor, lateUs);
  }
}
