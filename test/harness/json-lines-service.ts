/**
 * The inner half of a conversation by JSON lines: `{id, method, args}` on standard input is answered with
 * `{id, result}` or `{id, error}` on standard output; what happens by itself is told as `{push}`.
 */
import { createInterface } from 'node:readline';

export type Methods = Readonly<Record<string, (...args: never[]) => unknown>>;

export interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export type Reply =
  | { readonly id: number; readonly result?: unknown }
  | { readonly id: number; readonly error: string }
  | { readonly push: unknown };

function say(reply: Reply): void {
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

export function push(message: unknown): void {
  say({ push: message });
}

/** Calls methods in the order they are asked for; each begins as its line comes. `end` runs when the input ends. */
export function serve(methods: Methods, end: () => void): void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', async (line) => {
    const { id, method, args }: Call = JSON.parse(line);
    try {
      const perform = methods[method] as ((...args: readonly unknown[]) => unknown) | undefined;
      if (perform === undefined) throw new Error(`no method ${method}`);
      say({ id, result: await perform(...args) });
    } catch (error) {
      say({ id, error: error instanceof Error ? error.message : String(error) });
    }
  });
  lines.on('close', end);
}
