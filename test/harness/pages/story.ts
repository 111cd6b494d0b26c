/**
 * Pages that fail in one way after the other, as a program that checks them lives through it: a server in clear with three
 * urls, one by TLS with two, and one that is not there. Each step waits for what the log says of the one before.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lan } from '../../../src/lab/namespaces.ts';
import type { RouterProgram } from '../../../src/lab/routers.ts';
import { waitFor } from '../../../src/lab/run.ts';
import { selfSigned } from '../certificates.ts';
import { script } from '../notice-story.ts';
import { RouterProcess } from '../router.ts';
import { type Answer, page } from './answers.ts';

/** Seconds. */
export interface Pace {
  readonly delayLoop: number;
  readonly retry: number;
  readonly timeout: number;
  /** For one step. */
  readonly deadline: number;
}

export interface Lived {
  /** By real server: what the log says of it, without the time before it. */
  readonly log: Readonly<Record<'clear' | 'tls' | 'none', readonly string[]>>;
  /** By real server: what the FIFO says of it. */
  readonly fifo: Readonly<Record<'clear' | 'tls' | 'none', readonly string[]>>;
  /** What the two servers were asked, in order; the name of the handshake behind it. */
  readonly asked: Readonly<Record<'clear' | 'tls', readonly string[]>>;
}

const SERVICE = '10.77.0.100 80';
const [CLEAR, TLS, NONE] = [8080, 8443, 8081];
const child = fileURLToPath(new URL('page-server.ts', import.meta.url));

const GOOD = {
  '/status': page('any', '302 Found'),
  '/digest': page('exactly this'),
  '/regex': page('it is OK\n'),
  '/one': page('one'),
  '/two': page('two'),
} satisfies Record<string, Answer>;

const realServer = (lan: Lan, port: number): string => `[${lan.address('a')}]:tcp:${port}`;

/** The one in clear, the one by TLS, and the one that is not there. */
export function realServers(lan: Lan): readonly [clear: string, tls: string, none: string] {
  return [realServer(lan, CLEAR), realServer(lan, TLS), realServer(lan, NONE)];
}

function configuration(lan: Lan, directory: string, { delayLoop, retry, timeout }: Pace): string {
  const address = lan.address('a');
  const digest = createHash('md5').update('exactly this').digest('hex');
  return `global_defs {
  router_id r
  script_user root
  lvs_notify_fifo ${directory}/fifo
  lvs_notify_fifo_script "${directory}/reader"
}
virtual_server ${SERVICE} {
  delay_loop ${delayLoop}
  warmup 0
  retry 1
  delay_before_retry ${retry}
  connect_timeout ${timeout}
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  virtualhost vs.example
  real_server ${address} ${CLEAR} {
    HTTP_GET {
      log_all_failures
      http_protocol 1.1
      url {
        path /status
        status_code 302 200-204
      }
      url {
        path /digest
        digest ${digest}
        virtualhost url.example
      }
      url {
        path /regex
        regex "is +OK"
        regex_options caseless
      }
    }
  }
  real_server ${address} ${TLS} {
    virtualhost rs.example
    SSL_GET {
      log_all_failures
      enable_sni
      fast_recovery
      url {
        path /one
      }
      url {
        path /two
        virtualhost two.example
      }
    }
  }
  real_server ${address} ${NONE} {
    HTTP_GET {
      log_all_failures
      url {
        path /
      }
    }
  }
}
`;
}

/** Lives through it with a program on host `r`; the servers are on host `a`. */
export async function livePages(
  lan: Lan,
  program: RouterProgram,
  directory: string,
  pace: Pace,
): Promise<Lived> {
  chmodSync(directory, 0o755);
  script(directory, 'reader', `trap "" TERM; cat "$1" >>${directory}/said`);
  const servers = await Promise.all([
    serve(lan, directory, 'clear', CLEAR),
    serve(lan, directory, 'tls', TLS, selfSigned(directory, 'server')),
  ]);
  const router = await RouterProcess.start(lan, 'r', {
    ...{ program, directory, configuration: configuration(lan, directory, pace) },
  });
  try {
    await steps(lan, router, directory, pace.deadline * 1000);
    await router.stop();
    return {
      log: {
        clear: said(router.log, realServer(lan, CLEAR)),
        tls: said(router.log, realServer(lan, TLS)),
        none: said(router.log, realServer(lan, NONE)),
      },
      fifo: {
        clear: told(directory, realServer(lan, CLEAR)),
        tls: told(directory, realServer(lan, TLS)),
        none: told(directory, realServer(lan, NONE)),
      },
      asked: { clear: asked(directory, 'clear'), tls: asked(directory, 'tls') },
    };
  } finally {
    await router.stop();
    for (const server of servers) server.kill('SIGKILL');
  }
}

async function serve(
  lan: Lan,
  directory: string,
  name: string,
  port: number,
  certificate?: ReturnType<typeof selfSigned>,
) {
  answer(directory, {});
  const files = [join(directory, 'answers'), join(directory, `asked-${name}`)];
  appendFileSync(files[1] ?? '', '');
  const tls = certificate === undefined ? [] : [certificate.keyFile, certificate.certificateFile];
  const server = lan.spawn('a', [process.execPath, child, ...files, String(port), ...tls]);
  let words = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on('data', (text: Buffer) => {
      words += text.toString();
    });
  }
  await waitFor(() => words.includes('up\n'), {
    deadlineMs: 60_000,
    intervalMs: 20,
    what: `${name}: ${words}`,
  });
  return server;
}

/** From now on. The others answer as they should. */
function answer(directory: string, bad: Readonly<Record<string, Answer>>): void {
  writeFileSync(join(directory, 'answers.new'), JSON.stringify({ ...GOOD, ...bad }));
  renameSync(join(directory, 'answers.new'), join(directory, 'answers'));
}

async function steps(lan: Lan, router: RouterProcess, directory: string, deadlineMs: number): Promise<void> {
  const [clear, tls] = [realServer(lan, CLEAR), realServer(lan, TLS)];
  let seen = 0;
  /** Until the log has said this once more since the last step. */
  const until = async (line: string): Promise<void> => {
    await waitFor(() => router.log.indexOf(line, seen) >= 0, { deadlineMs, intervalMs: 5, what: line }).catch(
      (error: Error) => {
        throw new Error(`${error.message}\n${router.log}`);
      },
    );
    seen = router.log.indexOf(line, seen) + line.length;
  };
  const fallen = (server: string): string => `Removing service ${server} from VS`;
  const risen = (server: string): string => `Adding service ${server} to VS`;
  const succeeds = `Remote Web server ${clear} succeed on service.`;
  await waitFor(() => router.log.includes(`Remote Web server ${tls} succeed`), {
    ...{ deadlineMs, intervalMs: 5, what: 'the first success by TLS' },
  });
  await until(succeeds);
  const breaks = async (path: string, bad: Answer, server = clear): Promise<void> => {
    answer(directory, { [path]: bad });
    await until(fallen(server));
    answer(directory, {});
    await until(risen(server));
  };
  await breaks('/digest', page('not this'));
  await breaks('/regex', page('it is KO\n'));
  await breaks('/status', page('any', '503 Service Unavailable'));
  await breaks('/status', { kind: 'silence' });
  await breaks('/digest', { kind: 'send', text: '' });
  await breaks('/digest', { kind: 'reset' });
  // While it comes up, another one fails.
  answer(directory, { '/regex': page('no') });
  await until(fallen(clear));
  const count = asked(directory, 'clear').length;
  answer(directory, { '/status': page('', '500 No') });
  await waitFor(() => asked(directory, 'clear').slice(count).filter(isOfStatus).length >= 2, {
    ...{ deadlineMs, intervalMs: 5, what: 'another page that fails' },
  });
  answer(directory, {});
  await until(risen(clear));
  await breaks('/two', page('two', '404 Not Found'), tls);
}

const isOfStatus = (request: string): boolean => request.startsWith('GET /status ');

function said(log: string, server: string): string[] {
  const lines = log.split('\n').map((line) => line.replace(/^.* \d{4}: /, ''));
  return lines.filter((line) => line.includes(server));
}

function told(directory: string, server: string): string[] {
  const lines = readFileSync(join(directory, 'said'), 'latin1').replaceAll('\0', '').split('\n');
  return lines.filter((line) => line.includes(server));
}

function asked(directory: string, name: string): string[] {
  const lines = readFileSync(join(directory, `asked-${name}`), 'utf8')
    .trimEnd()
    .split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const { request, servername } = JSON.parse(line) as { request: string; servername: unknown };
      return servername === null ? request : `${request} ${String(servername)}`;
    });
}
