/** What a transition lacks, in words. */
import type { GuardAnswer, SeenValue } from '../../engine/telling-guards.ts';
import { formatDuration } from './time-format.ts';

/** What did not come, where the name of the event alone would say little. */
const EVENTS: Readonly<Record<string, string>> = {
  'advert.received': 'an advert',
  'master.silent': 'the master falling silent',
  'standing.good': 'the end of every fault',
  'standing.bad': 'a fault',
  'group.decided': 'a decision of its sync group',
  'hold.ended': 'the end of the startup delay',
  'shutdown.requested': 'the order to stop',
  'instance.removed': 'a reload that removes it',
  'instance.reconfigured': 'a reload that changes it',
  'object.deleted': 'somebody deleting what it holds',
  'self.stalled': 'a stall of this process',
  'self.leaseLost': 'its adverts being ended because the statecharts did not run',
  'vips.added': 'the kernel having added its addresses',
  'vips.addFailed': 'the kernel refusing its addresses',
  'vips.removed': 'the kernel having removed its addresses',
  'vips.removeFailed': 'the kernel refusing to remove its addresses',
  'mastership.gained': 'becoming master',
  'mastership.lost': 'mastership coming to an end',
  'addresses.held': 'its addresses being in place',
  'addresses.completed': 'an address being added at last',
  'probe.reported': 'the result of a probe',
  'checker.changed': 'a change of a check',
  'real.changed': 'a change of a real server',
  'tracker.changed': 'a change of what it follows',
  'result.observed': 'a result of what it looks at',
  'control.received': 'a packet of the neighbor',
  'neighbor.silent': 'the neighbor falling silent',
};

interface RunningTimer {
  readonly timer: string;
  readonly leftUs: number;
}

/** `the master falling silent (master.silent) has not come; 2.1 s are left`. */
export function hasNotCome(event: string, timer: string | null, running: RunningTimer | null): string {
  if (timer !== null) {
    return running === null
      ? `timer ${timer} does not run`
      : `timer ${timer} has ${formatDuration(running.leftUs)} left`;
  }
  const plain = Object.hasOwn(EVENTS, event) ? `${EVENTS[event]} (${event})` : event;
  const left = running === null ? '' : `; ${formatDuration(running.leftUs)} are left of ${running.timer}`;
  return `${plain} has not come${left}`;
}

function valueWords({ path, value }: SeenValue): string {
  const shown =
    typeof value === 'number' && path.endsWith('Us') ? formatDuration(value) : JSON.stringify(value);
  return `${path} ${shown.slice(0, 60)}`;
}

/** The values that a guard looked at, as far as there were any. */
export function sawWords(saw: readonly SeenValue[]): string {
  return saw.map(valueWords).join(', ');
}

/** @param depends the event's own particulars decide */
export function guardWords({ name, passed, saw }: GuardAnswer, depends: boolean): string {
  const known = saw.filter(({ path }) => path !== 'event' && !path.startsWith('event.'));
  const asked = saw
    .filter(({ path }) => path.startsWith('event.'))
    .map(({ path }) => path.slice('event.'.length));
  const values = known.length === 0 ? '' : ` (${sawWords(known)})`;
  if (!depends) return `${name}: ${passed ? 'yes' : 'no'}${values}`;
  const on = asked.length === 0 ? 'the event' : `the event's ${asked.join(', ')}`;
  return `${name}: depends on ${on}${values}`;
}

export function afterAlternative(answer: GuardAnswer, depends: boolean): string {
  return `tried before it: ${guardWords(answer, depends)}`;
}

export interface Way {
  readonly source: string;
  readonly waits: string;
  readonly refusedBy: string | null;
  readonly overtakenBy: string | null;
}

export function wayWords({ source, waits, refusedBy, overtakenBy }: Way): string {
  if (refusedBy !== null) return `from ${source}: ${waits}, and its guard would refuse it: ${refusedBy}`;
  if (overtakenBy !== null)
    return `from ${source}: ${waits}, and another transition would be taken: ${overtakenBy}`;
  return `from ${source}: ${waits}`;
}
