/** `relive export pcapng`: the adverts of a history as packets, each with a comment that says why it was sent or what it did. */
import type { StoredRow, StoredRun } from '../../journal/model.ts';
import { talk } from '../cli.ts';
import { AdvertHistory } from '../outputs/adverts.ts';
import { type CapturedPacket, LINK_RAW, pcapngHeader, pcapngPacket } from '../outputs/pcapng.ts';
import { Listener } from '../outputs/received.ts';
import { digestsOf } from '../outputs/secrets.ts';
import { journalHistory } from '../verify/history.ts';
import { changeInWords } from '../words.ts';
import type { Exported, ExportRequest, ExportSource } from './formats.ts';

export function* exportPcapng(request: ExportRequest): Exported {
  const { sources, limit } = request;
  const packets: CapturedPacket[] = [];
  for (const source of sources) {
    for (const packet of packetsOf(source, request, limit - packets.length)) {
      if (packets.length === limit) {
        talk(`relive: ${limit} packets are the limit (--limit), so that some of the range are not there`);
        break;
      }
      packets.push(packet);
    }
  }
  if (packets.length === 0) return;
  yield pcapngHeader('relive', sources.map(({ label }) => label).join(' '), LINK_RAW);
  packets.sort((a, b) => a.wallUs - b.wallUs);
  for (const packet of packets) yield pcapngPacket(packet);
}

/** Rows and runs of one actor in one process start. */
interface Life {
  readonly adverts: AdvertHistory;
  readonly listener: Listener;
}

/**
 * At most `limit` and one: whoever counts sees that there are more. How packets look is told by rows that may lie before the
 * range, so that the rows of the process are read from its start.
 */
function* packetsOf(source: ExportSource, request: ExportRequest, limit: number): Generator<CapturedPacket> {
  const { reader, label, fromSeq, toSeq } = source;
  const { actor } = request;
  const digests = digestsOf(request.configFile);
  const lives = new Map<string, Life>();
  const unknown = new Set<string>();
  const lifeOf = (epoch: number, name: string): Life => {
    const key = `${epoch} ${name}`;
    const known = lives.get(key);
    if (known !== undefined) return known;
    const made = { adverts: new AdvertHistory(name), listener: new Listener() };
    lives.set(key, made);
    return made;
  };
  const range = { toSeq, ...(actor === null ? {} : { actor }) };
  const first = fromSeq <= 1 ? null : reader.row(fromSeq);
  const fromWallUs = first?.wallUs ?? 0;
  let count = 0;
  const states = new Map<string, StoredRow['state']>();
  const runs = journalHistory(reader, { fromSeq: Math.max(0, fromSeq - 1), toSeq, actor })
    .runs()
    [Symbol.iterator]();
  let next = runs.next();
  const heardRuns = function* (beforeSeq: number): Generator<CapturedPacket> {
    for (; !next.done && next.value.afterSeq < beforeSeq; next = runs.next()) {
      const run: StoredRun = next.value;
      if (!run.actor.startsWith('vrrp/')) continue;
      const life = lifeOf(run.epoch, run.actor);
      if (run.direction === 'sent') life.adverts.run(run);
      else yield* life.listener.ofRun(run);
    }
  };
  for (const row of reader.rows(range)) {
    for (const packet of heardRuns(row.seq)) {
      if (packet.wallUs < fromWallUs) continue;
      yield { ...packet, comment: `${label}: ${packet.comment}` };
      if (++count > limit) return;
    }
    if (row.kind === 'note' || !row.actor.startsWith('vrrp/')) continue;
    const life = lifeOf(row.epoch, row.actor);
    life.adverts.row(row);
    life.listener.row(row);
    const change = changeInWords(states.get(row.actor) ?? null, row.state);
    states.set(row.actor, row.state);
    const did = change === '' ? 'changed nothing' : change;
    const heard =
      row.seq < fromSeq
        ? null
        : life.listener.ofRow(row, `${label}: heard: @${row.seq} ${row.actor}: ${did}`);
    if (heard === null) continue;
    yield heard;
    if (++count > limit) return;
  }
  for (const packet of heardRuns(Number.MAX_SAFE_INTEGER)) {
    if (packet.wallUs < fromWallUs) continue;
    yield { ...packet, comment: `${label}: ${packet.comment}` };
    if (++count > limit) return;
  }
  for (const { adverts } of lives.values()) {
    for (const { bytes, wallUs, why } of adverts.outputs({ digests, unknown, isDown: () => false })) {
      if (wallUs < fromWallUs) continue;
      yield { bytes, wallUs, direction: 'out', comment: `${label}: ${why}` };
      if (++count > limit) return;
    }
  }
  for (const text of unknown) talk(`relive: ${label}: not there: ${text}`);
}
