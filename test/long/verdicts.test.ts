/** Checks of every kind beside keepalived, in a guest: what becomes of the kernel's table as servers fail and recover. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Verdicts } from '../guest/verdicts.ts';
import { guestIsMissing, playInGuest, warmUp } from '../harness/guest/guest.ts';

const TIMEOUT_MS = 900_000;
const module = new URL('../guest/verdicts.ts', import.meta.url);

const missing = guestIsMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

/** What one process of relived cannot have, and what another build of keepalived has. */
const OTHERS = /^ +(Regex stack|ICMP seq no|Last ran|Last errno|Last SSL)|^ (SNMP|DBus|libnftnl)/;

/** Each line up to its value, in its section. */
function labels(text: string): Set<string> {
  let section = '';
  const found = new Set<string>();
  for (const line of text.split('\n')) {
    if (line.startsWith('---')) section = line;
    if (OTHERS.test(line)) continue;
    found.add(`${section} ${line.replace(/( =|:| ->).*$/, '$1').replace(/\d+/g, 'N')}`);
  }
  return found;
}

describe.skipIf(missing !== null)('in a guest', { timeout: TIMEOUT_MS + 60_000 }, () => {
  beforeAll(warmUp);

  test('each way to fail and each recovery changes the table as it does with keepalived', async () => {
    const { points, kinds, log, dumps } = await playInGuest<Verdicts>(module, 'verdicts', {
      timeoutMs: TIMEOUT_MS,
    });
    for (const { what, theirs, ours } of points) expect(ours, what).toEqual(theirs);
    expect(points.filter(({ isReached }) => !isReached).map(({ what }) => what)).toEqual([]);
    // A service and its real server for each kind; one that has failed is not there.
    const gone = points.map(({ ours }) => 2 * kinds.length - ours.length);
    expect(gone).toEqual([0, 14, 0, 12, 0, 10, 0, 8, 0, 8, 0, 10, 0, 30]);
    expect([...labels(dumps.theirs)].filter((label) => !labels(dumps.ours).has(label))).toEqual([]);
    for (const line of [' [10.9.0.5]:tcp:80 -> ', '   Keepalive method = BFD_CHECK', '       200-299']) {
      expect(dumps.theirs, line).toContain(line);
      expect(dumps.ours, line).toContain(line);
    }
    expect(log).not.toMatch(/IPVS cmd|internal error/);
  });
});
