/**
 * What one node sent and another heard, as far as clocks can be told from it. Times are those of the steady clock of the
 * node that wrote them down, in microseconds; two nodes' clocks need have nothing in common.
 */

/** Adverts of one virtual router and one sender that say the same: sent at `anchorUs + k * everyUs`, or a little later. */
export interface Sending {
  /** Virtual router and source address: what tells streams apart. */
  readonly stream: string;
  readonly priority: number;
  /** No advert of it was sent outside these; -Infinity or Infinity where the history does not tell. */
  readonly fromUs: number;
  readonly untilUs: number;
  /** Earliest time of an advert; null: when they were sent between the bounds is not known. */
  readonly anchorUs: number | null;
  /** Advertisement interval of the instance. */
  readonly everyUs: number;
  /** False: one advert alone. */
  readonly repeats: boolean;
}

/** An advert that was heard. */
export interface Hearing {
  readonly stream: string;
  readonly priority: number;
  readonly atUs: number;
  /** How much later than usual it may have been noticed: the process had just started, or had not run. */
  readonly extraDelayUs: number;
}

/** One direction. */
export interface Exchange {
  readonly sendings: readonly Sending[];
  readonly hearings: readonly Hearing[];
}

/** Two steady clocks run at rates that differ by less than this (parts per million)... */
export const MOST_DRIFT_PPM = 200;
/** ...and the difference changes by less than this: what temperature does to a crystal. */
export const WANDER_PPM = 2;

const LEAST_ALLOWED_US = 50_000;

/**
 * An advert is on its way, in a buffer, and waiting for the event loop for less than this: nearly half an interval, from which
 * on a process says that it did not run (self.stalled). With more, both directions together could be off by a whole one.
 */
export function allowedDelayUs({ everyUs }: Sending, { extraDelayUs }: Hearing): number {
  return Math.max(0.45 * everyUs, LEAST_ALLOWED_US) + extraDelayUs;
}

export interface Interval {
  readonly lowUs: number;
  readonly highUs: number;
}

export const isWithin = (us: number, { lowUs, highUs }: Interval): boolean => us >= lowUs && us <= highUs;

/**
 * The times at which what was heard may have been sent, as the listener's clock minus the sender's, so of the advert that
 * came without delay down to the one that came as late as it may. At most `limit` pieces, wider ones instead of more.
 */
export function* differences(
  hearing: Hearing,
  sendings: readonly Sending[],
  within: Interval,
  limit: number,
): Generator<Interval> {
  for (const sending of sendings) {
    if (sending.priority !== hearing.priority) continue;
    const allowedUs = allowedDelayUs(sending, hearing);
    const latest = {
      lowUs: hearing.atUs - sending.untilUs - allowedUs,
      highUs: hearing.atUs - sending.fromUs,
    };
    if (latest.lowUs > within.highUs || latest.highUs < within.lowUs) continue;
    if (sending.anchorUs === null) yield latest;
    else yield* teeth(hearing, sending, sending.anchorUs, allowedUs, within, limit);
  }
}

function* teeth(
  { atUs }: Hearing,
  { anchorUs: _, everyUs, untilUs, repeats }: Sending,
  anchorUs: number,
  allowedUs: number,
  within: Interval,
  limit: number,
): Generator<Interval> {
  // Tooth k is [at - anchor - k * every - allowed, at - anchor - k * every].
  const least = Math.max(0, Math.ceil((atUs - anchorUs - allowedUs - within.highUs) / everyUs));
  const mostSent = repeats ? Math.floor((untilUs - anchorUs) / everyUs) : 0;
  const most = Math.min(mostSent, Math.floor((atUs - anchorUs - within.lowUs) / everyUs));
  if (most < least) return;
  if (most - least >= limit) {
    yield {
      lowUs: atUs - anchorUs - most * everyUs - allowedUs,
      highUs: atUs - anchorUs - least * everyUs,
    };
    return;
  }
  for (let k = least; k <= most; k += 1) {
    const highUs = atUs - anchorUs - k * everyUs;
    yield { lowUs: highUs - allowedUs, highUs };
  }
}
