/** `relive view`: serves the visualizer until it is told to stop. */
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  DEFAULT_LISTEN,
  formatListen,
  type ListenAddress,
  needsToken,
  parseListenAddress,
} from '../config/listen-address.ts';
import type { Explainer } from './explain-api.ts';
import type { CompareClocks } from './history/answers.ts';
import { openSources, withWhatIfs } from './journal-source.ts';
import { readAhead } from './read-ahead.ts';
import { startView, type View } from './server.ts';
import type { JournalSource } from './source.ts';
import { newToken, readToken } from './token.ts';

export interface ViewSurroundings {
  /** Journal directories to show, given those that the command line names (perhaps none). */
  readonly directories: (named: readonly string[]) => Promise<readonly string[]>;
  /** How the clocks of several nodes are compared; absent: they are not. */
  readonly compareClocks?: (
    nodes: () => readonly { readonly node: string; readonly directory: string }[],
  ) => CompareClocks;
  /** The error to end with when the page cannot be served. */
  readonly failure: (message: string) => Error;
  /** What explains rows to pages; they do not tell without it. */
  readonly explainer?: () => Explainer;
}

interface Options {
  readonly listen: ListenAddress;
  readonly socketMode: number;
  readonly tokenFile?: string;
  readonly name: readonly string[];
  readonly against: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

export function parseListen(text: string): ListenAddress {
  const listen = parseListenAddress(text);
  if (typeof listen === 'string') throw new InvalidArgumentError(listen);
  return listen;
}

function parseMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new InvalidArgumentError('three octal digits, 660');
  return Number.parseInt(text, 8);
}

/** Resolves at the first SIGTERM or SIGINT. */
function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

export function viewCommand(surroundings: ViewSurroundings): Command {
  const listen = new Option('-l, --listen <address>', 'address and port, or unix:/path, to serve on')
    .argParser(parseListen)
    .default(DEFAULT_LISTEN, formatListen(DEFAULT_LISTEN));
  const mode = new Option('--socket-mode <mode>', 'who may connect to the Unix socket')
    .argParser(parseMode)
    .default(0o600, '600');
  return new Command('view')
    .description('show the statecharts, live and through the whole history, on a page of this machine')
    .argument('[directory...]', 'journal directories')
    .addOption(listen)
    .addOption(mode)
    .option(
      '--token-file <file>',
      'the token that a page must know; without it other addresses get a new one',
    )
    .option(
      '--name <name>',
      'a further name of this server in addresses of the page; may be repeated',
      (name: string, names: readonly string[]) => [...names, name],
      [],
    )
    .option(
      '--against <directory>',
      'what relive whatif --write wrote, beside what is recorded; may be repeated',
      (directory: string, others: readonly string[]) => [...others, directory],
      [],
    )
    .option('--tls-cert <file>', 'serve by TLS: certificate and its chain')
    .option('--tls-key <file>', 'key of the certificate')
    .action((named: readonly string[], options: Options) => serve(named, options, surroundings));
}

function tlsOf({ tlsCert, tlsKey }: Options): { readonly certificate: string; readonly key: string } | null {
  if (tlsCert === undefined && tlsKey === undefined) return null;
  if (tlsCert === undefined || tlsKey === undefined)
    throw new Error('--tls-cert and --tls-key belong together');
  return { certificate: tlsCert, key: tlsKey };
}

/** A new token is told once, in the part of the address that browsers send to nobody. */
function talk(view: View, { listen, tokenFile }: Options, token: string | null, isSecure: boolean): void {
  const secret = token !== null && tokenFile === undefined ? `#token=${token}` : '';
  process.stdout.write(`listening on ${view.url}${secret}\n`);
  if (needsToken(listen) && !isSecure) {
    process.stderr.write(
      'relive: served without TLS: whoever is on the way reads the token and the history; --tls-cert and --tls-key, or a proxy, prevent it\n',
    );
  }
}

async function serve(
  named: readonly string[],
  options: Options,
  { directories, failure, compareClocks, explainer }: ViewSurroundings,
): Promise<void> {
  const paths = await directories(named);
  let sources: readonly JournalSource[] = [];
  let view: View;
  try {
    const { listen, socketMode, tokenFile, name: names } = options;
    const tls = tlsOf(options);
    const token = tokenFile === undefined ? (needsToken(listen) ? newToken() : null) : readToken(tokenFile);
    const recorded = openSources(paths);
    sources = recorded;
    sources = withWhatIfs(recorded, options.against);
    const clocked = (): { node: string; directory: string }[] =>
      recorded.map(({ node, directory }) => ({ node, directory }));
    view = await startView({
      sources,
      listen,
      socketMode,
      token,
      names,
      tls,
      explainer: explainer?.() ?? null,
      compareClocks: compareClocks?.(clocked) ?? null,
    });
    talk(view, options, token, tls !== null);
  } catch (error) {
    for (const source of sources) source.close();
    throw failure(`cannot serve the page: ${error instanceof Error ? error.message : String(error)}`);
  }
  const stopReading = readAhead([...paths, ...options.against]);
  await toldToStop();
  stopReading();
  await view.close();
  for (const source of sources) source.close();
}
