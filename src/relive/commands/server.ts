/** `relive server`: takes real servers out of service and back while the daemon runs. */
import { Command } from 'commander';
import { askDaemon, socketOption, socketsOf } from '../ask-daemon.ts';
import { CliError, EXIT, type OutputOptions, print, withOutput } from '../cli.ts';
import { table } from '../output.ts';

interface ServerOptions extends OutputOptions {
  readonly socket: readonly string[];
  readonly virtual?: string;
}

interface OrderedStatus {
  readonly name: string;
  readonly virtualServer: string;
  readonly state: string;
  readonly weight: number;
}

interface Ordered {
  readonly servers: readonly OrderedStatus[];
  /** Why it could not be written down. */
  readonly notKept?: string;
}

const DUTIES = {
  drain: 'no new connections: it stays in the table with weight 0',
  maint: 'out of the table, whatever its checks say',
  ready: 'as its checks say',
} as const;

export function serverCommand(): Command {
  const server = new Command('server')
    .description(
      'orders to real servers of the running daemon, kept until the next order, also over restarts',
    )
    .enablePositionalOptions();
  for (const [order, description] of Object.entries(DUTIES)) {
    withOptions(server.command(`${order} <server>`).description(description)).action(
      (name: string, options: ServerOptions) => give({ order, server: name }, options),
    );
  }
  withOptions(
    server
      .command('weight <server> <weight>')
      .description('a weight in place of the configured one, or `auto` for that again'),
  ).action((name: string, weight: string, options: ServerOptions) =>
    give({ order: 'weight', server: name, weight: weightOf(weight) }, options),
  );
  return server;
}

/** A server is an address, which stands for all its ports, ADDRESS:PORT, [ADDRESS]:PORT or a name of `relive status`. */
function withOptions(command: Command): Command {
  return withOutput(
    command
      .addOption(socketOption())
      .option('--virtual <name>', 'only of this virtual server, as `relive status` calls it'),
  );
}

function weightOf(text: string): number | null {
  if (text === 'auto') return null;
  if (!/^\d+$/.test(text)) throw new CliError(EXIT.usage, `${text} is neither a weight nor \`auto\``);
  return Number(text);
}

async function give(order: object, options: ServerOptions): Promise<void> {
  const { virtual, output } = options;
  const request = { command: 'server', ...order, ...(virtual === undefined ? {} : { virtual }) };
  const ordered: OrderedStatus[] = [];
  for (const path of await socketsOf(options)) {
    const { servers, notKept } = (await askDaemon(path, request)) as Ordered;
    if (notKept !== undefined) {
      process.stderr.write(`relive: the order holds, but not over a restart of the daemon: ${notKept}\n`);
    }
    ordered.push(...servers);
  }
  if (output === 'json') print(JSON.stringify(ordered, null, 2));
  else if (output === 'jsonl') for (const each of ordered) print(JSON.stringify(each));
  else for (const line of table([HEAD, ...ordered.map(cells)])) print(line);
}

const HEAD = ['virtual server', 'real server', 'state', 'weight'];

function cells({ name, virtualServer, state, weight }: OrderedStatus): string[] {
  return [virtualServer, name, state, String(weight)];
}
