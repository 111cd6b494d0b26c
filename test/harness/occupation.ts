/**
 * Keeps the event loop of a running daemon from turning, by Node's own inspector: nothing in the program is made for it. The daemon
 * is started with `INSPECTED` in its environment.
 */
import { fileURLToPath } from 'node:url';
import type { Lan } from '../../src/lab/namespaces.ts';

const PORT = 9229;
const CALL = fileURLToPath(new URL('inspect-call.ts', import.meta.url));
const DEADLINE_MS = 60_000;

/** On the loopback of its namespace, where nobody else is. */
export const INSPECTED: NodeJS.ProcessEnv = { NODE_OPTIONS: `--inspect=127.0.0.1:${PORT}` };

/** Value of an expression, of its promise if it is one. Rejects if it throws or the process ends. */
export async function evaluateIn(lan: Lan, host: string, expression: string): Promise<unknown> {
  const argv = [process.execPath, CALL, String(PORT), expression];
  const { stdout } = await lan.exec(host, argv, { timeoutMs: DEADLINE_MS });
  return JSON.parse(stdout);
}

/** Nothing else runs on that thread meanwhile. Gives how long it was, in milliseconds. */
export async function occupy(lan: Lan, host: string, milliseconds: number): Promise<number> {
  const expression = `(() => {
    const began = performance.now();
    while (performance.now() < began + ${milliseconds});
    return performance.now() - began;
  })()`;
  return Number(await evaluateIn(lan, host, expression));
}

/** Fills the heap until one collection of all garbage takes so long; gives how long the longest took, in milliseconds. */
export async function collectGarbage(lan: Lan, host: string, milliseconds: number): Promise<number> {
  const expression = `(async () => {
    process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc');
    const collect = process.getBuiltinModule('node:vm').runInNewContext('gc');
    const ballast = [];
    for (let longest = 0; ; ) {
      const began = performance.now();
      collect();
      longest = Math.max(longest, performance.now() - began);
      if (longest >= ${milliseconds} || ballast.length > 1_000) return longest;
      for (let piece = 0; piece < 20; piece++) {
        ballast.push(Array.from({ length: 20_000 }, (_, index) => ({ index, next: { index } })));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  })()`;
  return Number(await evaluateIn(lan, host, expression));
}
