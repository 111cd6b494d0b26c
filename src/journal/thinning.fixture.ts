/** Thinning without a writer, for tests. */
import { Thinning } from './thinning.ts';

/** @throws NotIntact, or what storage says; the segment is as it was then */
export async function thinNow(directory: string, file: string): Promise<void> {
  const thinning = new Thinning(directory, file, 1_800_000_000_000_000);
  try {
    while (!thinning.step(1)) await Promise.resolve();
    await thinning.finish();
  } catch (error) {
    thinning.abort();
    throw error;
  }
}
