/** One question to a daemon's control socket. */
import { connect } from 'node:net';

/** A busy machine takes its time. */
const ANSWER_MS = 15_000;

/** The answer, as it was parsed. Rejects if there is none. */
export function askDaemon(control: string, command: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(control);
    let text = '';
    socket.setEncoding('utf8');
    socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error(`${control}: no answer`)));
    socket.on('connect', () => socket.write(`${JSON.stringify({ command })}\n`));
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      try {
        resolve(JSON.parse(text));
      } catch (error) {
        reject(error);
      }
    });
  });
}
