/** The same LAN with a real keepalived on it: we hear it, it hears us. */
import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WireIdentity } from '../../src/machines/vrrp/vrrp.effects.ts';
import { LiveKeepalived } from '../support/live-keepalived.ts';
import { BridgedLan, isInstalled } from '../support/namespaces.ts';
import { RemoteHeartbeat } from '../support/remote-heartbeat.ts';
import { pause, until } from '../support/until.ts';

const actor = 'vrrp/VI_1';
const second = 1_000_000;
const KEEPALIVED_HOST = 0;
const OUR_HOST = 1;

function configuration(version: number, priority: number, more = ''): string {
  return `global_defs {
  vrrp_version ${version}
}
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${priority}
  advert_int 1
  ${more}
  virtual_ipaddress {
    10.9.0.100/24
  }
}
`;
}

function identity(version: 2 | 3, overrides: Partial<WireIdentity> = {}): WireIdentity {
  return {
    version,
    virtualRouterId: 51,
    interface: 'eth0',
    unicastPeers: [],
    addresses: ['10.9.0.100'],
    advertIntervalUs: second,
    checksumWithoutPseudoHeader: false,
    ...overrides,
  };
}

let lan: BridgedLan;
let ours: RemoteHeartbeat;
let keepalived: LiveKeepalived | null;

beforeEach(async () => {
  keepalived = null;
  lan = new BridgedLan(['10.9.0.1', '10.9.0.2']);
  ours = new RemoteHeartbeat(lan.inside(OUR_HOST));
  await ours.ready();
});

afterEach(async () => {
  await ours.stop();
  await keepalived?.remove();
  lan.remove();
});

function typesOf(): readonly string[] {
  return ours.events.map(({ event }) => event.type);
}

async function received(): Promise<number> {
  return (await ours.status(actor))?.counters.received ?? 0;
}

describe.skipIf(!isInstalled('keepalived')).each([2, 3] as const)('version %i', (version) => {
  async function hearMaster(): Promise<void> {
    ours.open(actor, identity(version));
    ours.setSource(actor, '10.9.0.2');
    ours.watch(actor, null, 30 * second, second);
    keepalived = new LiveKeepalived(lan.inside(KEEPALIVED_HOST), configuration(version, 200));
    await until('first advert', () => ours.events.length > 0, 10_000);
    expect(ours.events[0]?.event).toEqual({
      type: 'advert.received',
      source: '10.9.0.1',
      priority: 200,
      advertIntervalUs: second,
      addresses: ['10.9.0.100'],
    });
    const awaited = {
      source: '10.9.0.1',
      priority: 200,
      advertIntervalUs: second,
      addresses: ['10.9.0.100'],
    };
    ours.watch(actor, awaited, 3.2 * second, second);
  }

  test('a keepalived master is one event and then a run; its crash is silence', async () => {
    await hearMaster();
    await until('four adverts', async () => (await received()) >= 4, 10_000);
    expect(typesOf()).toEqual(['advert.received']);
    keepalived?.crash();
    await until('silence', () => typesOf().includes('master.silent'), 10_000);
    expect(typesOf()).toEqual(['advert.received', 'master.silent']);
    const silence = ours.events[1]?.event;
    expect(silence).toMatchObject({ allowedUs: 3.2 * second, missedAdverts: 3 });
    expect(ours.runs).toMatchObject([{ direction: 'received', source: '10.9.0.1', priority: 200 }]);
    expect(ours.runs[0]?.count).toBe((await received()) - 1);
    const errors = Object.values((await ours.status(actor))?.counters.errors ?? { missing: 1 });
    expect(errors.every((count) => count === 0)).toBe(true);
  });

  test('a keepalived that stops in order resigns', async () => {
    await hearMaster();
    keepalived?.terminate();
    await until('priority 0', () => ours.events.length > 1, 10_000);
    expect(ours.events[1]?.event).toMatchObject({ type: 'advert.received', priority: 0 });
  });

  test('our adverts keep a keepalived backup down; without them it takes over', async () => {
    ours.open(actor, identity(version));
    ours.setSource(actor, '10.9.0.2');
    ours.announce(actor, { priority: 200 });
    keepalived = new LiveKeepalived(lan.inside(KEEPALIVED_HOST), configuration(version, 100));
    const log = () => keepalived?.log ?? '';
    await until('a backup', () => log().includes('Entering BACKUP STATE'), 10_000);
    // Master_Down_Interval of priority 100 is 3.6 s.
    await pause(6000);
    expect(log()).not.toContain('Entering MASTER STATE');
    expect(log()).not.toMatch(/checksum|invalid|mismatch|bogus|incorrect|malformed/i);
    expect(ours.events).toEqual([]);
    ours.stopAnnouncing(actor);
    await until('a master', () => log().includes('Entering MASTER STATE'), 10_000);
  });
});

test.skipIf(!isInstalled('keepalived'))('unicast: our adverts keep a keepalived backup down', async () => {
  ours.open(actor, identity(3, { unicastPeers: ['10.9.0.1'] }));
  ours.setSource(actor, '10.9.0.2');
  ours.announce(actor, { priority: 200 });
  const unicast = 'unicast_src_ip 10.9.0.1\n  unicast_peer {\n    10.9.0.2\n  }';
  keepalived = new LiveKeepalived(lan.inside(KEEPALIVED_HOST), configuration(3, 100, unicast));
  const log = () => keepalived?.log ?? '';
  await until('a backup', () => log().includes('Entering BACKUP STATE'), 10_000);
  await pause(5000);
  expect(log()).not.toContain('Entering MASTER STATE');
  ours.stopAnnouncing(actor);
  await until('a master', () => log().includes('Entering MASTER STATE'), 10_000);
  ours.watch(actor, null, 30 * second, second);
  await until('its unicast advert', () => typesOf().includes('advert.received'), 5000);
});

/** What tshark makes of the first two adverts that arrive, one list of field values for each. */
async function dissect(
  fields: readonly string[],
  begin: () => void,
): Promise<readonly (readonly string[])[]> {
  const [program = '', ...args] = lan.inside(KEEPALIVED_HOST);
  const capture = ['tshark', '-l', '-n', '-i', 'eth0', '-f', 'ip proto 112', '-c', '2', '-a', 'duration:15'];
  const print = ['-o', 'ip.check_checksum:TRUE', '-T', 'fields', '-E', 'separator=;'];
  const tshark = spawn(program, [...args, ...capture, ...print, ...fields.flatMap((field) => ['-e', field])]);
  let output = '';
  let talk = '';
  tshark.stdout.on('data', (data: Buffer) => {
    output += data.toString();
  });
  tshark.stderr.on('data', (data: Buffer) => {
    talk += data.toString();
  });
  const ended = new Promise((resolve) => tshark.once('close', resolve));
  await until('tshark', () => talk.includes('Capturing on'), 15_000);
  begin();
  await ended;
  const lines = output.split('\n').filter((line) => line !== '');
  return lines.map((line) => line.split(';'));
}

const dialects = [
  { version: 2, checksumWithoutPseudoHeader: false, complaints: 0 },
  { version: 3, checksumWithoutPseudoHeader: false, complaints: 0 },
  // This dissector knows the checksum with the pseudo-header only, so it has one complaint.
  { version: 3, checksumWithoutPseudoHeader: true, complaints: 1 },
] as const;

test.skipIf(!isInstalled('tshark')).each(dialects)(
  'another dissector reads our adverts: version $version, RFC 9568 checksum $checksumWithoutPseudoHeader',
  async ({ version, checksumWithoutPseudoHeader, complaints }) => {
    const vrrp = ['vrrp.version', 'vrrp.virt_rtr_id', 'vrrp.prio', 'vrrp.ip_addr'];
    const fields = ['ip.dsfield', 'ip.ttl', 'ip.dst', 'ip.checksum.status', ...vrrp, '_ws.expert.severity'];
    const packets = await dissect(fields, () => {
      ours.open(actor, identity(version, { checksumWithoutPseudoHeader }));
      ours.setSource(actor, '10.9.0.2');
      ours.announce(actor, { priority: 200 });
    });
    expect(packets).toHaveLength(2);
    for (const packet of packets) {
      const good = '1';
      expect(packet.slice(0, 4)).toEqual(['0xc0', '255', '224.0.0.18', good]);
      expect(packet.slice(4, 8)).toEqual([String(version), '51', '200', '10.9.0.100']);
      expect(packet[8]?.split(',').filter((severity) => severity !== '')).toHaveLength(complaints);
    }
  },
);
