/** The end of the daemon's history. */
import type { JournalWriter } from '../journal/writer.ts';

/** A disk that does not answer must not hold up the end of the process. */
const TROUBLED_MS = 2_000;
/** One that answers is waited for: on a loaded machine the thread may not even have begun when the end comes. */
const PATIENCE_MS = 10_000;
const LOOKS_MS = 50;

/**
 * Resolves when all rows are stored, or when it is given up: after 2 s if storage is in trouble or `inHaste`, at the latest
 * after 10 s. What is given up is logged.
 */
export async function endJournal(
  journal: JournalWriter,
  { inHaste, log }: { readonly inHaste: boolean; readonly log: (line: string) => void },
): Promise<void> {
  const begunMs = performance.now();
  let isClosed = false;
  const closed = journal.close(PATIENCE_MS).then(() => {
    isClosed = true;
  });
  while (!isClosed) {
    const isTroubled = inHaste || journal.status().state === 'degraded';
    if (isTroubled && performance.now() - begunMs >= TROUBLED_MS) break;
    await soonest(closed, LOOKS_MS);
  }
  const { waiting, error } = journal.status();
  if (waiting === 0) return;
  log(`the last ${waiting} rows of the history are not stored: ${error ?? 'the journal took too long'}`);
}

async function soonest(promise: Promise<void>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}
