/** What a tracker knows, and what it makes of it for each of its followers (keepalived 2.4.3, vrrp_track). */
import type { ExpectedResult } from './tracker.effects.ts';
import type { Observation, TrackerEvent } from './tracker.events.ts';
import type { Follower, TrackerInput } from './tracker.input.ts';

/** What a follower was told. */
export type Told = { readonly weight: number; readonly fault: boolean };

export type TrackerContext = {
  readonly input: TrackerInput;
  /** Results in a row that speak against the present state. */
  readonly contrary: number;
  /** The last result that was posted; null before the first. */
  readonly last: Observation | null;
  /** Exit code of the script's last run that had one; keepalived begins with 0. */
  readonly lastCode: number;
  /** Number in the file. */
  readonly value: number;
  /** An interface that was never up is not debounced. */
  readonly wasWell: boolean;
  readonly told: Readonly<Record<string, Told>>;
};

export function initialContext(input: TrackerInput): TrackerContext {
  return { input, contrary: 0, last: null, lastCode: 0, value: 0, wasWell: false, told: {} };
}

/** Its own id, by which followers know it. */
export function trackerActor({ source, name }: TrackerInput): string {
  return `tracker/${source.kind}/${name}`;
}

/** A file: what its number, times the weight, adds at most; what is as little as the least is a fault. */
const FILE_FOR_PRIORITY = { most: 253, fault: -254 };
const FILE_FOR_SERVER = { most: 2_147_483_647, fault: -2_147_483_648 };

/** What a state that is well or failed means to a follower. */
export function effectOfState({ weight, reverse }: Follower, well: boolean): Told {
  if (weight === 0) return { weight: 0, fault: well === reverse };
  const counts = weight > 0 ? well : !well;
  return { weight: counts ? (reverse ? -weight : weight) : 0, fault: false };
}

/** What a number means to a follower. */
export function effectOfValue({ weight, reverse, isServer }: Follower, value: number): Told {
  if (weight === 0) return { weight: 0, fault: (value !== 0) !== reverse };
  const product = value * weight * (reverse ? -1 : 1);
  const { most, fault } = isServer === true ? FILE_FOR_SERVER : FILE_FOR_PRIORITY;
  if (product <= fault) return { weight: 0, fault: true };
  // Not -0, which JSON would give back as 0.
  return { weight: Math.min(product, most) + 0, fault: false };
}

/** Whether a fact speaks for the tracked thing; null: it says nothing about that. */
export function verdict({ source }: TrackerInput, event: TrackerEvent): boolean | null {
  if (event.type === 'bfd.up' || event.type === 'bfd.down') return event.type === 'bfd.up';
  if (event.type !== 'result.observed') return null;
  switch (event.what) {
    case 'script.exited':
      return event.code === 0;
    case 'script.killed':
    case 'script.timedOut':
      return false;
    // keepalived: what cannot be run counts as if it had run well.
    case 'script.notStarted':
      return true;
    case 'link.up':
    case 'link.down':
      return event.what === 'link.up';
    case 'processes.counted':
      if (source.kind !== 'process') return null;
      return event.count >= source.least && (source.most === null || event.count <= source.most);
    case 'file.read':
      return null;
    default:
      return event satisfies never;
  }
}

/** keepalived delays a gain by fork and a loss by exit; a program that is started or replaced counts at once. */
export function isDelayed(context: TrackerContext, event: TrackerEvent, gain: boolean): boolean {
  const { input, wasWell } = context;
  if ((gain ? input.gainDelayUs : input.lossDelayUs) === 0) return false;
  if (event.type !== 'result.observed' || event.what !== 'processes.counted') return wasWell;
  return event.by === 'scan' || event.by === (gain ? 'fork' : 'exit');
}

/**
 * The result that changes nothing when it comes again: the one that the present state rests on. While results are being
 * counted every one matters.
 */
export function expectedResult({ contrary, last }: TrackerContext): ExpectedResult | null {
  if (contrary > 0 || last === null) return null;
  switch (last.what) {
    case 'script.exited':
      return { what: last.what, code: last.code };
    case 'script.killed':
      return { what: last.what, signal: last.signal };
    case 'script.timedOut':
    case 'script.notStarted':
      return { what: last.what };
    default:
      return null;
  }
}
