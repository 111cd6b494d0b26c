/** When an instance hears which advert: as it was recorded, or as it would be if everybody had another interval. */
import type { Heard, Train } from './happenings.ts';

/** An advert reaches the instance. */
export interface Arrival {
  readonly atUs: number;
  readonly advert: Heard;
}

export interface HearingTerms {
  /** Interval that the senders have instead of their own; null: their own. */
  readonly intervalUs: number | null;
  /** When an advert that came at a time arrives instead; null: never. */
  readonly passage: (advert: Heard, atUs: number) => number | null;
  /** Adverts that may be missing before their sender counts as gone. */
  readonly patience: number;
}

/** Adverts in equal steps, all after the `gapAfter`th later by `gapUs`. */
interface Stretch {
  readonly advert: Heard;
  readonly key: string;
  readonly fromUs: number;
  readonly stepUs: number;
  readonly gapAfter: number;
  readonly gapUs: number;
  /** None comes after this. */
  toUs: number;
  /** Of those that are still to come. */
  index: number;
}

/** A silence of more than this share of the interval means that an advert is missing. */
const MISSING = 1.5;

/** Share of an interval between the last advert that is lost and the next that comes: they are not that exact. */
export const EDGE = 0.75;

/** So far a stretch may be out of step with what it goes on with. */
const IN_STEP_US = 1_000;

/** Whether adverts that begin then are more of the same. */
function isInStep({ fromUs: beganUs, toUs, stepUs, gapUs }: Stretch, fromUs: number): boolean {
  if (gapUs !== 0 || stepUs < IN_STEP_US || fromUs - toUs > MISSING * stepUs) return false;
  const outUs = (fromUs - beganUs) % stepUs;
  return Math.min(outUs, stepUs - outUs) <= IN_STEP_US;
}

/** Gaps that are remembered. */
const MOST_GAPS = 100;

const dueUs = ({ fromUs, stepUs, gapAfter, gapUs, index }: Stretch): number =>
  Math.round(fromUs + index * stepUs + (index > gapAfter ? gapUs : 0));

const keyOf = ({ source, priority }: Pick<Heard, 'source' | 'priority'>): string => `${source} ${priority}`;

/** One begins where the other ends: nothing changes between them. */
function goesOn(former: Stretch, next: Stretch): boolean {
  return (
    former.key === next.key &&
    former.fromUs < next.fromUs &&
    next.fromUs - former.toUs <= MISSING * next.advert.advertIntervalUs
  );
}

export class HeardAdverts {
  readonly #terms: HearingTerms;
  /** By source and priority: what its adverts say beside. */
  readonly #known = new Map<string, Heard>();
  #stretches: Stretch[] = [];
  /** By source and priority, the newest recorded advert. */
  readonly #last = new Map<string, number>();
  #attendsUs = Number.NEGATIVE_INFINITY;
  /** Times in which nothing came from one that lived. */
  #gaps: { readonly source: string; readonly fromUs: number; readonly toUs: number }[] = [];
  /** Gaps within runs: in which part of a minute they were is not recorded. */
  unplacedGaps = 0;
  /** Times in which adverts were lost. */
  losses = 0;

  constructor(terms: HearingTerms) {
    this.#terms = terms;
  }

  /** What a source says, known from before. */
  know(advert: Heard): void {
    this.#known.set(keyOf(advert), advert);
  }

  /** Whether recorded adverts of the source come before and after this time, as from one that lives. */
  livedAt(source: string, atUs: number): boolean {
    return (
      this.#gaps.some((gap) => gap.source === source && gap.fromUs <= atUs && atUs < gap.toUs) ||
      this.#stretches.some(
        ({ advert, fromUs, toUs }) => advert.source === source && fromUs <= atUs && atUs < toUs,
      )
    );
  }

  /** It listens from this time on, and did not before. */
  attend(sinceUs: number): void {
    this.#attendsUs = sinceUs;
  }

  /** It listens no more: whoever was not missing by then lived until then. */
  leave(untilUs: number): void {
    if (this.#terms.intervalUs === null) return;
    for (const [key, lastUs] of this.#last) {
      const usualUs = this.#known.get(key)?.advertIntervalUs ?? 0;
      const stretch = this.#newest(key);
      if (stretch !== undefined && untilUs - lastUs < usualUs && stretch.toUs >= lastUs)
        stretch.toUs = Math.max(stretch.toUs, untilUs);
    }
  }

  /** It will be heard at this time: whoever was heard shortly before lives. */
  foresee(advert: Heard, atUs: number): void {
    this.#noteGap(advert, atUs);
  }

  /** It has been heard already: only what comes after it counts. */
  noteHeard(advert: Heard, atUs: number): void {
    this.#last.set(keyOf(advert), atUs);
  }

  sourceIntervals(): number[] {
    return [...new Set([...this.#known.values()].map(({ advertIntervalUs }) => advertIntervalUs))];
  }

  /** An advert that was told by itself. */
  hear(advert: Heard, atUs: number): void {
    this.know(advert);
    const { intervalUs } = this.#terms;
    if (intervalUs === null || advert.priority === 0) this.#add(advert, atUs, atUs, 1);
    else this.#lives(advert, atUs, atUs, intervalUs);
    this.#last.set(keyOf(advert), atUs);
  }

  /** A run of them. `own`: what is assumed of a source of which nothing else is known. */
  train(train: Train, own: Heard): void {
    const { source, priority, fromUs, toUs, count, largestGapUs } = train;
    const advert = this.#known.get(keyOf(train)) ?? { ...own, source, priority };
    const lastUs = this.#last.get(keyOf(train));
    const lengthUs = toUs - fromUs;
    const meanUs = count > 1 ? lengthUs / (count - 1) : advert.advertIntervalUs;
    // A gap that began before the run is not one within it.
    const isBefore = lastUs !== undefined && largestGapUs <= fromUs - lastUs + 1;
    const hasGap = count > 2 && !isBefore && largestGapUs > MISSING * meanUs;
    const stepUs = hasGap ? (lengthUs - largestGapUs) / (count - 2) : meanUs;
    const gapAfter = hasGap ? (count - 2) >> 1 : count;
    const gapUs = hasGap ? largestGapUs - stepUs : 0;
    if (hasGap) this.unplacedGaps += 1;
    const { intervalUs } = this.#terms;
    if (intervalUs === null) {
      this.#noteGap(advert, fromUs);
      this.#add(advert, fromUs, toUs, stepUs, gapAfter, gapUs);
    } else if (hasGap) {
      const restsUs = Math.round(fromUs + gapAfter * stepUs);
      this.#lives(advert, fromUs, restsUs, intervalUs);
      this.#last.set(keyOf(train), restsUs);
      this.#lives(advert, restsUs + largestGapUs, toUs, intervalUs);
    } else this.#lives(advert, fromUs, toUs, intervalUs);
    this.#last.set(keyOf(train), toUs);
  }

  /** The next one that arrives; null: none that is known of. */
  next(): Arrival | null {
    let best: Arrival | null = null;
    for (const stretch of this.#stretches) {
      const arrival = this.#nextOf(stretch);
      if (arrival !== null && (best === null || arrival.atUs < best.atUs)) best = arrival;
    }
    return best;
  }

  /** Everything up to and with this advert is past. */
  pass({ atUs, advert }: Arrival): void {
    const stretch = this.#stretches.find(
      (each) => each.advert === advert && this.#nextOf(each)?.atUs === atUs,
    );
    if (stretch !== undefined) stretch.index += 1;
    if (this.#stretches.length > 4) this.#tidy(atUs);
  }

  /** What came before a time is past without having been heard. */
  skip(beforeUs: number): void {
    for (const stretch of this.#stretches) {
      while (dueUs(stretch) < beforeUs && dueUs(stretch) <= stretch.toUs) {
        const steps = Math.floor((Math.min(beforeUs, stretch.toUs) - dueUs(stretch)) / stretch.stepUs);
        stretch.index += Math.max(1, steps);
      }
    }
    this.#tidy(beforeUs);
  }

  /** What is heard at this time, again and again. */
  present(nowUs: number): Heard[] {
    return this.#stretches
      .filter(({ fromUs, toUs }) => fromUs <= nowUs && nowUs <= toUs)
      .map(({ advert }) => advert);
  }

  /** The stretch of time around this one in which nothing changes about what is heard. */
  steadyAround(nowUs: number): { readonly fromUs: number; readonly toUs: number } {
    let [beganUs, endsUs] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    const change = (atUs: number): void => {
      if (atUs <= nowUs) beganUs = Math.max(beganUs, atUs);
      else endsUs = Math.min(endsUs, atUs);
    };
    for (const stretch of this.#stretches) {
      const { fromUs, toUs, stepUs, gapAfter, gapUs } = stretch;
      if (!this.#stretches.some((former) => goesOn(former, stretch))) change(fromUs);
      if (!this.#stretches.some((next) => goesOn(stretch, next))) change(toUs);
      const restsUs = fromUs + gapAfter * stepUs;
      if (restsUs >= toUs) continue;
      change(restsUs);
      change(restsUs + stepUs + gapUs);
    }
    return { fromUs: beganUs, toUs: endsUs };
  }

  #nextOf(stretch: Stretch): Arrival | null {
    for (let atUs = dueUs(stretch); atUs <= stretch.toUs; atUs = dueUs(stretch)) {
      const arrivesUs = this.#terms.passage(stretch.advert, atUs);
      if (arrivesUs !== null) return { atUs: arrivesUs, advert: stretch.advert };
      stretch.index += 1;
    }
    return null;
  }

  /** Those that are over go, but for the newest of each source, which may go on. */
  #tidy(nowUs: number): void {
    const newest = new Set([...this.#last.keys()].map((key) => this.#newest(key)));
    this.#stretches = this.#stretches.filter(
      (stretch) => stretch.toUs >= nowUs || dueUs(stretch) <= stretch.toUs || newest.has(stretch),
    );
  }

  /** A gap before an advert of one that was heard before: true if it lived all the while. */
  #noteGap(advert: Heard, atUs: number): boolean {
    const formerUs = this.#last.get(keyOf(advert));
    const usualUs = advert.advertIntervalUs;
    if (formerUs === undefined || atUs - formerUs > (this.#terms.patience + 1) * usualUs) return false;
    if (atUs - formerUs <= MISSING * usualUs) return true;
    this.#gaps.push({ source: advert.source, fromUs: formerUs, toUs: atUs });
    if (this.#gaps.length > MOST_GAPS) this.#gaps.shift();
    return true;
  }

  /** It says something else from now on: until then it said what it did. */
  #replaces({ source, advertIntervalUs }: Heard, fromUs: number): void {
    for (const [key, lastUs] of this.#last) {
      if (!key.startsWith(`${source} `) || fromUs - lastUs > MISSING * advertIntervalUs) continue;
      const former = this.#newest(key);
      if (former !== undefined) former.toUs = Math.max(former.toUs, fromUs - 1);
    }
  }

  #newest(key: string): Stretch | undefined {
    return this.#stretches.findLast((stretch) => stretch.key === key);
  }

  #add(
    advert: Heard,
    fromUs: number,
    toUs: number,
    stepUs: number,
    gapAfter = Number.POSITIVE_INFINITY,
    gapUs = 0,
  ): void {
    const key = keyOf(advert);
    const last = this.#stretches.at(-1);
    if (last?.advert === advert && gapUs === 0 && isInStep(last, fromUs)) last.toUs = toUs;
    else
      this.#stretches.push({
        ...{ advert, key, fromUs, toUs, gapUs, index: 0 },
        stepUs: Math.max(1, stepUs),
        gapAfter: gapUs === 0 ? Number.POSITIVE_INFINITY : gapAfter,
      });
  }

  /**
   * Adverts from one that lives, at another interval than they were recorded. What was lost in a gap that was no silence is a
   * time without adverts: from the first that did not come to the last.
   */
  #lives(advert: Heard, fromUs: number, toUs: number, intervalUs: number): void {
    const usualUs = advert.advertIntervalUs;
    const formerUs = this.#last.get(keyOf(advert)) ?? Number.NEGATIVE_INFINITY;
    const lived = this.#noteGap(advert, fromUs);
    const said = this.#newest(keyOf(advert));
    if (lived && said !== undefined && fromUs - formerUs <= MISSING * usualUs) {
      said.toUs = Math.max(said.toUs, toUs);
      return;
    }
    const edgeUs = Math.floor(EDGE * usualUs);
    if (lived && said !== undefined) {
      this.losses += 1;
      said.toUs += edgeUs;
    }
    const own = { ...advert, advertIntervalUs: intervalUs };
    if (!lived) this.#replaces(advert, fromUs);
    // Heard as soon as somebody listened: it had been there before.
    const sinceUs = fromUs - this.#attendsUs;
    const earlierUs = sinceUs >= 0 && sinceUs < usualUs ? Math.floor(sinceUs / intervalUs) * intervalUs : 0;
    this.#add(own, fromUs - (lived ? edgeUs : earlierUs), toUs, intervalUs);
  }
}
