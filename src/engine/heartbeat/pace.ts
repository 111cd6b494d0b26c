/** When adverts leave and when silence is due: by deadlines of the core's own, or by whoever repeats for an instance. */
import { type Deadline, DeadlineHeap, NEVER } from './deadline-heap.ts';
import { type DeadlineOwner, type Instance, intervalOf } from './instance.ts';
import { RUN_MAX_US } from './run-counter.ts';

/** Runs of instances that somebody repeats for are handed over at these times, many with one turn of the loop. */
const RUN_GRID_US = 5_000_000;

export class Pace {
  readonly #deadlines = new DeadlineHeap<DeadlineOwner>();

  get size(): number {
    return this.#deadlines.size;
  }

  peek(): Deadline<DeadlineOwner> | null {
    return this.#deadlines.peek();
  }

  dueAt(nowUs: number): Deadline<DeadlineOwner>[] {
    return this.#deadlines.dueAt(nowUs);
  }

  /**
   * What is announced leaves next at `nextUs`. To be called behind the advert that leaves now, which waits for nothing; whoever heard
   * that it failed may have ended it.
   */
  announce(instance: Instance, nextUs: number): void {
    const { repetition } = instance;
    if (instance.announced === null) return;
    if (repetition === null) {
      this.#deadlines.arm(instance.advertDue, nextUs);
      return;
    }
    repetition.announce({
      ...instance.repeated(),
      nextUs,
      intervalUs: intervalOf(instance),
      stallToleranceUs: instance.stallToleranceUs('advert'),
      expiredUs: instance.identity.expiredLatenessUs ?? 0,
      failing: instance.sendFailing,
      identification: instance.identification,
    });
  }

  /** What is announced is something else from the next advert on. */
  revise(instance: Instance): void {
    const { repetition } = instance;
    if (repetition?.isAnnouncing === true) repetition.revise(instance.repeated());
  }

  stopAnnouncing(instance: Instance): void {
    this.#deadlines.disarm(instance.advertDue);
    instance.repetition?.stopAnnouncing();
  }

  watch(instance: Instance, deadlineUs: number): void {
    const { repetition, allowedUs } = instance;
    instance.awaitsSilence = true;
    if (repetition === null) this.#deadlines.arm(instance.silenceDue, deadlineUs);
    else repetition.watch(deadlineUs, allowedUs, instance.stallToleranceUs('silence'));
  }

  adjust(instance: Instance, allowedUs: number): void {
    const { repetition, silenceDue } = instance;
    if (repetition === null)
      this.#deadlines.arm(silenceDue, silenceDue.atUs + allowedUs - instance.allowedUs);
    else repetition.adjustWatch(allowedUs);
    instance.allowedUs = allowedUs;
  }

  /** The awaited advert came then. */
  heard(instance: Instance, atUs: number): void {
    const { repetition, allowedUs } = instance;
    if (repetition === null) this.#deadlines.arm(instance.silenceDue, atUs + allowedUs);
    else repetition.heard(atUs);
  }

  stopWatching(instance: Instance): void {
    instance.awaitsSilence = false;
    instance.isKnownElsewhere = false;
    this.#deadlines.disarm(instance.silenceDue);
    instance.repetition?.stopWatching();
  }

  /** Whoever repeats knows the newest packet from now on. */
  handOver(instance: Instance): void {
    const { repetition, known } = instance;
    if (repetition === null || instance.isKnownElsewhere || known === null) return;
    instance.isKnownElsewhere = true;
    repetition.setKnown(known);
  }

  /** Every packet is told again. */
  takeBack(instance: Instance): void {
    if (!instance.isKnownElsewhere) return;
    instance.isKnownElsewhere = false;
    instance.repetition?.setKnown(null);
  }

  armRuns(instance: Instance): void {
    const { receivedRun, sentRun, repetition } = instance;
    const mustCloseUs = Math.min(receivedRun.mustCloseUs, sentRun.mustCloseUs);
    if (repetition === null) this.#deadlines.arm(instance.runsDue, mustCloseUs);
    else this.#deadlines.arm(instance.runsDue, onGrid(Math.min(mustCloseUs, this.#mustCollectUs(instance))));
  }

  /** Hands over runs that are old enough. */
  rollRuns(instance: Instance, nowUs: number): void {
    const { receivedRun, sentRun, repetition } = instance;
    for (const run of [receivedRun, sentRun]) if (repetition !== null || run.mustCloseUs <= nowUs) run.roll();
    this.armRuns(instance);
  }

  close(instance: Instance): void {
    for (const deadline of [instance.advertDue, instance.silenceDue, instance.runsDue])
      this.#deadlines.disarm(deadline);
    instance.repetition?.end();
  }

  /** What is counted elsewhere does not show that a run is open. */
  #mustCollectUs(instance: Instance): number {
    if (instance.announced === null && !instance.isKnownElsewhere) return NEVER;
    const { receivedRun, sentRun, collectedUs } = instance;
    return Math.max(receivedRun.lastUs, sentRun.lastUs, collectedUs) + RUN_MAX_US;
  }
}

function onGrid(atUs: number): number {
  return atUs === NEVER ? NEVER : Math.floor(atUs / RUN_GRID_US) * RUN_GRID_US;
}
