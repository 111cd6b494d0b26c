/** A Unix socket with one owner: a file that nobody answers on was left by a process that was killed. */
import { lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Root alone, or whoever owns the file. */
const OWNER_ONLY = 0o600;

/** Somebody answers there. */
export class AddressInUse extends Error {}

/** Only a socket is ever removed: whatever else has that name was put there by a mistake, and stays. */
async function removeStale(path: string): Promise<void> {
  const isSocket = await lstat(path).then(
    (found) => found.isSocket(),
    () => false,
  );
  if (!isSocket) return;
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
 * Has a server listen at `path`, for those whom `mode` allows to connect. Works across network namespaces, unlike an
 * abstract address. @throws AddressInUse, or what the file system says
 */
export async function bindUnix(server: Server, path: string, mode = OWNER_ONLY): Promise<void> {
  await removeStale(path);
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  // The file is made while listen() runs: nobody else can connect before its mode is right.
  const umask = process.umask(0o777 & ~mode);
  try {
    server.listen(path);
  } finally {
    process.umask(umask);
  }
  await listening;
}

/** Listens at `path`; only root may connect. @throws AddressInUse, or what the file system says */
export async function listenUnix(path: string, serve: (socket: Socket) => void): Promise<Server> {
  const server = createServer(serve);
  await bindUnix(server, path);
  return server;
}
