/** genhash: what a server answers, as the digest that a check compares with. It prints what keepalived's prints. */
import { createHash, type Hash } from 'node:crypto';
import { lastValueFrom, TimeoutError, tap, timeout } from 'rxjs';
import { HttpFailure, type HttpProgress, httpExchange } from '../../io/probes/http-exchange.ts';
import { hostOf, httpRequest } from '../../protocol/http.ts';
import { UsageError } from '../options.ts';
import { hexDump } from './hex-dump.ts';
import { type GenhashOptions, genhashHelp, parseGenhash } from './options.ts';

/** Standard output and error. */
export interface Printer {
  readonly out: (text: string | Uint8Array) => void;
  readonly talk: (text: string) => void;
}

const HEADING = {
  header: '-----------------------[    HTTP Header Buffer    ]-----------------------\n',
  headerText: '-----------------------[ HTTP Header Ascii Buffer ]-----------------------\n',
  body: '-----------------------[        HTML Buffer        ]-----------------------\n',
  hash: '-----------------------[    HTML hash resulting    ]-----------------------\n',
  finalHash: '-----------------------[ HTML hash final resulting ]-----------------------\n',
} as const;

/** Exit status: 0, whatever came of it (as keepalived has it), or 1 for a command line that cannot be used. */
export async function genhash(argv: readonly string[], print: Printer): Promise<number> {
  try {
    await ask(parseGenhash(argv), print);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    if (error.message !== '') print.talk(`${error.message}\n`);
    print.talk(genhashHelp());
    return UsageError.exitCode;
  }
}

async function ask(options: GenhashOptions, print: Printer): Promise<void> {
  const begunNs = process.hrtime.bigint();
  const answer = new Answer(options.verbose, print);
  const { server, port, url, virtualHost, protocol, ssl, sni, mark, timeoutMs } = options;
  const exchange = httpExchange({
    target: { address: server, port },
    origin: { source: '', sourcePort: 0, device: '', mark },
    request: httpRequest(url, virtualHost ?? hostOf(server, port), protocol),
    tls: ssl ? { serverName: sni ? virtualHost : null } : null,
  });
  try {
    await lastValueFrom(
      exchange.pipe(
        timeout({ each: timeoutMs }),
        tap((progress) => answer.follow(progress)),
      ),
      { defaultValue: null },
    );
    answer.end();
  } catch (error) {
    answer.fail(error);
  }
  if (!options.verbose) return;
  const tookUs = (process.hrtime.bigint() - begunNs) / 1000n;
  print.out(`\nGlobal response time for [${url}] = ${tookUs} usecs\n`);
}

/** Its digest grows with it: however long it is, nothing of it is kept. */
class Answer {
  readonly #verbose: boolean;
  readonly #print: Printer;
  readonly #hash: Hash = createHash('md5');
  #isConnected = false;
  #hasBegun = false;
  #hasHeader = false;
  #hasBody = false;

  constructor(verbose: boolean, print: Printer) {
    this.#verbose = verbose;
    this.#print = print;
  }

  follow(progress: HttpProgress): void {
    this.#isConnected = true;
    if (progress.kind === 'connected') return;
    this.#begin();
    const { header, body } = progress;
    if (header !== null) {
      this.#hasHeader = true;
      this.#show(hexDump(header.bytes) + HEADING.headerText);
      this.#show(header.bytes);
      this.#show('\n');
    }
    if (body.length === 0) return;
    this.#hash.update(body);
    if (!this.#hasBody) this.#show(HEADING.body);
    this.#hasBody = true;
    this.#show(hexDump(body));
  }

  end(): void {
    this.#begin();
    const digest = this.#hash.digest();
    this.#show(`\n${HEADING.hash}${hexDump(digest)}${HEADING.finalHash}`);
    if (this.#hasHeader) this.#print.out(`${digest.toString('hex')}\n`);
    else this.#print.talk('no data received from remote webserver\n');
  }

  fail(error: unknown): void {
    if (error instanceof HttpFailure && error.stage === 'tls') {
      this.#print.out('SSL handshake/communication error connecting to\n');
    } else if (this.#isConnected) {
      this.#print.out(error instanceof TimeoutError ? 'Timeout WEB read\n' : `${String(error)}\n`);
    } else {
      this.#print.out('Connection failed\n');
    }
  }

  #begin(): void {
    if (!this.#hasBegun) this.#show(HEADING.header);
    this.#hasBegun = true;
  }

  #show(text: string | Uint8Array): void {
    if (this.#verbose) this.#print.out(text);
  }
}
