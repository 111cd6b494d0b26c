/** The first look at the kernel's table of IPVS, on which it depends whether virtual servers drive it or only observe. */
import type { IpvsTable } from '../protocol/ipvs/table.ts';

/** Between two tries. VRRP instances start behind them: no more than 300 ms in all. */
const PAUSES_US = [20_000, 40_000, 80_000, 160_000] as const;

export interface FirstReadMeans {
  /** null: the kernel has no IPVS. Rejects if it does not answer. */
  readonly read: () => Promise<IpvsTable | null>;
  /** Has the kernel's module loaded. */
  readonly load: () => Promise<void>;
  readonly pause: (us: number) => Promise<void>;
  readonly isClosed: () => boolean;
  readonly log: (line: string) => void;
}

/**
 * The table; `absent`: this kernel has none; `unreadable`: it gave no whole answer however often it was asked. That a
 * kernel has none is no failure and is not asked again. Each failure is logged that is not the same as one before. Never
 * rejects.
 */
export async function readFirst(means: FirstReadMeans): Promise<IpvsTable | 'absent' | 'unreadable'> {
  const { read, load, pause, isClosed, log } = means;
  const failures = new Set<string>();
  let hasLoaded = false;
  for (let tries = 1; ; tries++) {
    try {
      let table = await read();
      if (table === null && !hasLoaded) {
        hasLoaded = true;
        await load();
        table = await read();
      }
      if (failures.size > 0 && table !== null) log(`IPVS: initialized at try ${tries}`);
      return table ?? 'absent';
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      if (!failures.has(failure)) log(`IPVS: Can't initialize ipvs: ${failure}`);
      failures.add(failure);
    }
    const pauseUs = PAUSES_US[tries - 1];
    if (pauseUs === undefined || isClosed()) return 'unreadable';
    await pause(pauseUs);
  }
}

export const MOST_FIRST_READS: number = PAUSES_US.length + 1;
