/** TCP servers and clients in the network namespace it is started in. Servers say their name first, then repeat all they hear. */
import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { serve } from './json-lines-service.ts';

const ANSWER_MS = 5_000;

interface Listening {
  readonly server: Server;
  readonly sockets: Set<Socket>;
}

const servers = new Map<string, Listening>();
const kept: Socket[] = [];

async function firstOf(socket: Socket): Promise<string> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  try {
    const [text] = await once(socket, 'data', { signal });
    return String(text).trim();
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

const methods = {
  async listen(name: string, address: string, port: number): Promise<void> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      // A checker that has connected hangs up at once.
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
      socket.write(`${name}\n`);
      socket.pipe(socket);
    });
    server.listen(port, address);
    await once(server, 'listening');
    servers.set(`${address} ${port}`, { server, sockets });
  },

  /** As if the server had died, but for its address. */
  async shut(address: string, port: number): Promise<void> {
    const found = servers.get(`${address} ${port}`);
    if (found === undefined) throw new Error(`nothing listens at ${address} ${port}`);
    servers.delete(`${address} ${port}`);
    found.server.close();
    for (const socket of found.sockets) socket.destroy();
    await once(found.server, 'close');
  },

  /** Names of those who answered so many connections one after another; what went wrong in place of a name. */
  async visit(address: string, port: number, times: number): Promise<readonly string[]> {
    const names: string[] = [];
    for (let visit = 0; visit < times; visit++) {
      const socket = dial(port, address).on('error', () => {});
      names.push(await firstOf(socket).catch((error: Error) => error.message));
      socket.destroy();
    }
    return names;
  },

  /** A connection that stays. Gives its number and who answered. */
  async keep(address: string, port: number): Promise<{ readonly number: number; readonly name: string }> {
    const socket = dial(port, address).on('error', () => {});
    const name = await firstOf(socket);
    return { number: kept.push(socket) - 1, name };
  },

  /** Says something on a connection that stays, and gives what comes back. */
  async say(number: number, text: string): Promise<string> {
    const socket = kept[number];
    if (socket === undefined) throw new Error(`no connection ${number}`);
    socket.write(`${text}\n`);
    return firstOf(socket);
  },
};

export type EchoService = typeof methods;

serve(methods, () => process.exit());
