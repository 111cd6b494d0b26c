/** Facts that reach a tracker. Times are integers in microseconds. */
import type { BfdSignal } from '../signals.ts';
import type { TrackerInput } from './tracker.input.ts';

type OfScript = { readonly output: string; readonly outputBytes: number; readonly durationUs: number };

export type Observation =
  | ({ readonly what: 'script.exited'; readonly code: number } & OfScript)
  /** It ended by a signal that was not ours. */
  | ({ readonly what: 'script.killed'; readonly signal: string } & OfScript)
  | ({ readonly what: 'script.timedOut' } & OfScript)
  /** It could not be run, or must not. */
  | ({ readonly what: 'script.notStarted'; readonly error: string } & OfScript)
  | { readonly what: 'link.up' | 'link.down' }
  /** Number in the file; 0 if there is no such file. */
  | { readonly what: 'file.read'; readonly value: number }
  /** How many run, and what changed their number: `scan` is a look at all processes. */
  | {
      readonly what: 'processes.counted';
      readonly count: number;
      readonly by: 'scan' | 'fork' | 'exec' | 'exit';
    };

export type ResultEvent = { readonly type: 'result.observed' } & Observation;

export type TrackerEvent =
  /** First event of every tracker: its followers exist. At a reload no file is initialised (keepalived). */
  | { readonly type: 'tracker.started'; readonly atReload: boolean }
  | ResultEvent
  | BfdSignal
  /** The script still runs when it should run again; told once for each such run. */
  | { readonly type: 'script.overran' }
  /** What stands in the file is no number, or a larger one than can count: the former stays. */
  | { readonly type: 'file.invalid'; readonly text: string }
  /** It is looked at in another way than it should be, or not at all. */
  | { readonly type: 'source.troubled'; readonly error: string }
  | { readonly type: 'tracker.reconfigured'; readonly input: TrackerInput }
  /** After a reload: these have begun anew under their former names, and know nothing. */
  | { readonly type: 'followers.returned'; readonly followers: readonly string[] }
  | { readonly type: 'tracker.removed' }
  | { readonly type: 'shutdown.requested'; readonly reason: string };
