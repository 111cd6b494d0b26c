/** `relive view`: serves the visualizer until it is told to stop. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { openSources } from './journal-source.ts';
import { isLoopback, type ListenAddress, startView, type View } from './server.ts';
import type { JournalSource } from './source.ts';

const DEFAULT_LISTEN: ListenAddress = { host: '127.0.0.1', port: 8112 };

export interface ViewSurroundings {
  /** Journal directories to show, given those that the command line names (perhaps none). */
  readonly directories: (named: readonly string[]) => Promise<readonly string[]>;
  /** The error to end with when the page cannot be served. */
  readonly failure: (message: string) => Error;
}

/** `127.0.0.1:8112`, `[::1]:8112`, `localhost:0` or `:8112`. Anything but loopback is refused. */
export function parseListen(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? Number.NaN);
  if (match === null || !(port <= 65_535))
    throw new InvalidArgumentError('an address and a port, 127.0.0.1:8112');
  const host = match[1] ?? (match[2] || DEFAULT_LISTEN.host);
  if (!isLoopback(host)) {
    throw new InvalidArgumentError(
      'only loopback addresses: histories are for this machine, use a tunnel from others',
    );
  }
  return { host, port };
}

/** Resolves at the first SIGTERM or SIGINT. */
function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

export function viewCommand(surroundings: ViewSurroundings): Command {
  const listen = new Option('-l, --listen <address:port>', 'loopback address to serve on')
    .argParser(parseListen)
    .default(DEFAULT_LISTEN, `${DEFAULT_LISTEN.host}:${DEFAULT_LISTEN.port}`);
  return new Command('view')
    .description('show the statecharts, live and through the whole history, on a page of this machine')
    .argument('[directory...]', 'journal directories')
    .addOption(listen)
    .action((named: readonly string[], options: { listen: ListenAddress }) =>
      serve(named, options.listen, surroundings),
    );
}

async function serve(
  named: readonly string[],
  listen: ListenAddress,
  { directories, failure }: ViewSurroundings,
): Promise<void> {
  const paths = await directories(named);
  let sources: readonly JournalSource[] = [];
  let view: View;
  try {
    sources = openSources(paths);
    view = await startView({ sources, listen });
  } catch (error) {
    for (const source of sources) source.close();
    throw failure(`cannot serve the page: ${error instanceof Error ? error.message : String(error)}`);
  }
  process.stdout.write(`listening on ${view.url}\n`);
  await toldToStop();
  await view.close();
  for (const source of sources) source.close();
}
