/** Has the code of a take-over compiled before one is due: an advert must not wait for that. */
import type { Configured } from '../config/reload.ts';
import { rehearse } from '../engine/rehearsal.ts';
import type { VrrpInput } from '../machines/vrrp/vrrp.input.ts';
import { realPieces } from './pieces.ts';

/** A start has other things to do first, and makes instances masters by itself. */
const AFTER_MS = 2_000;

/** More of them make the next one no quicker. */
const TAKE_OVERS = 60;

/** One instance for all of them: they run the same code. */
export function rehearseSoon(actors: readonly Configured[], log: (line: string) => void): void {
  const instance = actors.find(({ id }) => id.startsWith('vrrp/'));
  if (instance === undefined) return;
  const begin = (): void => {
    realPieces.run(rehearse(instance.input as unknown as VrrpInput, TAKE_OVERS)).catch((error: unknown) => {
      log(`a take-over could not be rehearsed: ${error instanceof Error ? error.message : String(error)}`);
    });
  };
  setTimeout(begin, AFTER_MS).unref();
}
