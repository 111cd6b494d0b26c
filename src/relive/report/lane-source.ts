/** A journal as the visualizer's code reads one. */
import { writerState } from '../../journal/liveness.ts';
import type { JournalSource } from '../../view/source.ts';
import type { Witness } from '../why/model.ts';

export function laneSource({ name, reader }: Witness): JournalSource {
  const stored = reader.epochs();
  const epochs = stored.map((entry, index) => ({
    epoch: entry.epoch,
    firstSeq: entry.firstSeq,
    startUs: entry.startWallUs,
    lastUs: entry.lastWallUs,
    ended: entry.endedCleanly || index < stored.length - 1 || writerState(entry) === 'ended',
  }));
  return {
    node: name,
    directory: reader.directory,
    firstSeq: () => reader.firstSeq(),
    lastSeq: () => reader.lastSeq(),
    pieces: () => reader.pieces(),
    marks: (file, actor, range) => reader.marks(file, actor, range),
    counts: (file, what, after, most) => reader.counts(file, what, after, most),
    times: (file, fromSeq, toSeq) => reader.times(file, fromSeq, toSeq),
    runs: function* (fromUs, toUs) {
      for (const { firstWallUs, firstUs, lastUs, count } of reader.runs({
        fromWallUs: fromUs,
        toWallUs: toUs,
      }))
        yield { fromUs: firstWallUs, toUs: firstWallUs + (lastUs - firstUs), count };
    },
    newest: (range, most) => reader.newest(range, most),
    changeBefore: (actor, seq) => reader.changeBefore(actor, seq),
    rows: (range) => reader.rows(range),
    row: (seq) => reader.row(seq),
    seqAt: (wallUs) => reader.seqAt(wallUs),
    statesAt: (seq, wanted) => reader.statesAt(seq, wanted),
    standingsAt: (seq) => reader.standingsAt(seq),
    stateAt: (actor, seq) => reader.stateAt(actor, seq),
    stateBefore: (actor, seq) => reader.stateBefore(actor, seq),
    epochs: () => epochs,
    machine: () => null,
    gaps: () =>
      reader.gaps().map(({ fromWallUs, toWallUs, reason, lostRows }) => {
        return { fromUs: fromWallUs, toUs: toWallUs, reason, lostRows };
      }),
    thinned: () =>
      reader.thinned().map(({ fromWallUs, toWallUs }) => ({ fromUs: fromWallUs, toUs: toWallUs })),
    subscribe: () => () => {},
    close: () => {},
  };
}
