/** Trackers in the answer of a daemon: what each sees, and what that means to those who follow it. */
import type { Json, JsonObject } from '../protocol/json.ts';
import { formatDuration } from './time.ts';
import { resultInWords } from './tracker-words.ts';
import { quietStateInWords } from './words.ts';

export interface TrackerStatus {
  readonly id: string;
  readonly state: Json;
  readonly last: JsonObject | null;
  readonly value?: number;
  readonly count?: number;
  readonly runs?: {
    readonly runs: number;
    readonly isRunning: boolean;
    readonly endedAgoUs: number | null;
    readonly durationUs: number | null;
    readonly output: string;
  };
  readonly followers: readonly {
    readonly actor: string;
    readonly weight: number;
    readonly reverse: boolean;
  }[];
}

const OUTPUT_LETTERS = 40;

export function trackerTable(trackers: readonly TrackerStatus[]): string[][] {
  const head = ['tracker', 'state', 'last result', 'runs', 'last run', 'output', 'followers'];
  return [head, ...trackers.map(cells)];
}

function cells({ id, state, last, value, count, runs, followers }: TrackerStatus): string[] {
  const [number] = [value, count].filter((one) => one !== undefined);
  const ended = runs?.endedAgoUs ?? null;
  return [
    id.replace(/^tracker\//, ''),
    quietStateInWords(state),
    number === undefined ? (last === null ? '-' : resultInWords(last)) : String(number),
    runs === undefined ? '-' : `${runs.runs}${runs.isRunning ? ' (running)' : ''}`,
    ended === null ? '-' : `${formatDuration(ended)} ago, ${formatDuration(runs?.durationUs ?? 0)}`,
    runs?.output.trim().split('\n').at(-1)?.slice(-OUTPUT_LETTERS) || '-',
    followers
      .map(
        ({ actor, weight, reverse }) =>
          `${actor.replace(/^vrrp\//, '')} ${weight}${reverse ? ' reverse' : ''}`,
      )
      .join(', ') || '-',
  ];
}
