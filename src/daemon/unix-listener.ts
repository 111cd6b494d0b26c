/** A Unix socket with one owner: a file that nobody answers on was left by a process that was killed. */
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Somebody answers there. */
export class AddressInUse extends Error {}

async function removeStale(path: string): Promise<void> {
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
  if (alive) throw new AddressInUse(path);
  await unlink(path).catch(() => {});
}

/**
 * Listens at `path`; only root may connect. Works across network namespaces, unlike an abstract address.
 * @throws AddressInUse, or what the file system says
 */
export async function listenUnix(path: string, serve: (socket: Socket) => void): Promise<Server> {
  await removeStale(path);
  const server = createServer(serve);
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', resolve);
  });
  // The file is made while listen() runs.
  const umask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(umask);
  }
  await listening;
  return server;
}
