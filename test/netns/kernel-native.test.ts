/** The addon against a real kernel, in a network namespace of its own. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { createLan, ip } from '../harness/lan.ts';
import { buildAddon } from '../harness/remote-kernel.ts';

const ADDON = new URL('../../native/', import.meta.url);
let lan: Lan;

beforeAll(async () => {
  buildAddon();
  lan = await createLan({ hosts: ['a'] });
  await ip(
    lan,
    'a',
    'link',
    'add',
    've0',
    'address',
    '02:00:5e:00:00:07',
    'type',
    'veth',
    'peer',
    'name',
    've1',
  );
});
afterAll(() => lan?.destroy());

/** Runs a module inside the namespace; returns what it prints, as JSON. */
async function run(source: string): Promise<unknown> {
  const parts = ['index', 'readiness', 'socket', 'tcp'].map((part) =>
    JSON.stringify(new URL(`${part}.ts`, ADDON).href),
  );
  const [index, readiness, socket, tcp] = parts;
  const module = `import * as index from ${index};
    import * as sockets from ${socket};
    import * as readiness from ${readiness};
    import * as tcp from ${tcp};
    const native = { ...index, ...readiness, ...sockets, ...tcp };
    ${source}`;
  const { stdout } = await lan.exec('a', [process.execPath, '--input-type=module', '-e', module]);
  return JSON.parse(stdout);
}

const CODE_OF =
  'const codeOf = (f) => { try { f(); return "none"; } catch (e) { return e.code ?? e.name; } };';

test('an interface is its index, MAC and flags, in this namespace', async () => {
  const index = Number((await ip(lan, 'a', '-o', 'link', 'show', 've0')).split(':')[0]);
  const UP_RUNNING = 0x41;
  const look = `(() => { const i = native.interfaceInfo('ve0'); return { ...i, flags: i.flags & ${UP_RUNNING} }; })()`;
  const down = { index, hardwareType: 1, mac: '02:00:5e:00:00:07', flags: 0 };
  expect(await run(`console.log(JSON.stringify([${look}, native.interfaceIndex('ve0')]))`)).toEqual([
    down,
    index,
  ]);
  await ip(lan, 'a', 'link', 'set', 've1', 'up');
  await ip(lan, 'a', 'link', 'set', 've0', 'up');
  expect(await run(`console.log(JSON.stringify(${look}))`)).toEqual({ ...down, flags: UP_RUNNING });
});

test('an interface that is not there is null, whatever its name', async () => {
  expect(
    await run(`const names = ['', 'nope', 'a-name-longer-than-the-kernel-knows'];
      console.log(JSON.stringify(names.map((n) => [native.interfaceInfo(n), native.interfaceIndex(n)])));`),
  ).toEqual([
    [null, null],
    [null, null],
    [null, null],
  ]);
});

test('a frame that cannot be sent throws with the code of its errno', async () => {
  expect(
    await run(`${CODE_OF}
      const socket = native.openPacketSocket();
      const frame = new Uint8Array(42).fill(255, 0, 6);
      const codes = [
        codeOf(() => native.sendFrame(socket, native.interfaceIndex('ve0'), frame)),
        codeOf(() => native.sendFrame(socket, 9999, frame)),
        codeOf(() => native.sendFrame(socket, 1, new Uint8Array(13))),
        codeOf(() => native.sendFrame(socket, 1, 'frame')),
      ];
      native.closeSocket(socket);
      native.closeSocket(socket);
      codes.push(codeOf(() => native.sendFrame(socket, 1, frame)));
      console.log(JSON.stringify(codes));`),
  ).toEqual(['none', 'ENXIO', 'EINVAL', 'TypeError', 'EBADF']);
});

test('no descriptor passes on to a child', async () => {
  expect(
    await run(`import { readFileSync } from 'node:fs';
      const O_CLOEXEC = 0o2000000;
      const fds = [native.openPacketSocket().fd, native.openNetlinkSocket([1], 65536).fd];
      console.log(JSON.stringify(fds.map((fd) => {
        const flags = /flags:\\s+0*([0-7]+)/.exec(readFileSync('/proc/self/fdinfo/' + fd, 'utf8'))[1];
        return (parseInt(flags, 8) & O_CLOEXEC) !== 0;
      })));
      process.exit();`),
  ).toEqual([true, true]);
});

test('an exception in the callback of a watch is an ordinary uncaught one, and a closed watch lets the process end', async () => {
  expect(
    await run(`const socket = native.openNetlinkSocket([1], 65536);
      const stop = native.watchReadable(socket, () => { while (native.receiveNetlink(socket)); throw new Error('mine'); });
      process.on('uncaughtException', (error) => {
        stop();
        stop();
        native.closeSocket(socket);
        console.log(JSON.stringify(error.message));
      });
      import('node:child_process').then(({ execFileSync }) => execFileSync('ip', ['link', 'set', 've1', 'down']));`),
  ).toBe('mine');
});

test('a connection is begun from where it is told, and says what became of it', async () => {
  const anywhere = `{ source: '', sourcePort: 0, device: '', mark: 0 }`;
  expect(
    await run(`${CODE_OF}
      import { createServer } from 'node:net';
      const at = (change) => ({ ...${anywhere}, ...change });
      const outcome = (port, origin) => new Promise((resolve) => {
        const socket = native.connectTcp('127.0.0.1', port, origin);
        const stop = native.followSocket(socket, () => {
          stop();
          resolve(native.socketError(socket));
          native.closeSocket(socket);
        });
      });
      const codes = ['no-such-if0', ''].map((device) => codeOf(() => native.connectTcp('192.0.2.1', 80, at({ device }))));
      codes.push(codeOf(() => native.connectTcp('10.0.0.1', 80, at({ source: '192.0.2.1' }))));
      codes.push(codeOf(() => native.connectTcp('nowhere', 80, at({}))));
      const server = createServer().listen(0, '127.0.0.1', async () => {
        const { port } = server.address();
        const peers = [];
        server.on('connection', (peer) => peers.push(peer.remoteAddress + ' ' + (peer.remotePort === 4444)));
        codes.push(await outcome(port, at({ source: '127.0.0.9', sourcePort: 4444, device: 'lo', mark: 7 })));
        server.close();
        codes.push(await outcome(1, at({})), ...peers);
        console.log(JSON.stringify(codes));
        process.exit();
      });`),
  ).toEqual(['ENODEV', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EINVAL', null, 'ECONNREFUSED', '127.0.0.9 true']);
});
