/** Command line of genhash, which keepalived has on its own and as its option --genhash. */
import { isIP } from 'node:net';
import { Command, CommanderError } from 'commander';
import type { TextProtocol } from '../../protocol/http.ts';
import { complaint, UsageError } from '../options.ts';

export interface GenhashOptions {
  readonly server: string;
  readonly port: number;
  readonly url: string;
  readonly ssl: boolean;
  /** The virtual host is named in the TLS handshake. */
  readonly sni: boolean;
  readonly virtualHost: string | null;
  readonly protocol: TextProtocol;
  readonly mark: number;
  readonly timeoutMs: number;
  readonly verbose: boolean;
}

const LARGEST_PORT = 65535;
const LARGEST_MARK = 0xffff_ffff;
/** keepalived's connect_timeout. */
const TIMEOUT_S = 5;
const LONGEST_TIMEOUT_S = 3_600;

function genhashCommand(): Command {
  return new Command('genhash')
    .description('MD5 of what an HTTP server answers, for the digest of an HTTP_GET or SSL_GET')
    .option('-s, --server <address>', 'IP address of the server')
    .option('-p, --port <port>', 'its port')
    .option('-u, --url <path>', 'what is asked for')
    .option('-S, --use-ssl', 'by TLS')
    .option('-I, --use-sni', 'name the virtual host in the TLS handshake')
    .option('-V, --use-virtualhost <name>', 'virtual host in the request')
    .option('-P, --protocol <version>', '1.0, 1.0c (with Connection: close) or 1.1')
    .option('-m, --fwmark <mark>', 'firewall mark of its packets')
    .option('-t, --timeout <seconds>', `for the connection and for each part of the answer (${TIMEOUT_S})`)
    .option('-v, --verbose', 'show all that came')
    .allowExcessArguments()
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} });
}

/** What is printed beside a complaint. */
export function genhashHelp(): string {
  return genhashCommand().helpInformation();
}

/** @throws UsageError (keepalived: exit status 1) */
export function parseGenhash(argv: readonly string[]): GenhashOptions {
  const command = genhashCommand();
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new UsageError(error.code === 'commander.helpDisplayed' ? '' : complaint(error));
  }
  if (command.args.length > 0) throw new UsageError(`Unexpected argument(s): ${command.args.join(' ')}`);
  const given = command.opts<Record<string, string | true | undefined>>();
  const text = (name: string): string | null => {
    const value = given[name];
    return typeof value === 'string' ? value : null;
  };
  const server = text('server');
  if (server !== null && isIP(server) === 0) throw new UsageError(`server should be an IP, not ${server}`);
  const port = number(text('port'), 1, LARGEST_PORT, 'port number');
  const url = text('url');
  if (server === null || port === null || url === null)
    throw new UsageError('server, port and url are needed');
  const virtualHost = text('useVirtualhost');
  if (given.useSni === true && (virtualHost === null || given.useSsl !== true))
    throw new UsageError('SNI needs SSL and a virtual host');
  const timeoutS = number(text('timeout'), 1, LONGEST_TIMEOUT_S, 'timeout') ?? TIMEOUT_S;
  return {
    ...{ server, port, url, virtualHost },
    ssl: given.useSsl === true,
    sni: given.useSni === true,
    protocol: protocolOf(text('protocol') ?? '1.0'),
    mark: number(text('fwmark'), 0, LARGEST_MARK, 'fwmark') ?? 0,
    timeoutMs: timeoutS * 1000,
    verbose: given.verbose === true,
  };
}

function protocolOf(text: string): TextProtocol {
  const known = (['1.0', '1.0C', '1.1'] as const).find((each) => each === text.toUpperCase());
  if (known === undefined) throw new UsageError(`invalid HTTP protocol version '${text}'`);
  return known;
}

function number(text: string | null, least: number, most: number, what: string): number | null {
  if (text === null) return null;
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new UsageError(`invalid ${what} '${text}'`);
  return value;
}
