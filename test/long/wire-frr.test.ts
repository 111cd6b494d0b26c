/** FRR's VRRP on the same LAN, version 3 over IPv4 and IPv6: we hear it, it hears us. */
import { describe, expect, test } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { waitFor } from '../../src/lab/run.ts';
import { wireDetails } from '../../src/machines/vrrp/vrrp.fixture.ts';
import { Frr, hasFrr } from '../harness/frr.ts';
import { ip, withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { RemoteHeartbeat } from '../harness/remote-heartbeat.ts';
import { wireIdentity } from '../harness/wire-identity.ts';

const actor = 'vrrp/VI_1';
const FAMILIES = [
  { family: 'inet', name: 'v4', virtual: '10.77.0.100', mac: '00:00:5e:00:01:05', group: '224.0.0.18' },
  { family: 'inet6', name: 'v6', virtual: '2001:db8::100', mac: '00:00:5e:00:02:05', group: 'ff02::12' },
] as const;

/** FRR wants a device with the virtual MAC for each family; it finds them by that. */
async function addDevices(lan: Lan): Promise<void> {
  for (const { family, name, virtual, mac } of FAMILIES) {
    const device = `vrrp-${name}`;
    const link = ['link', 'add', device, 'link', 'eth0', 'type', 'macvlan', 'mode', 'bridge'];
    await ip(lan, 'frr', ...link);
    await ip(lan, 'frr', 'link', 'set', device, 'address', mac);
    const prefix = family === 'inet' ? '/24' : '/64';
    const options = family === 'inet' ? [] : ['nodad'];
    await ip(lan, 'frr', 'addr', 'add', `${virtual}${prefix}`, 'dev', device, ...options);
    await ip(lan, 'frr', 'link', 'set', device, 'up');
  }
}

describe.skipIf(!hasFrr)('FRR', () => {
  test('is heard as master and follows a better one, over both families', () =>
    withLan({ hosts: ['frr', 'ours'], ipv6: true }, async (lan) => {
      await ip(lan, 'ours', 'addr', 'add', 'fe80::2/64', 'dev', 'eth0', 'nodad');
      await addDevices(lan);
      const ours = await RemoteHeartbeat.start((argv) => lan.argv('ours', argv));
      for (const { family, name, virtual, group } of FAMILIES) {
        const identity = wireIdentity({
          family,
          virtualRouterId: 5,
          addresses: [virtual],
          wire: wireDetails({ multicastGroup: group }),
        });
        ours.open(`${actor}${name}`, identity);
        ours.setSource(`${actor}${name}`, family === 'inet' ? lan.address('ours') : 'fe80::2');
        ours.watch(`${actor}${name}`, null, 60_000_000, 1_000_000);
      }
      const frr = await Frr.start(
        lan,
        'frr',
        temporaryDirectory('frr'),
        [
          'interface eth0',
          ' vrrp 5 version 3',
          ' vrrp 5 priority 200',
          ' vrrp 5 advertisement-interval 1000',
          ...FAMILIES.map(({ family, virtual }) => ` vrrp 5 ${family === 'inet' ? 'ip' : 'ipv6'} ${virtual}`),
        ],
        'vrrpd',
      );
      for (const { name, virtual } of FAMILIES) {
        const own = () => ours.events.filter((told) => told.actor === `${actor}${name}`);
        await waitFor(() => own().some(({ event }) => event.type === 'advert.received'), {
          deadlineMs: 30_000,
          what: `an advert of FRR over ${name}: ${JSON.stringify(own())}`,
        });
        expect(own().find(({ event }) => event.type === 'advert.received')?.event).toMatchObject({
          priority: 200,
          advertIntervalUs: 1_000_000,
          addresses: [virtual],
        });
        ours.announce(`${actor}${name}`, { priority: 250 });
      }
      const roles = async (): Promise<readonly string[]> => {
        const [router] = JSON.parse(await frr.command('show vrrp json'));
        return [router?.v4?.status, router?.v6?.status];
      };
      await waitFor(async () => (await roles()).every((role) => role === 'Backup'), {
        deadlineMs: 30_000,
        what: 'FRR as backup of both families',
      }).catch(async (error: Error) => {
        throw new Error(`${error.message}\n${await frr.command('show vrrp json')}`);
      });
    }));
});
