/** What the watchdog saw and did, in words. */
import type { ActorEvent, Effect } from '../engine/types.ts';
import type { FormerSelf } from '../machines/vrrp/vrrp.resumption.ts';
import { formatDuration } from './time.ts';

/** When it happened, of what was written down later. */
function ago({ atWallUs }: ActorEvent): string {
  if (typeof atWallUs !== 'number') return '';
  return ` (at ${new Date(atWallUs / 1_000).toISOString().slice(11, 23)} UTC)`;
}

function diedInWords(e: ActorEvent): string {
  const how = e.signal === 0 ? `with status ${String(e.exitCode)}` : `by signal ${String(e.signal)}`;
  return `process ${String(e.pid)} was ended ${how} after ${formatDuration(Number(e.ranUs))}${ago(e)}`;
}

function counted(count: unknown, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`;
}

function keptInWords(e: ActorEvent): string {
  const { instances, adverts, spanUs, largestGapUs } = e;
  const gap = `at most ${formatDuration(Number(largestGapUs))} apart`;
  return `${counted(adverts, 'advert')} left for ${counted(instances, 'instance')} of the dead worker in ${formatDuration(Number(spanUs))}, ${gap}${ago(e)}`;
}

/** What an `instance.started` tells of a former worker; '' if none died before. */
export function formerInWords({ former }: ActorEvent): string {
  if (typeof former !== 'object' || former === null) return '';
  const { role, advertAgeUs, digest, ownDigest } = former as unknown as FormerSelf;
  if (role !== 'master') return ', the worker that died was not its master any more';
  if (digest !== ownDigest) return ', the worker that died was its master with another configuration';
  return `, the worker that died was its master, with the last advert ${formatDuration(advertAgeUs)} before`;
}

export const WATCHDOG_EVENTS: Readonly<Record<string, (event: ActorEvent) => string>> = {
  'watch.begun': (e) => (e.wasReady === true ? 'goes on watching' : 'begins to watch'),
  'worker.ready': () => 'the worker runs its configuration',
  'worker.hung': (e) => `the worker did nothing for ${formatDuration(Number(e.allowedUs))}${ago(e)}`,
  'worker.dying': (e) => `the worker cannot announce any more: it is dying${ago(e)}`,
  'worker.died': diedInWords,
  'worker.ended': (e) => `the worker ended with status ${String(e.exitCode)}${ago(e)}`,
  'better.heard': (e) =>
    `a router with priority ${String(e.priority)} was heard, which is to be master of ${counted(e.instances, 'instance')}${ago(e)}`,
  'announcing.ended': keptInWords,
  'lease.ended': (e) => `others may have taken over what the dead worker held${ago(e)}`,
  'stop.requested': () => 'told to stop',
};

export const WATCHDOG_EFFECTS: Readonly<Record<string, (effect: Effect) => string>> = {
  startWorker: () => 'starts a worker',
  killWorker: () => 'kills it',
  releaseHeld: () => 'says goodbye and takes away the addresses of what the dead worker was master of',
  keepAnnouncing: () => 'goes on with the adverts of the dead worker',
  yieldHeld: () => 'falls silent there, and takes the addresses away',
  endWatch: () => 'ends',
};
