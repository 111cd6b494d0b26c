/** The control socket: one JSON line in, one JSON line out, on a Unix socket that only root can open. */
import { mkdir } from 'node:fs/promises';
import type { Server, Socket } from 'node:net';
import { dirname, join } from 'node:path';
import type { Steps } from '../config/steps.ts';
import { AddressInUse, listenUnix } from '../host/unix-listener.ts';
import { realPieces } from './pieces.ts';
import { StartError } from './start-error.ts';

/** A request is a few words: more is a mistake or an attack. */
const REQUEST_LIMIT_BYTES = 4_096;
const CLIENT_LIMIT = 32;
const IDLE_MS = 5_000;
/** From the question to the last that is taken of its answer. */
const ANSWER_MS = 30_000;
const EXIT_FATAL = 1;

export type Answer = Readonly<Record<string, unknown>>;
/** What is asked beside the name of the command is whatever the asker wrote. */
export type CommandTable = Readonly<
  Record<string, (request: Readonly<Record<string, unknown>>) => Answer | Promise<Answer>>
>;

async function answerTo(line: string, commands: CommandTable): Promise<Answer> {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch {
    return { error: 'not a JSON line' };
  }
  const asked = (typeof request === 'object' ? (request ?? {}) : {}) as Readonly<Record<string, unknown>>;
  const name = asked.command;
  const found = typeof name === 'string' && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (found === undefined) return { error: `unknown command, one of: ${Object.keys(commands).join(', ')}` };
  return found(asked);
}

/** As JSON, in steps: the lists of an answer may be megabytes. */
function* textOf(answer: Answer): Steps<string> {
  const fields: string[] = [];
  for (const [name, value] of Object.entries(answer)) {
    if (value === undefined) continue;
    let text: string;
    if (Array.isArray(value)) {
      const parts: string[] = [];
      for (const one of value) {
        parts.push(JSON.stringify(one) ?? 'null');
        yield;
      }
      text = `[${parts.join(',')}]`;
    } else text = JSON.stringify(value);
    fields.push(`${JSON.stringify(name)}:${text}`);
  }
  return `{${fields.join(',')}}`;
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
      socket.removeAllListeners('data').resume();
      socket.setTimeout(ANSWER_MS);
      void answerTo(text.slice(0, end), commands)
        .then((answer) => realPieces.run(textOf(answer)))
        .then((answered) => socket.end(`${answered}\n`));
    } else if (text.length > REQUEST_LIMIT_BYTES) {
      socket.end(`${JSON.stringify({ error: 'request too long' })}\n`);
    }
  });
}

/** Listens at `path`. @throws StartError if the socket cannot be made or another daemon answers there */
export async function openControlSocket(path: string, commands: CommandTable): Promise<Server> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    const server = await listenUnix(path, (socket) => serve(socket, commands));
    server.maxConnections = CLIENT_LIMIT;
    return server;
  } catch (error) {
    if (error instanceof AddressInUse) throw new StartError(`another relived answers on ${path}`, EXIT_FATAL);
    throw new StartError(`control socket ${path}: ${(error as Error).message}`, EXIT_FATAL);
  }
}

/**
 * Two daemons that write into one journal would number their rows alike. The owner listens on a socket in the directory.
 * Null if the directory cannot be written: then there is nothing to protect yet, and history must not stop a router.
 * @throws StartError if another daemon owns it
 */
export async function claimJournal(directory: string): Promise<Server | null> {
  try {
    await mkdir(directory, { mode: 0o700 }).catch(() => {});
    return await listenUnix(join(directory, '.owner'), (socket) => socket.destroy());
  } catch (error) {
    if (error instanceof AddressInUse) {
      throw new StartError(`another relived writes the journal ${directory}`, EXIT_FATAL);
    }
    return null;
  }
}
