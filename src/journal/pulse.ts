/**
 * When was a process last alive? Adverts that repeat are stored as runs, at most a minute late, and a process that is
 * killed stores nothing more. So a file beside the segments is overwritten once a second while it runs.
 * A hint for readers, outside the hash chain: without it the last stored row is all there is.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAME = /^([a-z]+)-(\d{6,})\.alive$/;

function fileOf(process: string, epoch: number): string {
  return `${process}-${String(epoch).padStart(6, '0')}.alive`;
}

/** Overwrites the file with this Unix time in microseconds. @throws what the file system says */
export function writePulse(directory: string, process: string, epoch: number, wallUs: number): void {
  writeFileSync(join(directory, fileOf(process, epoch)), `${wallUs}\n`, { mode: 0o600 });
}

/** Unix time in microseconds, no more than a second before the process of this epoch ended; null if it is not known. */
export function readPulse(directory: string, process: string, epoch: number): number | null {
  try {
    const wallUs = Number(readFileSync(join(directory, fileOf(process, epoch)), 'latin1'));
    return Number.isSafeInteger(wallUs) && wallUs > 0 ? wallUs : null;
  } catch {
    return null;
  }
}

/** Removes the files of epochs that have no segment any more. */
export function prunePulses(directory: string, process: string, epochs: ReadonlySet<number>): void {
  for (const file of readdirSync(directory)) {
    const match = NAME.exec(file);
    if (match?.[1] === process && !epochs.has(Number(match[2])))
      rmSync(join(directory, file), { force: true });
  }
}
