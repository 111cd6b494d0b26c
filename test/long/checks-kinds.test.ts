/** Checks of every kind but pages beside keepalived, in a guest: the same servers, the same life, the same verdicts. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Observed } from '../guest/kinds.ts';
import { guestIsMissing, playInGuest, warmUp } from '../harness/guest/guest.ts';
import { KINDS, type KindName, ROUNDS } from '../harness/kinds/story.ts';

const TIMEOUT_MS = 900_000;
const module = new URL('../guest/kinds.ts', import.meta.url);

const missing = guestIsMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

/** Names of servers and files differ from one life to the other. */
function said({ log, servers }: Observed, kind: KindName): string[] {
  const lines = log[kind].map((line) => line.replaceAll(servers[kind], 'RS').replace(/\[\/[^\]]*\]/, '[P]'));
  return lines.filter((line) => /^(Adding|Removing|Changing weight|Gained|Lost)/.test(line));
}

/** Each mail has a connection of its own: their order is chance. */
function mailed({ mails, servers }: Observed, kind: KindName): string[] {
  const lines = mails.filter((line) => line.includes(`Realserver ${servers[kind]} of `));
  return lines.map((line) => line.replaceAll(servers[kind], 'RS')).toSorted();
}

describe.skipIf(missing !== null)('in a guest', { timeout: TIMEOUT_MS + 60_000 }, () => {
  beforeAll(warmUp);

  test('each way to fail, each recovery and each weight is the same with keepalived and with ours', async () => {
    type Told = { readonly theirs: Observed; readonly ours: Observed };
    const { theirs, ours } = await playInGuest<Told>(module, 'kinds', { timeoutMs: TIMEOUT_MS });
    const fifo = ({ fifo: lines, servers }: Observed, kind: KindName): string[] =>
      lines[kind].map((line) => line.replaceAll(servers[kind], 'RS'));
    for (const kind of KINDS) {
      expect(fifo(ours, kind), kind).toEqual(fifo(theirs, kind));
      expect(said(ours, kind), kind).toEqual(said(theirs, kind));
    }
    // A program's first success is mailed by keepalived alone, and a reset of a mail server has two names.
    for (const kind of ['dns', 'udp', 'any', 'ping'] as const) {
      expect(mailed(ours, kind), kind).toEqual(mailed(theirs, kind));
      expect(mailed(ours, kind), kind).toHaveLength(2 * ROUNDS.length);
    }
    // A fall and a rise in each round.
    expect(fifo(ours, 'smtp')).toHaveLength(1 + 4 * ROUNDS.length);
    expect(fifo(ours, 'dynamic').length).toBeGreaterThan(2);
  });
});
