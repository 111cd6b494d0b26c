/** What would have prevented a change of mastership, or made it shorter: tried by living it again, not guessed. */
import { CliError } from '../cli.ts';
import { NO_CHANGES, termsOf } from './changes.ts';
import { figuresOf } from './compare.ts';
import { parseEdit } from './edit.ts';
import type { Source } from './lines.ts';
import { type LivedAgain, liveAgain } from './live.ts';
import { UNCHANGED } from './terms.ts';

/** A change of role as `why` finds it. */
export interface Occasion {
  readonly router: string;
  /** `vrrp/VI_1` */
  readonly actor: string;
  /** Role that it got. */
  readonly role: string;
  /** Unix time of the common clock. */
  readonly atUs: number;
}

export interface Counterfactual {
  /** As `--set` takes it. */
  readonly set: string;
  /** The router does not get that role in this stretch. */
  readonly prevents: boolean;
  /** How long nobody was master in this stretch, as recorded and with the change. */
  readonly recordedUs: number;
  readonly changedUs: number;
  /** Only what others would have done is taken as recorded, because their journals are not at hand. */
  readonly isOneSided: boolean;
}

/** Long enough before for whoever was master to have been heard, and after for what follows at once. */
export const BEFORE_US = 30_000_000;
export const AFTER_US = 10_000_000;

/** Gives an alternative's setting, or null where it makes no sense. */
type Alternative = (input: Readonly<Record<string, unknown>>, router: string, name: string) => string | null;

const seconds = (us: unknown, factor: number): string => String((Number(us) * factor) / 1e6);

const ALTERNATIVES: readonly Alternative[] = [
  ({ nopreempt, priority }, router, name) =>
    nopreempt === true || priority === 255 ? null : `${router}:${name}.nopreempt=true`,
  ({ downTimerAdverts }) => `down_timer_adverts=${Number(downTimerAdverts) + 2}`,
  ({ advertIntervalUs }) => `advert_int=${seconds(advertIntervalUs, 2)}`,
  ({ advertIntervalUs, version }) => (version === 2 ? null : `advert_int=${seconds(advertIntervalUs, 0.1)}`),
];

/**
 * Tries the cheap alternatives.
 * @returns null if the stretch does not come out as recorded without a change, so that nothing can be proved
 */
export async function counterfactuals(
  sources: readonly Source[],
  occasion: Occasion,
): Promise<readonly Counterfactual[] | null> {
  const { router, actor, atUs } = occasion;
  const source = sources.find(({ name }) => name === router);
  const input = source?.reader.stateAt(actor, source.reader.seqAt(atUs - source.moveUs))?.context.input;
  if (input === undefined || input === null || typeof input !== 'object' || Array.isArray(input)) return null;
  const name = actor.replace(/^vrrp\//, '');
  const found: Counterfactual[] = [];
  for (const alternative of ALTERNATIVES) {
    const set = alternative(input as Readonly<Record<string, unknown>>, router, name);
    if (set === null) continue;
    const lived = await tried(sources, set, atUs);
    if (lived === null) continue;
    if (lived.proof.mismatches.some((mismatch) => mismatch.actor === actor)) return null;
    found.push(resultOf(lived, set, occasion));
  }
  return found;
}

/** Null if the configuration reader does not take the setting. */
async function tried(sources: readonly Source[], set: string, atUs: number): Promise<LivedAgain | null> {
  const readers = sources.map(({ reader }) => reader);
  const names = sources.map(({ name }) => name);
  const range = { fromUs: atUs - BEFORE_US, toUs: atUs + AFTER_US };
  try {
    const terms = await termsOf(NO_CHANGES, [parseEdit(set)], names, readers);
    return liveAgain({ sources, range, unchanged: UNCHANGED, changed: [terms] });
  } catch (error) {
    if (error instanceof CliError) return null;
    throw error;
  }
}

function resultOf(lived: LivedAgain, set: string, { router, actor, role }: Occasion): Counterfactual {
  const { base, changed, routers, range } = lived;
  const [life = base] = changed;
  const isOurs = (change: { readonly actor: string }): boolean => change.actor === actor;
  const before = new Map([...lived.before].filter(([key]) => key.endsWith(` ${actor}`)));
  const terms = { routers: routers.length, before, endUs: range.toUs };
  const of = ({ chronicle }: typeof base) => figuresOf(chronicle.changes.filter(isOurs), [], terms);
  const happens = life.chronicle.changes.some(
    (change) => change.router === router && change.actor === actor && change.role === role,
  );
  return {
    set,
    prevents: !happens,
    recordedUs: of(base).nobodyUs,
    changedUs: of(life).nobodyUs,
    isOneSided: routers.length === 1,
  };
}
