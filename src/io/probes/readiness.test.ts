import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { followSocket } from '../../../native/readiness.ts';
import { closeSocket, type OpenSocket, readSocket } from '../../../native/socket.ts';
import { connectTcp } from '../../../native/tcp.ts';
import { waitFor } from '../../lab/run.ts';
import { ANY_ORIGIN } from './tcp-connect.ts';

/** More than are told of in one turn. */
const MANY = 700;
const DEADLINE_MS = 10_000;

const servers: Server[] = [];
const peers: Socket[] = [];

async function listen(greets: (peer: Socket) => void): Promise<number> {
  const server = createServer((peer) => {
    peers.push(peer.on('error', () => {}));
    greets(peer);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1', 1_024);
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

const open = (port: number): OpenSocket => connectTcp('127.0.0.1', port, ANY_ORIGIN);

afterEach(() => {
  for (const peer of peers.splice(0)) peer.destroy();
  for (const server of servers.splice(0)) server.close();
});

it('tells each of many sockets that it is connected', async () => {
  const port = await listen(() => {});
  const connected = new Set<number>();
  const sockets = Array.from({ length: MANY }, () => open(port));
  const stops = sockets.map((socket) =>
    followSocket(socket, ({ writable, failed }) => {
      if (writable && !failed) connected.add(socket.fd);
    }),
  );
  await waitFor(() => connected.size === MANY, { deadlineMs: DEADLINE_MS, what: 'all connections' });
  for (const stop of stops) stop();
  for (const socket of sockets) closeSocket(socket);
});

it('does not tell a socket what happened to another one that had its descriptor', async () => {
  const port = await listen((peer) => peer.end('gone'));
  const heard: string[] = [];
  const reopen = (name: string): void => {
    const socket = open(port);
    const stop = followSocket(socket, () => {
      heard.push(name);
      stop();
      closeSocket(socket);
      // The same number again, while news of it may wait in the very same turn.
      if (heard.length < MANY) reopen(`${heard.length}`);
    });
  };
  for (const name of ['a', 'b', 'c']) reopen(name);
  await waitFor(() => heard.length >= MANY, { deadlineMs: DEADLINE_MS, what: 'so many connections' });
  expect(new Set(heard).size).toBe(heard.length);
});

it('another listener takes over, and what is read is all that came', async () => {
  const port = await listen((peer) => peer.end('all of it'));
  const socket = open(port);
  const text = await new Promise<string>((resolve) => {
    const into = new Uint8Array(64);
    let read = '';
    const readAll = (): void => {
      for (let length = readSocket(socket, into); length !== -1; length = readSocket(socket, into)) {
        if (length === 0) {
          resolve(read);
          return;
        }
        read += Buffer.from(into.subarray(0, length)).toString();
      }
    };
    followSocket(socket, () => {
      followSocket(socket, readAll);
      readAll();
    });
  });
  closeSocket(socket);
  expect(text).toBe('all of it');
});

it('a refused connection has failed', async () => {
  const port = await listen(() => {});
  servers[0]?.close();
  const socket = open(port);
  const failed = await new Promise<boolean>((resolve) => {
    followSocket(socket, (change) => resolve(change.failed));
  });
  closeSocket(socket);
  expect(failed).toBe(true);
});
