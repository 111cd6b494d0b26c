/**
 * The configuration on its way to the process in the background: what was read once runs, however the files change
 * meanwhile. It holds secrets in clear text, so it goes from memory to memory through an inherited socket pair, never
 * through a file, an argument or the environment.
 */
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import type { ReadConfigResult } from '../config/read.ts';
import type { StartCondition } from '../protocol/start-plan.ts';

/** What the other process needs of a reading. */
export interface Handover extends Pick<ReadConfigResult, 'consolidated' | 'files' | 'randomSeed'> {
  /** What the reading depended on; null: that cannot be described. Made when it is asked for. */
  readonly conditions: () => readonly StartCondition[] | null;
}

/** What is kept of a reading for as long as its configuration is in force. */
export type KeptReading = Pick<Handover, 'files' | 'randomSeed'>;

/** Without the reading itself, which has each line with its place and all that was made of it. */
export function kept({ files, randomSeed }: KeptReading): KeptReading {
  return { files, randomSeed };
}

/** Descriptor of the child that it arrives at; before it are the standard streams and the channel that says ready. */
export const HANDOVER_DESCRIPTOR = 4;

/** Some times more than the reader's bounds can lead to. */
const MAX_BYTES = 512 * 1024 * 1024;
const DEADLINE_MS = 30_000;

/** In one piece, for another process. */
export function handoverText({ consolidated, files, randomSeed, conditions }: Handover): string {
  return JSON.stringify({ consolidated, files, randomSeed, conditions: conditions() });
}

/** Hands it over. A child that ends meanwhile is noticed by its exit status. */
export function giveConfiguration(to: Writable, handover: Handover): void {
  to.on('error', () => {});
  to.end(handoverText(handover));
}

/** @throws Error if it does not arrive whole: the process that read the files has ended, or hangs */
export function receiveConfiguration(
  descriptor = HANDOVER_DESCRIPTOR,
  deadlineMs = DEADLINE_MS,
): Promise<Handover> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      stop();
      reject(new Error(`the configuration did not arrive in the background: ${why}`));
    };
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const from = new Socket({ fd: descriptor, readable: true, writable: false });
    const timer = setTimeout(() => fail(`nothing more came for ${deadlineMs / 1000} s`), deadlineMs);
    const stop = (): void => {
      clearTimeout(timer);
      from.destroy();
    };
    from.on('error', (error) => fail(error.message));
    from.on('data', (chunk: Uint8Array) => {
      timer.refresh();
      bytes += chunk.length;
      if (bytes > MAX_BYTES) fail(`it is larger than ${MAX_BYTES} bytes`);
      else chunks.push(chunk);
    });
    from.on('end', () => {
      const handover = parseHandover(new TextDecoder().decode(Buffer.concat(chunks)));
      if (handover === null) fail('the process that read it has ended');
      else {
        stop();
        resolve(handover);
      }
    });
  });
}

/** From the watchdog's memory (PID:DESCRIPTOR). Null: there is none that is whole. */
export function inheritConfiguration(place: string): Handover | null {
  const [pid, descriptor] = place.split(':');
  try {
    return parseHandover(readFileSync(`/proc/${pid}/fd/${descriptor}`, 'utf8'));
  } catch {
    return null;
  }
}

/** null: it is not whole. Half of it is no JSON. */
function parseHandover(text: string): Handover | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { consolidated, files, randomSeed, conditions } = value as Partial<Record<keyof Handover, unknown>>;
    const isSeed = randomSeed === null || typeof randomSeed === 'number';
    if (typeof consolidated !== 'string' || !Array.isArray(files) || !isSeed) return null;
    const given = Array.isArray(conditions) ? (conditions as readonly StartCondition[]) : null;
    return { consolidated, files, randomSeed, conditions: () => given };
  } catch {
    return null;
  }
}
