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

/** Share of an interval between the last advert of a time in which all are lost and the next that comes. */
const EDGE = 0.5;

/** Gaps that are remembered. */
const MOST_GAPS = 100;

const dueUs = ({ fromUs, stepUs, gapAfter, gapUs, index }: Stretch): number =>
  Math.round(fromUs + index * stepUs + (index > gapAfter ? gapUs : 0));

const keyOf = ({ source, priority }: Pick<Heard, 'source' | 'priority'>): string => `${source} ${priority}`;

/** One begins where the other ends: nothing changes between them. */
function goesOn(former: Stretch, next: Stretch): boolean {
  const { advert, fromUs } = next;
  return (
    keyOf(former.advert) === keyOf(advert) &&
    former.fromUs < fromUs &&
    fromUs - former.toUs <= MISSING * advert.advertIntervalUs
  );
}

export class HeardAdverts {
  readonly #terms: HearingTerms;
  /** By source and priority: what its adverts say beside. */
  readonly #known = new Map<string, Heard>();
  #stretches: Stretch[] = [];
  /** The newest recorded advert of each source. */
  readonly #last = new Map<string, { readonly atUs: number; readonly key: string }>();
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

  /** It will be heard at this time: whoever was heard shortly before lives. */
  foresee(advert: Heard, atUs: number): void {
    this.#noteGap(advert, atUs);
  }

  /** It has been heard already: only what comes after it counts. */
  noteHeard(advert: Heard, atUs: number): void {
    this.#last.set(advert.source, { atUs, key: keyOf(advert) });
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
    this.#last.set(advert.source, { atUs, key: keyOf(advert) });
  }

  /** A run of them. `own`: what is assumed of a source of which nothing else is known. */
  train(train: Train, own: Heard): void {
    const { source, priority, fromUs, toUs, count, largestGapUs } = train;
    const advert = this.#known.get(keyOf(train)) ?? { ...own, source, priority };
    const last = this.#last.get(source);
    const lengthUs = toUs - fromUs;
    const meanUs = count > 1 ? lengthUs / (count - 1) : advert.advertIntervalUs;
    // A gap that began before the run is not one within it.
    const isBefore = last !== undefined && largestGapUs <= fromUs - last.atUs + 1;
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
      this.#last.set(source, { atUs: restsUs, key: keyOf(train) });
      this.#lives(advert, restsUs + largestGapUs, toUs, intervalUs);
    } else this.#lives(advert, fromUs, toUs, intervalUs);
    this.#last.set(source, { atUs: toUs, key: keyOf(train) });
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
    const newest = new Set(
      [...this.#last.keys()].map((source) =>
        this.#stretches.findLast((each) => each.advert.source === source),
      ),
    );
    this.#stretches = this.#stretches.filter(
      (stretch) => stretch.toUs >= nowUs || dueUs(stretch) <= stretch.toUs || newest.has(stretch),
    );
  }

  /** A gap before an advert of one that was heard before: true if it lived all the while. */
  #noteGap(advert: Heard, atUs: number): boolean {
    const former = this.#last.get(advert.source);
    const silentUs = atUs - (former?.atUs ?? Number.NEGATIVE_INFINITY);
    const usualUs = advert.advertIntervalUs;
    if (former?.key !== keyOf(advert) || silentUs > (this.#terms.patience + 1) * usualUs) return false;
    if (silentUs <= MISSING * usualUs) return true;
    this.#gaps.push({ source: advert.source, fromUs: former.atUs, toUs: atUs });
    if (this.#gaps.length > MOST_GAPS) this.#gaps.shift();
    return true;
  }

  #add(advert: Heard, fromUs: number, toUs: number, stepUs: number, gapAfter = Infinity, gapUs = 0): void {
    this.#stretches.push({ advert, fromUs, toUs, stepUs: Math.max(1, stepUs), gapAfter, gapUs, index: 0 });
  }

  /**
   * Adverts from one that lives, at another interval than they were recorded. What was lost in a gap that was no silence is a
   * time without adverts: from the first that did not come to the last.
   */
  #lives(advert: Heard, fromUs: number, toUs: number, intervalUs: number): void {
    const usualUs = advert.advertIntervalUs;
    const formerUs = this.#last.get(advert.source)?.atUs ?? Number.NEGATIVE_INFINITY;
    const lived = this.#noteGap(advert, fromUs);
    const said = this.#stretches.findLast((stretch) => stretch.advert.source === advert.source);
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
    // Heard as soon as somebody listened: it had been there before.
    const sinceUs = fromUs - this.#attendsUs;
    const earlierUs = sinceUs >= 0 && sinceUs < usualUs ? Math.floor(sinceUs / intervalUs) * intervalUs : 0;
    this.#add(own, fromUs - (lived ? edgeUs : earlierUs), toUs, intervalUs);
  }
}
