/** auth_hmac in running daemons: keys of files, what is refused and counted, and keys that a reload changes. */
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { askDaemon } from '../harness/ask-daemon.ts';
import { capture } from '../harness/capture.ts';
import type { FrameService } from '../harness/frame-service.ts';
import { JsonLinesChild } from '../harness/json-lines-child.ts';
import { withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { RouterProcess } from '../harness/router.ts';

vi.setConfig({ testTimeout: 120_000 });

const FRAME_SERVICE = fileURLToPath(new URL('../harness/frame-service.ts', import.meta.url));
const ETHERNET_BYTES = 14;
const TRAILER_BYTES = 28;
const WINDOW_MS = 3_000;

interface Side {
  readonly priority: number;
  /** Lines of auth_hmac; null: none. */
  readonly hmac: readonly string[] | null;
}

const enforcing = (...lines: readonly string[]): readonly string[] => [
  'mode enforce',
  'time_window 3',
  ...lines,
];

function configuration({ priority, hmac }: Side): string {
  const block = hmac === null ? '' : `auth_hmac {\n    ${hmac.join('\n    ')}\n  }`;
  return `vrrp_instance VI_1 {
  version 3
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${priority}
  advert_int 0.2
  ${block}
  virtual_ipaddress {
    10.77.0.100/24
  }
}
`;
}

interface Instance {
  readonly role: string;
  readonly master: { readonly source: string } | null;
  readonly counters: { readonly received: number; readonly errors: Readonly<Record<string, number>> };
}

class Router {
  readonly process: RouterProcess;
  readonly directory: string;

  constructor(process: RouterProcess, directory: string) {
    this.process = process;
    this.directory = directory;
  }

  async instance(): Promise<Instance> {
    const status = (await askDaemon(this.process.files.control, 'status')) as { instances: Instance[] };
    const [instance] = status.instances;
    if (instance === undefined) throw new Error('no instance');
    return instance;
  }

  async until(what: string, holds: (instance: Instance) => boolean): Promise<void> {
    const look = async () => holds(await this.instance());
    await waitFor(look, { deadlineMs: 15_000, what }).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.process.log}`);
    });
  }

  async counts(fault: string): Promise<void> {
    await this.until(`a refusal: ${fault}`, ({ counters }) => (counters.errors[fault] ?? 0) > 0);
  }

  async reload(text?: string): Promise<void> {
    if (text !== undefined) writeFileSync(this.process.configuration, text);
    const done = () => this.process.log.split('Reload complete').length;
    const before = done();
    this.process.signal('SIGHUP');
    await waitFor(() => done() > before, { deadlineMs: 15_000, what: 'a reload' });
  }

  /** What SIGUSR2 writes. */
  async statistics(): Promise<string> {
    const file = join(this.directory, 'keepalived.stats');
    rmSync(file, { force: true });
    this.process.signal('SIGUSR2');
    await waitFor(() => existsSync(file), { deadlineMs: 15_000, what: 'the statistics' });
    return readFileSync(file, 'utf8');
  }
}

function scene(directory: string, lan: Parameters<Parameters<typeof withLan>[1]>[0]) {
  const key = (name: string, text: string): string => {
    const file = join(directory, name);
    writeFileSync(file, `${text}\n`);
    chmodSync(file, 0o600);
    return file;
  };
  const start = async (host: 'a' | 'b', side: Side): Promise<Router> => {
    const process = await RouterProcess.start(lan, host, {
      program: relived,
      configuration: configuration(side),
      directory,
      environment: { TMPDIR: directory },
    });
    await process.waitForLog('Startup complete');
    return new Router(process, directory);
  };
  return { key, start };
}

/** The IP packets of frames that came from an address. */
function packetsOf(frames: readonly string[], source: string): Buffer[] {
  const digits = Buffer.from(source.split('.').map(Number)).toString('hex');
  return frames
    .map((frame) => Buffer.from(frame, 'hex').subarray(ETHERNET_BYTES))
    .filter((packet) => packet.toString('hex', 12, 16) === digits);
}

const lengthOf = (packet: Buffer): number => packet.readUInt16BE(2);
const keyIdOf = (packet: Buffer): number => packet[lengthOf(packet) - TRAILER_BYTES + 1] ?? -1;

test.concurrent('what is not proven is refused, counted by its fault, and moves nobody', () =>
  withLan({ hosts: ['a', 'b', 'host'] }, async (lan) => {
    const directory = temporaryDirectory('hmac');
    const { key, start } = scene(directory, lan);
    const [own, other] = [key('own', 'k'.repeat(32)), key('other', `hex:${'ab'.repeat(40)}`)];
    const a = await start('a', { priority: 100, hmac: enforcing('active_key 1', `key 1 file:${own}`) });
    await a.until('a is master', ({ role }) => role === 'master');
    const strangers: readonly [string, readonly string[] | null][] = [
      ['authExtMissing', null],
      ['authExtInvalidHmac', enforcing('active_key 1', `key 1 file:${other}`)],
      ['authExtUnknownKey', enforcing('active_key 2', `key 2 file:${own}`)],
    ];
    for (const [fault, hmac] of strangers) {
      const b = await start('b', { priority: 200, hmac });
      await a.counts(fault);
      await b.process.stop();
    }
    expect(await a.instance()).toMatchObject({ role: 'master', counters: { received: 0 } });

    const sender = new JsonLinesChild<FrameService, never>(
      lan.argv('host', [process.execPath, FRAME_SERVICE]),
    );
    await sender.ask('send', []);
    const heard = await capture(lan, 'host', 'ip proto 112');
    const b = await start('b', { priority: 200, hmac: enforcing('active_key 1', `key 1 file:${own}`) });
    await a.until(
      'a follows b',
      ({ role, master }) => role === 'backup' && master?.source === lan.address('b'),
    );
    await b.process.kill();
    const last = packetsOf(heard.frames, lan.address('b')).at(-1) ?? Buffer.alloc(0);
    const packet = last.subarray(0, lengthOf(last));
    const capturedMs = performance.now();
    await sender.ask('send', [packet.toString('hex')]);
    await a.counts('authExtReplay');
    const malformed = Buffer.from(packet);
    malformed[packet.length - TRAILER_BYTES] = 9;
    await sender.ask('send', [malformed.toString('hex')]);
    await a.counts('authExtMalformed');
    await waitFor(() => performance.now() - capturedMs > WINDOW_MS + 1_500, {
      deadlineMs: 5_000,
      what: 'the window',
    });
    await sender.ask('send', [packet.toString('hex')]);
    await a.counts('authExtStale');
    await a.until('a is master again', ({ role }) => role === 'master');
    const statistics = await a.statistics();
    for (const label of ['Missing', 'Malformed', 'Unknown Key', 'Invalid HMAC', 'Stale', 'Replay'])
      expect(statistics).toMatch(new RegExp(`^ {4}${label}: [1-9]`, 'm'));
    await Promise.all([sender.close(), heard.stop(), a.process.stop()]);
  }));

test.concurrent('a reload changes the key that signs, and keys of the same number, on both sides', () =>
  withLan({ hosts: ['a', 'b', 'host'] }, async (lan) => {
    const directory = temporaryDirectory('hmac');
    const { key, start } = scene(directory, lan);
    const one = key('one', '1'.repeat(32));
    const [ofA, ofB] = [key('two-a', '2'.repeat(64)), key('two-b', '2'.repeat(64))];
    const side = (priority: number, active: number, two: string): Side => ({
      priority,
      hmac: enforcing(`active_key ${active}`, `key 1 file:${one}`, `key 2 file:${two}`),
    });
    const heard = await capture(lan, 'host', 'ip proto 112');
    const newestKey = () => keyIdOf(packetsOf(heard.frames, lan.address('a')).at(-1) ?? Buffer.alloc(4));
    const a = await start('a', side(200, 1, ofA));
    const b = await start('b', side(100, 1, ofB));
    const follows = ({ role, master }: Instance) => role === 'backup' && master?.source === lan.address('a');
    await b.until('b follows a', follows);
    await waitFor(() => newestKey() === 1, { deadlineMs: 5_000, what: 'key 1 on the wire' });
    // Another key signs; both know it.
    await a.reload(configuration(side(200, 2, ofA)));
    await waitFor(() => newestKey() === 2, { deadlineMs: 5_000, what: 'key 2 on the wire' });
    const { counters } = await b.instance();
    await b.until('b hears a', (now) => now.counters.received > counters.received + 3 && follows(now));
    expect((await b.instance()).counters.errors.authExtInvalidHmac).toBe(0);
    // The file of the sender changes alone: nobody believes it until the other one follows.
    key('two-a', '3'.repeat(64));
    await a.reload();
    await b.counts('authExtInvalidHmac');
    await b.until('b is master, too', ({ role }) => role === 'master');
    key('two-b', '3'.repeat(64));
    await b.reload();
    await b.until('b follows a again', follows);
    for (const router of [b, a]) await router.process.stop();
    await heard.stop();
  }));
