/** How everything stood on a node at a row, as one JSON document. */
import { writerState } from '../../journal/liveness.ts';
import type { StoredRow } from '../../journal/model.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import { configurationAt } from '../report/configuration.ts';

/** Rows of an actor looked at for its timers; what was armed before them is not known. */
const MOST_ROWS = 300;

/** `actors` by name; `timers` in microseconds until they run out. */
export function documentAt(
  reader: JournalReader,
  seq: number,
  wallUs: number,
  actor: string | null,
): JsonObject {
  const row = reader.row(seq);
  const atUs = row === null ? 0 : row.monoUs + Math.max(0, wallUs - row.wallUs);
  const states =
    actor === null ? reader.statesAt(seq) : [reader.stateAt(actor, seq)].filter((state) => state !== null);
  const actors = Object.fromEntries(
    states.map(({ actor: name, machine, state, context }) => [
      name,
      { machine, state, context, timers: timersAt(reader, name, seq, atUs) },
    ]),
  );
  return {
    process: processAt(reader, seq, wallUs),
    configuration: configurationAt(reader, seq).name,
    actors,
  };
}

/** Whether the process that wrote the row was there at that time, as far as the history goes. */
function processAt(reader: JournalReader, seq: number, wallUs: number): string {
  const epochs = reader.epochs();
  const index = epochs.findLastIndex(({ firstSeq }) => firstSeq <= seq);
  const epoch = epochs[index];
  if (epoch === undefined || seq < epoch.lastSeq) return 'runs';
  if (epoch.endedCleanly) return 'stopped';
  if (wallUs <= epoch.lastWallUs) return 'runs';
  return index < epochs.length - 1 || writerState(epoch) === 'ended' ? 'ended without a stop' : 'not known';
}

/** What runs out when, from the newest effects that armed or disarmed it. */
function timersAt(reader: JournalReader, actor: string, seq: number, atUs: number): JsonObject {
  const found = new Map<string, Json>();
  const settle = (timer: Json | undefined, leftUs: Json): void => {
    if (!found.has(String(timer))) found.set(String(timer), leftUs);
  };
  let row = reader.changeBefore(actor, seq);
  const epoch = row?.epoch;
  for (let read = 0; row !== null && row.epoch === epoch && read < MOST_ROWS; read += 1) {
    timersOf(row, atUs, settle);
    if (row.kind === 'start') break;
    row = reader.changeBefore(actor, row.seq - 1);
  }
  return Object.fromEntries([...found].filter(([, leftUs]) => leftUs !== null).sort());
}

function timersOf(
  { effects, event, monoUs }: StoredRow,
  atUs: number,
  settle: (timer: Json | undefined, leftUs: Json) => void,
): void {
  for (const { type, params } of effects.toReversed()) {
    if (type === 'disarmTimer') settle(params.timer, null);
    if (type === 'armTimer') settle(params.timer, monoUs + Number(params.delayUs) - atUs);
  }
  if (event.type === 'timer.expired') settle(event.timer, null);
}
