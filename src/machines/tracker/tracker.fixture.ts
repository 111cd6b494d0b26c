/** One place for the defaults of a test tracker. Used by tests only. */
import type { ScriptSource, TrackerInput } from './tracker.input.ts';

export const SCRIPT: ScriptSource = {
  kind: 'script',
  command: ['/bin/check'],
  user: null,
  group: null,
  intervalUs: 1_000_000,
  timeoutUs: 1_000_000,
};

export function trackerInput(changes: Partial<TrackerInput> = {}): TrackerInput {
  return {
    name: 'chk',
    source: SCRIPT,
    followers: [{ actor: 'vrrp/VI_1', weight: -10, reverse: false }],
    rise: 1,
    fall: 1,
    startsFailed: false,
    lossDelayUs: 0,
    gainDelayUs: 0,
    settlesLink: false,
    ...changes,
  };
}
