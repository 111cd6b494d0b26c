/**
 * What needs more of a kernel than this machine's may have: ipvlan, VLAN, dummy, VRF. Each story is played in a guest of
 * its own, with relived and with a keepalived that has the same configuration.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Observed as Interfaces } from '../guest/interfaces.ts';
import type { Observed as Ipvlans } from '../guest/ipvlan.ts';
import { guestIsMissing, playInGuest, runInGuest, warmUp } from '../harness/guest/guest.ts';

const TIMEOUT_MS = 400_000;
/** Of timeout(1). */
const TIMED_OUT = 124;
const KIND_COUNT = 6;
/** The ipvlan of which keepalived 2.2 cannot be told the group. */
const GROUPED = 'vrrp.54';
const module = (name: string): URL => new URL(`../guest/${name}.ts`, import.meta.url);

const missing = guestIsMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

describe.skipIf(missing !== null)('in a guest', { timeout: TIMEOUT_MS + 60_000 }, () => {
  beforeAll(warmUp);

  test('a command has its status and output, cannot write to the host, and is ended in time', async () => {
    const text = 'echo out; echo err >&2; touch /etc/relived-guest || exit 3';
    const result = await runInGuest(['sh', '-c', text], { timeoutMs: TIMEOUT_MS });
    expect(result).toMatchObject({ code: 3, stdout: 'out\n', told: null });
    expect(result.stderr).toMatch(/^err\n.*Read-only file system/);
    expect((await runInGuest(['sleep', '600'], { timeoutMs: 1_000 })).code).toBe(TIMED_OUT);
  });

  test('use_ipvlan: devices, addresses, settings, rules, adverts and announcements are those of keepalived', async () => {
    type Told = { readonly theirs: Ipvlans; readonly ours: Ipvlans };
    const { theirs, ours } = await playInGuest<Told>(module('ipvlan'), 'kinds', { timeoutMs: TIMEOUT_MS });
    const grouped = theirs.interfaces.map((one) => (one.name === GROUPED ? { ...one, group: '7' } : one));
    expect(ours).toEqual({ ...theirs, interfaces: grouped });
    expect(ours.interfaces.filter(({ kind }) => kind === 'ipvlan')).toHaveLength(KIND_COUNT);
  });

  test('use_ipvlan: the address moves between keepalived and ours, and each uses what the other left', async () => {
    expect(await playInGuest(module('ipvlan'), 'failover', { timeoutMs: TIMEOUT_MS })).toEqual([
      'relived alone: b',
      'keepalived is better: a',
      'keepalived is dead: b',
      'relived on what keepalived left: a',
      'the same device: true',
      'relived is dead: b',
      'keepalived on what relived left: a',
      'the same device: true',
      'keepalived has ended: b',
      'its device was deleted and is there again: b',
      'left: 0',
    ]);
  });

  test('VLAN, dummy and VRF: states and addresses are those of keepalived', async () => {
    type Told = { readonly theirs: Interfaces; readonly ours: Interfaces };
    const { theirs, ours } = await playInGuest<Told>(module('interfaces'), 'standing', {
      timeoutMs: TIMEOUT_MS,
    });
    expect(ours).toEqual(theirs);
    expect(ours.routes).toEqual(['10.81.0.0/24 via 10.80.0.9 dev eth1', '']);
    expect(ours.inVrf).toEqual(['eth1', 'vrrp.55']);
    expect(ours.states.VLAN).toBe('BACKUP MASTER FAULT BACKUP MASTER FAULT BACKUP MASTER FAULT');
  });

  test('VRF: the addresses move between keepalived and ours, by multicast and by unicast without an interface', async () => {
    expect(await playInGuest(module('interfaces'), 'vrfFailover', { timeoutMs: TIMEOUT_MS })).toEqual([
      'a',
      'b',
      'a',
    ]);
  });
});
