/** At the end: the journal of each life, run again by what `relive verify` runs, and looked at as a journal. */
import type { StoredGap, StoredRow, StoredRun } from '../../../src/journal/model.ts';
import { replay } from '../../../src/relive/replay.ts';
import { replayEngine } from '../../../src/relive/replay-engine.ts';
import { fixtureHistory } from '../../../src/relive/verify/fixture.ts';
import type { Host } from '../world/host.ts';
import type { Life } from '../world/life.ts';
import type { Violations } from './violations.ts';

export function checkHistory(host: Host, life: Life, violations: Violations): void {
  const who = `${host.name} life ${host.lives.indexOf(life) + 1}`;
  const lost = life.refused.reduce((sum, { fromSeq, toSeq }) => sum + toSeq - fromSeq + 1, 0);
  if (life.rows.length + lost !== life.engine.seq)
    violations.add('no row is lost', who, `${life.engine.seq} rows, of which ${life.rows.length} are there`);
  const disorder = life.rows.find((row, at) => {
    const before = life.rows[at - 1];
    return (
      (row.cause !== null && row.cause >= row.seq) || (before !== undefined && before.monoUs > row.monoUs)
    );
  });
  if (disorder !== undefined)
    violations.add('causes come first', who, `@${disorder.seq} is before its cause`);
  const { differences } = replay(replayEngine, {
    ...fixtureHistory({
      ...{ format: 'relived-fixture@1', about: '', node: host.name, machines: [], before: [] },
      rows: life.rows.map((row): StoredRow => ({ ...row, node: host.name, epoch: 1, changed: true })),
      runs: life.runs.map((run): StoredRun => ({ ...run, node: host.name, epoch: 1 })),
    }),
    gaps: () => gapsOf(host, life),
  });
  const [first] = differences;
  if (first === undefined) return;
  const { seq, actor, event, part, expected, found } = first;
  violations.add(
    'replay is the live state',
    who,
    `@${seq} ${actor} ${event}, ${part}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`,
  );
}

/** As the journal's writer would have noted them. */
function gapsOf(host: Host, life: Life): StoredGap[] {
  return life.refused.map(({ fromSeq, toSeq, actors }) => ({
    ...{ node: host.name, epoch: 1, fromSeq, toSeq, fromWallUs: 0, toWallUs: 0, reason: 'storage failed' },
    ...{ lostRows: toSeq - fromSeq + 1, lostChanges: toSeq - fromSeq + 1, lostRuns: 0, writtenLate: 0 },
    ...{ actors: [...actors], segment: null },
  }));
}
