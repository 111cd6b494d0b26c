/**
 * Times of RFC 9568 section 6.1, computed here once more and from the story alone, so that a machine that gets them wrong
 * is not judged by its own figures; and the bound after which a cluster that nothing befalls has to be at peace.
 */
import { type ConfigSpec, configsOf, type InstanceSpec, type Story } from '../story/model.ts';

const SECOND_US = 1_000_000;

export function intervalUs({ intervalMs }: InstanceSpec): number {
  return intervalMs * 1000;
}

/** Skew_Time; version 2 (RFC 3768) counts it in seconds whatever the interval is. */
export function skewUs(version: 2 | 3, priority: number, masterIntervalUs: number): number {
  return ((256 - priority) * (version === 2 ? SECOND_US : masterIntervalUs)) / 256;
}

/** Active_Down_Interval: three adverts (down_timer_adverts) and the skew. */
export function downUs(spec: InstanceSpec, priority: number, masterIntervalUs: number): number {
  return (spec.downTimerAdverts ?? 3) * masterIntervalUs + skewUs(spec.version, priority, masterIntervalUs);
}

/** How long until what a script says counts: from success to failure or back, or at first. */
function trackingUs({ scripts }: ConfigSpec, slowestUs: number): number {
  return Math.max(
    0,
    ...scripts.map(
      ({ intervalS, timeoutS, rise, fall }) =>
        (Math.max(rise, fall) + 2) *
        Math.max(intervalS * SECOND_US, Math.min(timeoutS * SECOND_US, slowestUs)),
    ),
  );
}

/** The table is looked at so often (src/daemon/ipvs.ts). */
const LOOK_EVERY_US = 10 * SECOND_US;

/** Two pages one after the other, where one fails. */
const MOST_PROBES = 2;

/**
 * How long until the table is what servers are: a probe under way, the time up to the next one, and all tries, each of which
 * may last its whole timeout, once more for each page; a process that has just begun waits a second and up to one interval before
 * its first probe. What others did to the table is found by the next look, which also asks again for what was refused.
 */
function servicesUs(story: Story, configs: readonly ConfigSpec[]): number {
  const slowest = configs
    .flatMap(({ services }) => services ?? [])
    .map(
      ({ delayLoopS, timeoutS, retry, delayBeforeRetryS }) =>
        1 +
        2 * delayLoopS +
        timeoutS +
        MOST_PROBES * (retry + 1) * (timeoutS + Math.max(delayBeforeRetryS, delayLoopS)),
    );
  if (slowest.length === 0) return 0;
  const isMeddled = story.acts.some(({ type }) => type === 'tableRefuses' || type === 'tableChanged');
  return Math.max(...slowest) * SECOND_US + (isMeddled ? 3 * LOOK_EVERY_US + SECOND_US : 0);
}

/**
 * After the last thing that befell, and what it lasted, everybody has to be what it will stay. In the worst case, one after
 * the other:
 * - a process that has just started holds back (vrrp_startup_delay), and its scripts have to give results that count;
 * - whoever waits for a master that is gone waits one Active_Down_Interval, counted from that one's last advert;
 * - a better router that has a delay (preempt_delay) hears the new master first, lets the delay pass, and only then lets
 *   its Active_Down_Interval run out: a second one;
 * - the loser hears of it by the next advert, one interval later at most, the members of a sync group one after the other;
 * - each step takes the network and the kernel their time; a refused removal is tried again after a second, a
 *   refused addition after half a minute.
 */
export function settlingUs(story: Story): number {
  const configs = configsOf(story);
  const instances = configs.flatMap((config) => config.instances);
  const longest = (of: (spec: InstanceSpec) => number): number => Math.max(0, ...instances.map(of));
  const acts = story.acts;
  const lateUs = Math.max(0, ...acts.map((act) => (act.type === 'delay' ? act.byUs : 0)));
  const kernelUs = Math.max(story.kernelUs, ...acts.map((act) => (act.type === 'netlink' ? act.lateUs : 0)));
  const slowestUs = Math.max(5_000, ...acts.map((act) => (act.type === 'script' ? act.takesUs : 0)));
  const downIntervalUs = longest((spec) => downUs(spec, 1, intervalUs(spec)));
  const refuses = (what: 'add' | 'remove'): boolean =>
    acts.some((act) => act.type === 'netlink' && act.refuses.includes(what));
  const inGroups = configs.some(({ groups }) => groups.length > 0);
  const total =
    Math.max(...configs.map(({ startupDelayS }) => (startupDelayS ?? 0) * SECOND_US)) +
    Math.max(...configs.map((config) => trackingUs(config, slowestUs))) +
    longest(({ preemptDelayS }) => (preemptDelayS ?? 0) * SECOND_US) +
    (inGroups ? 3 : 2) * downIntervalUs +
    longest(intervalUs) +
    servicesUs(story, configs) +
    4 * (story.latencyUs + lateUs) +
    8 * kernelUs +
    (refuses('remove') ? 2 * SECOND_US : 0) +
    (refuses('add') ? 31 * SECOND_US : 0) +
    50_000;
  // Clocks may be slow by as much.
  return Math.ceil(total * 1.001);
}
