/** Facts about trackers in words. */
import type { ActorEvent } from '../engine/types.ts';
import type { JsonObject } from '../protocol/json.ts';
import { formatDuration } from './time.ts';

/** `exit 1`, `killed by SIGSEGV`, `timed out`. */
export function resultInWords(result: JsonObject): string {
  switch (result.what) {
    case 'script.exited':
      return `exit ${String(result.code)}`;
    case 'script.killed':
      return `killed by ${String(result.signal)}`;
    case 'script.timedOut':
      return 'timed out';
    case 'script.notStarted':
      return `not started: ${String(result.error)}`;
    case 'file.read':
      return `number ${String(result.value)}`;
    case 'processes.counted':
      return `${String(result.count)} running (${String(result.by)})`;
    default:
      return String(result.what).replace('link.', '');
  }
}

/** What a script wrote last, as one line. */
function saying({ output }: ActorEvent): string {
  const line = String(output ?? '')
    .trim()
    .split('\n')
    .at(-1);
  return line ? `, saying "${line}"` : '';
}

export const TRACKER_EVENTS: Readonly<Record<string, (event: ActorEvent) => string>> = {
  'tracker.started': () => 'started to look',
  'result.observed': (e) =>
    e.durationUs === undefined
      ? resultInWords(e)
      : `${resultInWords(e)} after ${formatDuration(Number(e.durationUs))}${saying(e)}`,
  'script.overran': () => 'the script still runs when it should run again',
  'file.invalid': (e) => `no usable number in the file: ${String(e.text).trim()}`,
  'source.troubled': (e) => String(e.error),
  'tracker.reconfigured': () => 'reconfigured',
  'followers.returned': (e) => `${(e.followers as string[]).join(', ')} began anew`,
  'tracker.removed': () => 'no longer configured',
  'tracker.changed': (e) => {
    const what = e.fault === true ? 'a fault' : `${Number(e.weight) >= 0 ? '+' : ''}${String(e.weight)}`;
    return `${String(e.tracker).replace(/^tracker\//, '')} counts as ${what}`;
  },
};
