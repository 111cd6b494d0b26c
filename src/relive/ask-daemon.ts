/** A running daemon, asked over its control socket. */
import { connect } from 'node:net';
import { Option } from 'commander';
import { labRecord } from './journals.ts';

const DEFAULT_SOCKET = '/run/relived/control.sock';
/** One with ten thousand real servers, which goes on with its work meanwhile, takes a second or two. */
const ANSWER_MS = 10_000;
/** A daemon with a thousand instances answers about half a megabyte. */
const ANSWER_BYTES = 16 * 1024 * 1024;

/** `--socket`, once or several times. */
export function socketOption(): Option {
  const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];
  return new Option(
    '--socket <path>',
    `control socket, repeat it for several (default: the running lab's, ${DEFAULT_SOCKET})`,
  )
    .argParser(collect)
    .default([], '');
}

export async function socketsOf(options: { readonly socket: readonly string[] }): Promise<readonly string[]> {
  if (options.socket.length > 0) return options.socket;
  const lab = await labRecord();
  const ofLab = Object.values(lab?.control ?? {});
  return ofLab.length > 0 ? ofLab : [DEFAULT_SOCKET];
}

/**
 * Sends one request to the daemon that listens on `path`; gives its answer, an object.
 * @throws Error that says why there is none, or what the daemon says against the request
 */
export function askDaemon(path: string, request: Readonly<Record<string, unknown>>): Promise<object> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = '';
    const fail = (why: string): void => {
      socket.destroy();
      reject(new Error(`${path}: ${why}`));
    };
    socket.setEncoding('utf8');
    socket.setTimeout(ANSWER_MS, () => fail('no answer'));
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('error', (error: NodeJS.ErrnoException) => fail(whyNot(error)));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > ANSWER_BYTES) fail('the answer is too long');
      if (text.includes('\n')) socket.end();
    });
    socket.on('close', () => {
      try {
        resolve(parseAnswer(text));
      } catch (error) {
        fail(error instanceof Error ? error.message : String(error));
      }
    });
  });
}

function whyNot(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'no such socket: relived does not run here';
  if (error.code === 'ECONNREFUSED') return 'nobody listens: relived does not run any more';
  if (error.code === 'EACCES') return 'permission denied: only root may ask';
  return error.message;
}

function parseAnswer(text: string): object {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new Error('not an answer of relived');
  if ('error' in value) throw new Error(String(value.error));
  return value;
}
