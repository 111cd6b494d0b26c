/** The same LAN with a real keepalived on it: we hear it, it hears us. */
import { describe, expect, test, vi } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import type { VrrpEvent } from '../../src/machines/vrrp/vrrp.events.ts';
import { type InstanceSettings, instanceConfiguration } from '../harness/configuration.ts';
import { withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { RemoteHeartbeat } from '../harness/remote-heartbeat.ts';
import { RouterProcess } from '../harness/router.ts';
import { wireIdentity } from '../harness/wire-identity.ts';

// They wait for adverts that come once a second.
vi.setConfig({ maxConcurrency: 6, testTimeout: 60_000 });

const actor = 'vrrp/VI_1';
const second = 1_000_000;
const THEIR_ADDRESS = '10.9.0.1';
const OUR_ADDRESS = '10.9.0.2';
const VIRTUAL_ADDRESS = '10.9.0.100';

class Neighbours {
  readonly lan: Lan;
  readonly ours: RemoteHeartbeat;

  constructor(lan: Lan, ours: RemoteHeartbeat) {
    this.lan = lan;
    this.ours = ours;
  }

  keepalived(settings: Omit<InstanceSettings, 'virtualAddresses'>): Promise<RouterProcess> {
    return RouterProcess.start(this.lan, 'theirs', {
      program: keepalived,
      configuration: instanceConfiguration({ ...settings, virtualAddresses: [`${VIRTUAL_ADDRESS}/24`] }),
      directory: temporaryDirectory('keepalived'),
    });
  }

  announce(changes: Parameters<typeof wireIdentity>[0]): void {
    this.ours.open(actor, wireIdentity(changes));
    this.ours.setSource(actor, OUR_ADDRESS);
    this.ours.announce(actor, { priority: 200 });
  }

  /** What our service told, but for stalls: those are the machine's. */
  told(): readonly VrrpEvent[] {
    return this.ours.events.map(({ event }) => event).filter(({ type }) => type !== 'self.stalled');
  }

  types(): readonly string[] {
    return this.told().map(({ type }) => type);
  }

  async counted(what: 'received' | 'sent'): Promise<number> {
    return (await this.ours.status(actor))?.counters[what] ?? 0;
  }
}

const withNeighbours = (body: (neighbours: Neighbours) => Promise<void>): Promise<void> =>
  withLan({ hosts: ['theirs', 'ours'], subnet: '10.9.0.0/24' }, async (lan) => {
    await body(new Neighbours(lan, await RemoteHeartbeat.start((argv) => lan.argv('ours', argv))));
  });

async function soon(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  await waitFor(look, { deadlineMs: 15_000, intervalMs: 10, what });
}

describe.concurrent.each([2, 3] as const)('version %i', (version) => {
  /** A keepalived that is master and that our heartbeat service waits for. */
  async function master(neighbours: Neighbours): Promise<RouterProcess> {
    const { ours } = neighbours;
    ours.open(actor, wireIdentity({ version }));
    ours.setSource(actor, OUR_ADDRESS);
    ours.watch(actor, null, 30 * second, second);
    const theirs = await neighbours.keepalived({ version, priority: 200 });
    await soon('first advert', () => neighbours.told().length > 0);
    const advert = {
      source: THEIR_ADDRESS,
      priority: 200,
      advertIntervalUs: second,
      addresses: [VIRTUAL_ADDRESS],
    };
    expect(neighbours.told()[0]).toEqual({ type: 'advert.received', ...advert });
    ours.watch(actor, advert, 3.2 * second, second);
    return theirs;
  }

  test('a keepalived master is one event and then a run; its crash is silence', () =>
    withNeighbours(async (neighbours) => {
      const { ours } = neighbours;
      const theirs = await master(neighbours);
      await soon('four adverts', async () => (await neighbours.counted('received')) >= 4);
      expect(neighbours.types()).toEqual(['advert.received']);
      await theirs.kill();
      await soon('silence', () => neighbours.types().includes('master.silent'));
      expect(neighbours.types()).toEqual(['advert.received', 'master.silent']);
      const silence = neighbours.told()[1];
      expect(silence).toMatchObject({ allowedUs: 3.2 * second, missedAdverts: 3 });
      await soon('the run', () => ours.runs.length > 0);
      expect(ours.runs).toMatchObject([{ direction: 'received', source: THEIR_ADDRESS, priority: 200 }]);
      expect(ours.runs[0]?.count).toBe((await neighbours.counted('received')) - 1);
      const errors = Object.values((await ours.status(actor))?.counters.errors ?? { missing: 1 });
      expect(errors.every((count) => count === 0)).toBe(true);
    }));

  test('a keepalived that stops in order resigns', () =>
    withNeighbours(async (neighbours) => {
      const theirs = await master(neighbours);
      await theirs.stop();
      await soon('priority 0', () => neighbours.told().length > 1);
      expect(neighbours.told()[1]).toMatchObject({ type: 'advert.received', priority: 0 });
    }));

  test('our adverts keep a keepalived backup down; without them it takes over', () =>
    withNeighbours(async (neighbours) => {
      const { ours } = neighbours;
      neighbours.announce({ version });
      const theirs = await neighbours.keepalived({ version, priority: 100 });
      await theirs.waitForLog('Entering BACKUP STATE');
      const before = await neighbours.counted('sent');
      // Master_Down_Interval of priority 100 is 3.6 s.
      await soon('six more adverts', async () => (await neighbours.counted('sent')) >= before + 6);
      expect(theirs.log).not.toContain('Entering MASTER STATE');
      expect(theirs.log).not.toMatch(/checksum|invalid|mismatch|bogus|incorrect|malformed/i);
      expect(neighbours.told()).toEqual([]);
      ours.stopAnnouncing(actor);
      await theirs.waitForLog('Entering MASTER STATE');
    }));
});

test.concurrent('unicast: our adverts keep a keepalived backup down', () =>
  withNeighbours(async (neighbours) => {
    const { ours } = neighbours;
    neighbours.announce({ unicastPeers: [THEIR_ADDRESS] });
    const unicast = { own: THEIR_ADDRESS, peer: OUR_ADDRESS };
    const theirs = await neighbours.keepalived({ version: 3, priority: 100, unicast });
    await theirs.waitForLog('Entering BACKUP STATE');
    const before = await neighbours.counted('sent');
    await soon('five more adverts', async () => (await neighbours.counted('sent')) >= before + 5);
    expect(theirs.log).not.toContain('Entering MASTER STATE');
    ours.stopAnnouncing(actor);
    await theirs.waitForLog('Entering MASTER STATE');
    ours.watch(actor, null, 30 * second, second);
    await soon('its unicast advert', () => neighbours.types().includes('advert.received'));
  }));

/** What tshark makes of the first two adverts that arrive, one list of field values for each. */
async function dissect(
  lan: Lan,
  fields: readonly string[],
  begin: () => void,
): Promise<readonly (readonly string[])[]> {
  const limits = ['-c', '2', '-a', 'duration:15'];
  const capture = ['tshark', '-l', '-n', '-i', 'eth0', '-f', 'ip proto 112', ...limits];
  const print = ['-o', 'ip.check_checksum:TRUE', '-T', 'fields', '-E', 'separator=;'];
  const tshark = lan.spawn('theirs', [...capture, ...print, ...fields.flatMap((field) => ['-e', field])]);
  let output = '';
  let talk = '';
  tshark.stdout?.on('data', (data: Buffer) => {
    output += data.toString();
  });
  tshark.stderr?.on('data', (data: Buffer) => {
    talk += data.toString();
  });
  const ended = new Promise((resolve) => tshark.once('close', resolve));
  await soon('tshark', () => talk.includes('Capturing on'));
  begin();
  await ended;
  const lines = output.split('\n').filter((line) => line !== '');
  return lines.map((line) => line.split(';'));
}

test.concurrent.each([
  { version: 2, checksumWithoutPseudoHeader: false, complaints: 0 },
  { version: 3, checksumWithoutPseudoHeader: false, complaints: 0 },
  // This dissector knows the checksum with the pseudo-header only, so it has one complaint.
  { version: 3, checksumWithoutPseudoHeader: true, complaints: 1 },
] as const)(
  'another dissector reads our adverts: version $version, RFC 9568 checksum $checksumWithoutPseudoHeader',
  ({ version, checksumWithoutPseudoHeader, complaints }) =>
    withNeighbours(async (neighbours) => {
      const vrrp = ['vrrp.version', 'vrrp.virt_rtr_id', 'vrrp.prio', 'vrrp.ip_addr'];
      const fields = ['ip.dsfield', 'ip.ttl', 'ip.dst', 'ip.checksum.status', ...vrrp, '_ws.expert.severity'];
      const packets = await dissect(neighbours.lan, fields, () =>
        neighbours.announce({ version, checksumWithoutPseudoHeader }),
      );
      expect(packets).toHaveLength(2);
      for (const packet of packets) {
        const good = '1';
        expect(packet.slice(0, 4)).toEqual(['0xc0', '255', '224.0.0.18', good]);
        expect(packet.slice(4, 8)).toEqual([String(version), '51', '200', VIRTUAL_ADDRESS]);
        expect(packet[8]?.split(',').filter((severity) => severity !== '')).toHaveLength(complaints);
      }
    }),
);
