/** What a change would have meant: figures of two lives beside each other, and where they part. Pure. */
import { type RoleChange, type Span, spansOf } from './chronicle.ts';
import type { Life, Sending } from './life.ts';

/** Figures of one virtual router in one life. Times in microseconds. */
export interface Figures {
  /** A router became master where one was before, or was heard before. */
  readonly failovers: number;
  /** After silence. */
  readonly takeOvers: number;
  /** Of these, from one that lived on. */
  readonly falseTakeOvers: number;
  /** From the last advert to the take-over, in order of length. */
  readonly detectionUs: readonly number[];
  readonly nobodyUs: number;
  readonly twoUs: number;
  readonly unknownUs: number;
}

/** Where two lives part: the earlier of the two changes that are not the same. */
export interface Difference {
  readonly atUs: number;
  readonly before: RoleChange | null;
  readonly after: RoleChange | null;
}

export interface FigureTerms {
  readonly routers: number;
  readonly before: ReadonlyMap<string, string>;
  readonly endUs: number;
}

export function figuresOf(
  changes: readonly RoleChange[],
  falseTakeOvers: readonly RoleChange[],
  { routers, before, endUs }: FigureTerms,
): Figures {
  const spans = spansOf(changes, before, routers, endUs);
  const total = (kind: Span['kind']): number =>
    spans.reduce((sum, span) => sum + (span.kind === kind ? span.toUs - span.fromUs : 0), 0);
  const gains = changes.filter(({ role }) => role === 'master');
  const silent = gains.filter(({ silentUs, followed }) => silentUs !== null && followed !== null);
  return {
    failovers: gains.filter((gain) => gain.silentUs !== null || gain.isPreemption).length,
    takeOvers: silent.length,
    falseTakeOvers: falseTakeOvers.length,
    detectionUs: silent.map(({ silentUs }) => silentUs ?? 0).sort((a, b) => a - b),
    nobodyUs: total('nobody'),
    twoUs: total('two'),
    unknownUs: total('unknown'),
  };
}

/** Lives that differ by less than this in time are the same: so exactly are they lived again. */
const SAME_US = 20_000;

/** The first change of role that one has and the other has not, or has at another time. */
export function firstDifference(
  before: readonly RoleChange[],
  after: readonly RoleChange[],
): Difference | null {
  const rest = [...after];
  for (const change of before) {
    const same = rest.findIndex(
      (other) =>
        other.router === change.router &&
        other.actor === change.actor &&
        other.role === change.role &&
        Math.abs(other.atUs - change.atUs) <= SAME_US,
    );
    const earlier = rest
      .slice(0, same === -1 ? rest.length : same)
      .find(({ atUs }) => atUs < change.atUs - SAME_US);
    if (earlier !== undefined)
      return { atUs: earlier.atUs, before: counterpart(before, earlier), after: earlier };
    if (same === -1) return { atUs: change.atUs, before: change, after: counterpart(rest, change) };
    rest.splice(same, 1);
  }
  const more = rest[0];
  return more === undefined ? null : { atUs: more.atUs, before: null, after: more };
}

/** The same change at another time. */
function counterpart(
  changes: readonly RoleChange[],
  { router, actor, role, atUs }: RoleChange,
): RoleChange | null {
  return (
    changes.find(
      (other) =>
        other.router === router &&
        other.actor === actor &&
        other.role === role &&
        other.atUs >= atUs - SAME_US,
    ) ?? null
  );
}

/** From when on something else leaves a router than in the other life: who hears it may react to it. */
export function firstOtherSending(before: Life, after: Life, actor: string | null): Sending | null {
  const of = ({ sent }: Life): Sending[] => sent.filter((each) => actor === null || each.actor === actor);
  const [one, other] = [of(before), of(after)];
  for (let i = 0; i < Math.max(one.length, other.length); i++) {
    const [a, b] = [one[i], other[i]];
    if (a === undefined || b === undefined) return a ?? b ?? null;
    const isSame =
      a.router === b.router &&
      a.actor === b.actor &&
      a.priority === b.priority &&
      Math.abs(a.atUs - b.atUs) <= SAME_US;
    if (!isSame) return a.atUs <= b.atUs ? a : b;
  }
  return null;
}

/** Value below which this share of sorted values lies; null of none. */
export function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}
