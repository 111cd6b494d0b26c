/** Servers on this machine, good ones and bad ones, for the tests of whoever asks them. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach } from 'vitest';

export interface LocalServers {
  /** Has a server listen, and gives its port. */
  readonly listening: (server: Server) => Promise<number>;
  /** That were accepted in this test. */
  readonly connections: ReadonlySet<Socket>;
}

/** Servers and their connections are gone after each test of the file that calls this. */
export function localServers(): LocalServers {
  const servers = new Set<Server>();
  const connections = new Set<Socket>();
  afterEach(async () => {
    for (const connection of connections) connection.destroy();
    const closed = [...servers].map((server) => new Promise((resolve) => server.close(resolve)));
    servers.clear();
    connections.clear();
    await Promise.all(closed);
  });
  const listening: LocalServers['listening'] = async (server) => {
    servers.add(server);
    server.on('connection', (connection) => {
      connections.add(connection);
      connection.on('error', () => {});
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  return { listening, connections };
}

/** Where nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Sends the same without end, as fast as it is read. */
export function flood(connection: Socket, piece: Uint8Array = Buffer.alloc(256 * 1024, 'x')): void {
  const more = (): void => {
    while (!connection.destroyed && connection.write(piece));
    if (!connection.destroyed) connection.once('drain', more);
  };
  more();
}

/** Sends a text over and over, a byte each time. */
export function drip(connection: Socket, text: string, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => connection.write(text[at++ % text.length] ?? ''), everyMs);
  connection.once('close', () => clearInterval(timer));
}
