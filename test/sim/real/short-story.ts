/** As much of a story as can be done for real, in a time that somebody waits for. */
import { settlingUs } from '../checks/bounds.ts';
import { type Act, type ConfigSpec, durationOf, type Story } from '../story/model.ts';

const SECOND_US = 1_000_000;
/** A story with its last peace. */
const LONGEST_US = 40 * SECOND_US;
const LONGEST_FAULT_US = 8 * SECOND_US;

/** Everything that needs no other kernel, no other clock and no other network than there is. */
const POSSIBLE: ReadonlySet<Act['type']> = new Set<Act['type']>([
  ...(['crash', 'powerOff', 'stop', 'stall', 'linkDown', 'addressLost', 'part', 'oneWay', 'loss'] as const),
  ...(['script', 'file', 'addressDeleted', 'reload'] as const),
]);

export interface ShortStory {
  readonly story: Story;
  /** Acts of the story that cannot be done, or for which there is no time. */
  readonly leftOut: readonly Act[];
}

function plain({ services: _, sharesProbes: __, ...config }: ConfigSpec): ConfigSpec {
  return config;
}

function shorter(act: Act): Act {
  const most = (us: number): number => Math.min(us, LONGEST_FAULT_US);
  if ('backAfterUs' in act && act.backAfterUs !== null) return { ...act, backAfterUs: most(act.backAfterUs) };
  if ('durationUs' in act) return { ...act, durationUs: most(act.durationUs) };
  return act.type === 'reload' ? { ...act, config: plain(act.config) } : act;
}

const overAfter = (act: Act): number => ('backAfterUs' in act ? (act.backAfterUs ?? 0) : durationOf(act));

/** With no more time between its acts than is needed for peace. @throws Error if not even its first act fits in. */
export function shortened(whole: Story): ShortStory {
  const possible = whole.acts.filter(({ type }) => POSSIBLE.has(type)).map(shorter);
  const routers = whole.routers.map((router) => ({ ...router, config: plain(router.config) }));
  const acts: Act[] = [];
  const story = (): Story => ({ ...whole, routers, acts, endUs: acts.at(-1)?.atUs ?? 0 });
  let beforeUs = 0;
  for (const act of possible) {
    const peaceUs = settlingUs({ ...story(), acts: [...acts, act] });
    const last = acts.at(-1);
    const lastedUs = last === undefined ? 0 : overAfter(last);
    const atUs = (last?.atUs ?? 0) + Math.min(act.atUs - beforeUs, lastedUs + peaceUs);
    if (atUs + overAfter(act) + peaceUs > LONGEST_US) break;
    beforeUs = act.atUs;
    acts.push({ ...act, atUs });
  }
  const [first] = possible;
  if (acts.length === 0 && first !== undefined)
    throw new Error(
      `seed ${whole.seed} needs more than ${LONGEST_US / SECOND_US} s for its first act (${first.type})`,
    );
  const kept = new Set(possible.slice(0, acts.length).map(({ atUs, type }) => `${atUs} ${type}`));
  return { story: story(), leftOut: whole.acts.filter(({ atUs, type }) => !kept.has(`${atUs} ${type}`)) };
}
