/**
 * The kernel's table of virtual servers, which only a guest's kernel has: keepalived and relived beside each other with
 * the same configuration and the same servers, and relived alone with real connections.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Life, Survival } from '../guest/ipvs.ts';
import { guestIsMissing, playInGuest, warmUp } from '../harness/guest/guest.ts';

const TIMEOUT_MS = 500_000;
const module = new URL('../guest/ipvs.ts', import.meta.url);

const missing = guestIsMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

describe.skipIf(missing !== null)('in a guest', { timeout: TIMEOUT_MS + 60_000 }, () => {
  beforeAll(warmUp);

  test('the table is that of keepalived through one life of servers, a reload and the end', async () => {
    const { points, timeouts, log } = await playInGuest<Life>(module, 'life', { timeoutMs: TIMEOUT_MS });
    for (const { what, theirs, ours } of points) expect(ours, what).toEqual(theirs);
    const sizes = points.map(({ ours }) => ours.length);
    expect(sizes).toEqual([50, 48, 47, 47, 48, 48, 10, 1]);
    const [running, ended] = timeouts;
    expect(running).toEqual(Array(2).fill('Timeout (tcp tcpfin udp): 800 60 200\n'));
    expect(ended).toEqual(Array(2).fill('Timeout (tcp tcpfin udp): 900 120 300\n'));
    expect(log).not.toMatch(/IPVS cmd|internal error/);
  });

  test('the daemon that synchronises connections is that of the VRRP instance', async () => {
    const trail = await playInGuest<readonly string[]>(module, 'synchronisation', { timeoutMs: TIMEOUT_MS });
    const [master, backup] = ['master', 'backup'].map((role) => `${role} sync daemon (mcast=eth0, syncid=5`);
    expect(trail).toEqual([
      `keepalived is master: ${master} | ${backup}`,
      `relived is master: none | ${master}`,
      'the end: none | none',
    ]);
  });

  test('a daemon whose interface comes later is started then, and each outcome is told once', async () => {
    type Told = { readonly trail: readonly string[]; readonly said: readonly string[] };
    const { trail, said } = await playInGuest<Told>(module, 'lateInterface', { timeoutMs: TIMEOUT_MS });
    const command = 'IPVS cmd IP_VS_SO_SET_STARTDAEMON(1163)';
    expect(trail).toEqual([
      'none',
      expect.stringMatching(/^master sync daemon \(mcast=late0, syncid=5/),
      'none',
    ]);
    expect(said).toEqual([
      ...Array(2).fill(`${command} error: no such device(19)`),
      `${command} is done, which was refused before`,
    ]);
  });

  test('a killed daemon is followed without a flush, and what others do is mended', async () => {
    const { trail, tables, log } = await playInGuest<Survival>(module, 'survival', { timeoutMs: TIMEOUT_MS });
    expect(trail).toEqual([
      'NAT: 10.77.0.11 10.77.0.12 10.77.0.13',
      'DR: directly',
      'kept: still here',
      'adopted: still here, the same service',
      'dead server visited: false',
      'kept: still here',
      'reloaded: still here',
      "others': true",
      'log: true',
    ]);
    expect(tables.killed).toEqual(tables.started);
    expect(tables.adopted).toEqual(tables.started);
    expect(tables.end).toEqual([]);
    expect(log).not.toMatch(/internal error/);
  });
});
