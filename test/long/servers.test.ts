/** Orders and real servers by name in the table of IPVS, which only a guest's kernel has. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Servers } from '../guest/servers.ts';
import { guestIsMissing, playInGuest, warmUp } from '../harness/guest/guest.ts';

const TIMEOUT_MS = 500_000;
const module = new URL('../guest/servers.ts', import.meta.url);

const missing = guestIsMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

describe.skipIf(missing !== null)('in a guest', { timeout: TIMEOUT_MS + 60_000 }, () => {
  beforeAll(warmUp);

  test('orders hold over a kill, and other addresses of a name touch no entry but their own', async () => {
    const { trail, applied, log } = await playInGuest<Servers>(module, 'servers', { timeoutMs: TIMEOUT_MS });
    expect(trail).toEqual([
      'resolved: 11:3 12:2 13:2',
      'ordered: 11:0 12:2 13:9',
      'renamed: 11:0 13:9 14:2',
      'killed: 11:0 13:9 14:2',
      'started again: 11:0 13:9 14:2',
    ]);
    const changes = applied.map((words) => words.replace(/ {2}.*$/, ''));
    expect(changes.join('; ')).toContain('1 changed; 1 changed; 1 added, 1 removed');
    expect(log).not.toMatch(/internal error/);
  });
});
