/** Adverts of every kind beside those of a real keepalived: the same bytes, and each believes the other. */
import { expect, test } from 'vitest';
import { vrrpActors } from '../../src/config/actors.ts';
import { FILE, memoryFiles } from '../../src/config/config.fixture.ts';
import { readConfig } from '../../src/config/read.ts';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { initialContext, wireIdentity } from '../../src/machines/vrrp/vrrp.context.ts';
import type { WireIdentity } from '../../src/machines/vrrp/vrrp.effects.ts';
import { capture } from './capture.ts';
import { ip, withLan } from './lan.ts';
import { temporaryDirectory } from './leftovers.ts';
import { RemoteHeartbeat } from './remote-heartbeat.ts';
import { RouterProcess } from './router.ts';

const actor = 'vrrp/VI_1';
const PASSWORD = 's3cret';

export interface Kind {
  readonly name: string;
  readonly family: 4 | 6;
  readonly version: 2 | 3;
  readonly unicast?: true;
  /** Further lines of the vrrp_instance. */
  readonly lines?: string;
  readonly authentication?: 'PASS' | 'AH';
}

const ADDRESSES = {
  4: { theirs: '10.9.0.1', ours: '10.9.0.2', virtual: ['10.9.0.100/24', '10.9.0.101/24'] },
  6: { theirs: 'fe80::1', ours: 'fe80::2', virtual: ['fe80::100/64', '2001:db8::100/64'] },
} as const;

type Side = 'theirs' | 'ours';

function configuration(kind: Kind, side: Side, priority: number): string {
  const { family, version, unicast, lines = '', authentication } = kind;
  const addresses = ADDRESSES[family];
  const peer = addresses[side === 'ours' ? 'theirs' : 'ours'];
  return `vrrp_instance VI_1 {
  version ${version}
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${priority}
  advert_int ${version === 2 ? 1 : 0.1}
  ${unicast ? `unicast_src_ip ${addresses[side]}\n  unicast_peer {\n    ${peer}\n  }` : `mcast_src_ip ${addresses[side]}`}
  ${lines}
  ${authentication ? `authentication {\n    auth_type ${authentication}\n    auth_pass ${PASSWORD}\n  }` : ''}
  virtual_ipaddress {
    ${addresses.virtual.join('\n    ')}
  }
}
`;
}

/** What our configuration reader makes of the same text. */
function identityOf(kind: Kind, side: Side): WireIdentity {
  const { config } = readConfig(FILE, memoryFiles({ [FILE]: configuration(kind, side, 200) }));
  const [vrrp] = config === null ? [] : vrrpActors(config);
  if (vrrp === undefined) throw new Error('our reader refuses the configuration');
  return wireIdentity(initialContext(vrrp.input));
}

async function soon(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  await waitFor(look, { deadlineMs: 15_000, intervalMs: 10, what });
}

async function service(
  lan: Lan,
  kind: Kind,
  host: Side,
  password: string = PASSWORD,
): Promise<RemoteHeartbeat> {
  const one = await RemoteHeartbeat.start((argv) => lan.argv(host, argv));
  one.setSecrets(actor, kind.authentication ? password : null);
  one.open(actor, identityOf(kind, host));
  one.setSource(actor, ADDRESSES[kind.family][host]);
  await one.status(actor);
  return one;
}

function startKeepalived(lan: Lan, kind: Kind): Promise<RouterProcess> {
  return RouterProcess.start(lan, 'theirs', {
    program: keepalived,
    configuration: configuration(kind, 'theirs', 200),
    directory: temporaryDirectory('keepalived'),
  });
}

const withHosts = (kind: Kind, body: (lan: Lan) => Promise<void>): Promise<void> =>
  withLan({ hosts: ['theirs', 'ours'], subnet: '10.9.0.0/24', ipv6: kind.family === 6 }, async (lan) => {
    if (kind.family === 6) {
      for (const host of ['theirs', 'ours'] as const)
        await ip(lan, host, 'addr', 'add', `${ADDRESSES[6][host]}/64`, 'dev', 'eth0', 'nodad');
    }
    await body(lan);
  });

const ETHERNET_DIGITS = 28;
const filterOf = ({ family }: Kind) => (family === 4 ? 'ip proto 112 or ip proto 51' : 'ip6 proto 112');

/**
 * The IP packet of a frame with what differs from advert to advert as dots: IPv4's identification and header checksum,
 * the flow label that the kernel draws for keepalived, sequence number and digest of an authentication header.
 */
function comparable(kind: Kind, frame: string): string {
  const digits = [...frame.slice(ETHERNET_DIGITS)];
  const ranges: (readonly [number, number])[] =
    kind.family === 6
      ? []
      : [
          [4, 6],
          [10, 12],
        ];
  if (kind.authentication === 'AH') ranges.push([28, 44]);
  for (const [from, to] of ranges) digits.fill('.', from * 2, to * 2);
  if (kind.family === 6) digits.fill('.', 3, 8);
  return digits.join('');
}

export function tellKinds(kinds: readonly Kind[]): void {
  test.concurrent.each(kinds)('$name: the same bytes, accepted by both', sameBytes);
}

function sameBytes(kind: Kind): Promise<void> {
  return withHosts(kind, async (lan) => {
    const arriving = await capture(lan, 'ours', filterOf(kind));
    const ours = await service(lan, kind, 'ours');
    ours.watch(actor, null, 60_000_000, 1_000_000);
    const theirs = await startKeepalived(lan, kind);
    await soon('their advert', () => ours.events.some(({ event }) => event.type === 'advert.received'));
    expect(ours.events.map(({ event }) => event)).not.toContainEqual(
      expect.objectContaining({ type: 'advert.refused' }),
    );
    const [heard] = ours.events.filter(({ event }) => event.type === 'advert.received');
    expect(heard?.event).toMatchObject({
      source: ADDRESSES[kind.family].theirs,
      priority: 200,
      addresses: ADDRESSES[kind.family].virtual.map((text) => text.split('/')[0]),
    });
    ours.announce(actor, { priority: 250 });
    await soon('their retreat', () => theirs.log.includes('Master received advert'));
    ours.close(actor);
    await theirs.kill();
    const fromKeepalived = arriving.frames.map((frame) => comparable(kind, frame));
    const again = await service(lan, kind, 'theirs');
    const count = arriving.frames.length;
    again.announce(actor, { priority: 200 });
    await soon('our advert', () => arriving.frames.length > count);
    expect(comparable(kind, arriving.frames[count] ?? '')).toBe(fromKeepalived[0]);
    await again.stop();
    await arriving.stop();
  });
}

export function tellPasswords(): void {
  test.concurrent.each([
    ['PASS', /invalid passwd/i],
    ['AH', /invalid IPSEC HMAC-MD5/i],
  ] as const)('%s with another password: neither believes the other', (authentication, complaint) => {
    const kind: Kind = { name: '', family: 4, version: 2, authentication };
    return withHosts(kind, async (lan) => {
      const ours = await service(lan, kind, 'ours', 'another');
      ours.watch(actor, null, 60_000_000, 1_000_000);
      const theirs = await startKeepalived(lan, kind);
      await theirs.waitForLog('Entering MASTER STATE');
      await soon('a refusal', () => ours.events.some(({ event }) => event.type === 'advert.refused'));
      expect(ours.events.find(({ event }) => event.type === 'advert.refused')?.event).toMatchObject({
        fault: 'authFailure',
        source: '10.9.0.1',
      });
      ours.announce(actor, { priority: 250 });
      await soon('their refusal', () => complaint.test(theirs.log));
      expect(theirs.log).not.toContain('Master received advert');
      expect((await ours.status(actor))?.counters.received).toBe(0);
    });
  });
}
