import { afterAll, describe, expect, it } from 'vitest';
import { changedRow, someRun, startRow, temporaryDirectory } from '../../journal/journal.fixture.ts';
import { thinNow } from '../../journal/thinning.fixture.ts';
import { openJournal } from '../../journal/writer.ts';
import { type DirectorySource, openSources } from '../journal-source.ts';
import { Rates } from './rates.ts';

const S = 1_000_000;
const BEGAN_US = 1_700_000_000 * S;
const WINDOW = [BEGAN_US - 60 * S, BEGAN_US + 120 * S] as const;

/** One minute of adverts, one a second, and three rows, in a segment that is closed. */
async function write(directory: string): Promise<void> {
  const journal = openJournal({ directory, node: 'r1', process: 'vrrp' });
  journal.row(startRow(1));
  journal.run(someRun(1, 'vrrp/VI_1', BEGAN_US));
  journal.row(changedRow(2));
  journal.row(changedRow(3));
  await journal.close();
}

describe('how much happened', () => {
  const directory = temporaryDirectory();
  const rates = new Rates();
  let sources: DirectorySource[] = [];
  const reopened = (): DirectorySource[] => {
    for (const source of sources) source.close();
    sources = openSources([directory.path]);
    return sources;
  };
  const sum = (counts: readonly number[] = []): number => counts.reduce((total, count) => total + count, 0);
  afterAll(() => {
    rates.close();
    for (const source of sources) source.close();
    directory.remove();
  });

  it('is counted by second, and not said of a time that is not kept', async () => {
    await write(directory.path);
    const before = rates.rates(reopened(), ...WINDOW, 180);
    expect(before).toMatchObject({ cellUs: S, counting: false, thinned: [] });
    expect(before.nodes[0]?.adverts.filter((count) => count === 1)).toHaveLength(61);
    expect([sum(before.nodes[0]?.adverts), sum(before.nodes[0]?.rows)]).toEqual([61, 3]);
    const [piece] = sources[0]?.pieces() ?? [];
    await thinNow(directory.path, piece?.file ?? '');
    const after = rates.rates(reopened(), ...WINDOW, 180);
    expect([sum(after.nodes[0]?.adverts), sum(after.nodes[0]?.rows)]).toEqual([0, 3]);
    const [time] = after.thinned;
    expect([time?.fromUs, (time?.toUs ?? 0) >= BEGAN_US + 60 * S]).toEqual([BEGAN_US, true]);
    expect(rates.rates(sources, BEGAN_US + 300 * S, BEGAN_US + 400 * S, 100).thinned).toEqual([]);
  });
});
