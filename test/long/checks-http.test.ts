/** HTTP_GET and SSL_GET beside keepalived, in a guest: the same servers, the same verdicts, the same requests. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Observed } from '../guest/pages.ts';
import { guestIsMissing, playInGuest, warmUp } from '../harness/guest/guest.ts';
import { expectedFifo, expectedLog, REQUESTS } from '../harness/pages/expected.ts';

const TIMEOUT_MS = 500_000;
const module = new URL('../guest/pages.ts', import.meta.url);

const missing = guestIsMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

describe.skipIf(missing !== null)('in a guest', { timeout: TIMEOUT_MS + 60_000 }, () => {
  beforeAll(warmUp);

  test('pages: what is said, told and asked is the same with keepalived and with ours', async () => {
    type Told = { readonly theirs: Observed; readonly ours: Observed };
    const { theirs, ours } = await playInGuest<Told>(module, 'pages', { timeoutMs: TIMEOUT_MS });
    // keepalived 2.2 says HTTP_CHECK of both; the version that we follow does not.
    expect(theirs.log).toEqual(expectedLog(...theirs.servers, 'HTTP'));
    expect(ours.log).toEqual(expectedLog(...ours.servers));
    expect(theirs.fifo).toEqual(expectedFifo(...theirs.servers));
    expect(ours.fifo).toEqual(expectedFifo(...ours.servers));
    for (const kind of ['clear', 'tls'] as const) {
      expect([...new Set(theirs.asked[kind])].sort()).toEqual(REQUESTS[kind]);
      expect([...new Set(ours.asked[kind])].sort()).toEqual(REQUESTS[kind]);
    }
    // Each request of the one in clear, in order, up to the end, which comes when it comes.
    const common = Math.min(theirs.asked.clear.length, ours.asked.clear.length);
    expect(ours.asked.clear.slice(0, common)).toEqual(theirs.asked.clear.slice(0, common));
  });
});
