/** A router with a script that fails twice in a row, of which its journal tells once. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../../test/harness/leftovers.ts';
import { Engine } from '../../engine/engine.ts';
import { isHeartbeatEffect, performHeartbeat } from '../../engine/heartbeat/perform.ts';
import { VirtualHeartbeat } from '../../engine/heartbeat/virtual-heartbeat.ts';
import type { ActorEvent } from '../../engine/types.ts';
import { VirtualClock } from '../../engine/virtual-clock.ts';
import { JournalReader } from '../../journal/reader.ts';
import { openJournal } from '../../journal/writer.ts';
import { trackerDefinition, vrrpDefinition } from '../../machines/registry.ts';
import { trackerInput } from '../../machines/tracker/tracker.fixture.ts';
import { vrrpInput } from '../../machines/vrrp/vrrp.fixture.ts';
import { ask } from './ask.ts';
import { type ChangeOptions, NO_CHANGES } from './changes.ts';

const SECOND = 1_000_000;
const TRACKER = 'tracker/script/chk';
const INSTANCE = 'vrrp/VI_1';
const OUTCOMES: Readonly<Record<string, string>> = {
  addVips: 'vips.added',
  removeVips: 'vips.removed',
  sendGratuitousArps: 'garps.sent',
};

const exited = (code: number): ActorEvent => ({
  ...{ type: 'result.observed', what: 'script.exited', code, output: '', outputBytes: 0, durationUs: 1_000 },
});

/** Failed at 20 and 21 s, well again at 22 s; the second failure is what was expected and is not told. */
async function flap(): Promise<JournalReader> {
  const directory = join(temporaryDirectory('whatif'), 'r1');
  const writer = openJournal({ directory, node: 'r1', process: 'vrrp' });
  const clock = new VirtualClock(SECOND);
  const heartbeat = new VirtualHeartbeat({
    time: clock,
    send: () => null,
    listener: {
      event: (actor, event) => engine.post(actor, { ...event } as ActorEvent),
      run: (run) => writer.run({ ...run, afterSeq: engine.seq }),
    },
  });
  const engine = new Engine({
    ...{ clock, scheduler: clock, journal: writer },
    executor: {
      perform: (actor, effect, cause, post) => {
        if (isHeartbeatEffect(effect)) performHeartbeat(heartbeat, actor, effect);
        const outcome = OUTCOMES[effect.type];
        if (outcome !== undefined) post(actor, { type: outcome }, cause);
      },
    },
  });
  const followers = [{ actor: INSTANCE, weight: 0, reverse: false }];
  const trackers = [{ tracker: TRACKER, pending: true }];
  engine.spawn(TRACKER, trackerDefinition, trackerInput({ followers }));
  engine.spawn(INSTANCE, vrrpDefinition, vrrpInput({ priority: 150, trackers }));
  engine.post(INSTANCE, { type: 'instance.started', linkUp: true, sourceAddress: '10.0.0.1' });
  engine.post(TRACKER, { type: 'tracker.started', atReload: false });
  const told = [[0.1, 0] as const, [20, 1] as const, [22, 0] as const];
  for (const [atS, code] of told) {
    clock.advanceTo(SECOND + atS * SECOND);
    engine.post(TRACKER, exited(code));
  }
  clock.advanceBy(10 * SECOND);
  engine.note({ type: 'process.stopped' });
  await writer.close();
  return new JournalReader(directory);
}

async function roles(reader: JournalReader, changes: Partial<ChangeOptions>): Promise<string[]> {
  const range = { fromUs: 0, toUs: reader.epochs()[0]?.lastWallUs ?? 0 };
  const sources = [{ name: 'r1', reader, moveUs: 0 }];
  const report = await ask({ sources, range, changes: { ...NO_CHANGES, ...changes }, actor: INSTANCE });
  expect(report.mismatches).toEqual([]);
  return report.answers.flatMap(({ timeline }) => timeline.map(({ role }) => role));
}

describe('a script that fails twice', () => {
  const START = ['initialize', 'backup', 'master'];
  const AGAIN = ['fault', 'backup', 'master'];

  it('costs the mastership with fall 1 or 2, and not with 3', async () => {
    const reader = await flap();
    expect(
      await roles(reader, { set: ['VI_1.down_timer_adverts=3'], ignoreEvent: ['no.such'] }).catch(() => null),
    ).toBeNull();
    expect(await roles(reader, { ignoreEvent: ['no.such'] })).toEqual([...START, ...AGAIN]);
    expect(await roles(reader, { set: ['chk.fall=2'] })).toEqual([...START, ...AGAIN]);
    expect(await roles(reader, { set: ['fall=3'] })).toEqual(START);
    reader.close();
  });

  it('costs nothing if it did not, nor with a weight', async () => {
    const reader = await flap();
    const failed = [...reader.rows()].find(
      ({ event }) => event.type === 'result.observed' && event.code === 1,
    );
    expect(await roles(reader, { without: [`@${failed?.seq}`] })).toEqual(START);
    expect(await roles(reader, { set: ['chk.weight=-10'] })).toEqual(START);
    reader.close();
  });

  it('comes out the same with the same statecharts from elsewhere', async () => {
    const reader = await flap();
    const code = join(import.meta.dirname, '..', '..', '..');
    expect(await roles(reader, { code })).toEqual([...START, ...AGAIN]);
    await expect(roles(reader, { code: '/no/such' })).rejects.toThrow(/no machines of relived/);
    reader.close();
  });
});
