/** Has a Node of this network namespace, whose inspector listens at this port, evaluate an expression; prints what it gives as JSON. */
const [port, expression] = process.argv.slice(2);

interface Target {
  readonly webSocketDebuggerUrl: string;
}

interface Answer {
  readonly result?: {
    readonly result?: { readonly value?: unknown };
    readonly exceptionDetails?: { readonly exception?: { readonly description?: string } };
  };
}

const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as Target[];
const socket = new WebSocket(targets[0]?.webSocketDebuggerUrl ?? '');
await new Promise((resolve) => socket.addEventListener('open', resolve));
const answered = new Promise<Answer>((resolve, reject) => {
  socket.addEventListener('message', ({ data }) => resolve(JSON.parse(String(data)) as Answer));
  socket.addEventListener('close', () => reject(new Error('it ended before it answered')));
});
const params = { expression, awaitPromise: true, returnByValue: true };
socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params }));
// Whoever started this knows by it that the expression is on its way.
process.stderr.write('sent\n');
const { result } = await answered;
if (result?.exceptionDetails !== undefined)
  throw new Error(result.exceptionDetails.exception?.description ?? 'it failed');
process.stdout.write(JSON.stringify(result?.result?.value ?? null));
process.exit(0);
