/** The control socket: one JSON line in, one JSON line out, on a Unix socket that only root can open. */
import { mkdir, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';

/** A request is a few words: more is a mistake or an attack. */
const REQUEST_LIMIT_BYTES = 4_096;
const CLIENT_LIMIT = 32;
const IDLE_MS = 5_000;

export type Answer = Readonly<Record<string, unknown>>;
export type CommandTable = Readonly<Record<string, () => Answer>>;

function answerTo(line: string, commands: CommandTable): Answer {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch {
    return { error: 'not a JSON line' };
  }
  const name = (request as { command?: unknown } | null)?.command;
  const found = typeof name === 'string' && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (found === undefined) return { error: `unknown command, one of: ${Object.keys(commands).join(', ')}` };
  return found();
}

function serve(socket: Socket, commands: CommandTable): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\n');
    if (end >= 0) {
      socket.end(`${JSON.stringify(answerTo(text.slice(0, end), commands))}\n`);
    } else if (text.length > REQUEST_LIMIT_BYTES) {
      socket.end(`${JSON.stringify({ error: 'request too long' })}\n`);
    }
  });
}

/** A socket file that nobody answers on was left by a process that was killed. */
async function removeStale(path: string): Promise<void> {
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
  if (alive) throw new Error(`another relived answers on ${path}`);
  await unlink(path).catch(() => {});
}

/** Listens at `path`. @throws if the directory cannot be made or another daemon answers there. */
export async function openControlSocket(path: string, commands: CommandTable): Promise<Server> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await removeStale(path);
  const server = createServer((socket) => serve(socket, commands));
  server.maxConnections = CLIENT_LIMIT;
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', resolve);
  });
  // The file is made while listen() runs, and only root may talk to it.
  const umask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(umask);
  }
  await listening;
  return server;
}
