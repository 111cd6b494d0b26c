/** What keepalived does not check: HTTP/2, certificates and the health of gRPC, as a daemon lives through it. */
import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { selfSigned, signedBy } from '../harness/certificates.ts';
import { type Mood, PORTS } from '../harness/http2-server.ts';
import { withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { journals, relive } from '../harness/relive.ts';
import { RouterProcess, routerFiles } from '../harness/router.ts';

const child = fileURLToPath(new URL('../harness/http2-server.ts', import.meta.url));
/** A busy machine takes its time to load a program. */
const DEADLINE_MS = 40_000;
const GOOD: Mood = { clear: 'good', tls: 'good', grpc: 'good' };

let log = '';
let status = '';
let rows = '';
let verified: number | null = null;
let names: Readonly<Record<keyof Mood, string>>;

function configuration(address: string, directory: string): string {
  return `global_defs {
  router_id r
}
virtual_server 10.77.0.100 80 {
  delay_loop 0.1
  warmup 0
  retry 1
  delay_before_retry 0.05
  connect_timeout 5
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  real_server ${address} ${PORTS.clear} {
    HTTP_GET {
      http_protocol 2
      url {
        path /
        regex "is OK"
      }
    }
  }
  real_server ${address} ${PORTS.tls} {
    SSL_GET {
      http_protocol 2
      sni_name www.example
      tls_verify
      tls_ca ${directory}/authority.crt
      tls_expiry_warning 30
      url {
        path /
      }
    }
  }
  real_server ${address} ${PORTS.grpc} {
    GRPC_CHECK {
      service a.B
    }
  }
}
`;
}

function certificates(directory: string): void {
  const authority = selfSigned(directory, 'authority');
  for (const [name, days] of [
    ['good', 100],
    ['ending', 10],
    ['expired', -1],
  ] as const) {
    signedBy(authority, directory, name, { names: 'DNS:www.example', days });
  }
}

function feel(directory: string, changes: Partial<Mood>): void {
  writeFileSync(join(directory, 'mood.new'), JSON.stringify({ ...GOOD, ...changes }));
  renameSync(join(directory, 'mood.new'), join(directory, 'mood'));
}

async function live(lan: Lan, directory: string): Promise<void> {
  feel(directory, {});
  const server = lan.spawn('a', [process.execPath, child, join(directory, 'mood'), directory]);
  let words = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on('data', (text: Buffer) => {
      words += text.toString();
    });
  }
  const until = (what: string, is: () => boolean) =>
    waitFor(is, { deadlineMs: DEADLINE_MS, intervalMs: 10, what: `${what}: ${words}` });
  await until('servers', () => words.includes('up\n'));
  const router = await RouterProcess.start(lan, 'r', {
    ...{ program: relived, directory, configuration: configuration(lan.address('a'), directory) },
  });
  try {
    const count = (text: string): number => router.log.split(text).length - 1;
    const times = (text: string, least: number) =>
      until(`${text}\n${router.log}`, () => count(text) >= least);
    await times(`Remote Web server ${names.clear} succeed`, 1);
    await times(`Remote Web server ${names.tls} succeed`, 1);
    for (const [which, changes] of [
      ['clear', { clear: 'bad' }],
      ['tls', { tls: 'expired' }],
      ['grpc', { grpc: 'bad' }],
    ] as const) {
      feel(directory, changes);
      await times(`Removing service ${names[which]} from VS`, 1);
      feel(directory, {});
      await times(`Adding service ${names[which]} to VS`, 1);
    }
    feel(directory, { tls: 'ending' });
    await times('certificate ends', 1);
    const { journal, control } = routerFiles(directory, 'r');
    const runsOf = async (): Promise<string> => (await relive('status', '--socket', control)).stdout;
    await waitFor(
      async () => {
        status = await runsOf();
        return status.includes('certificate ends');
      },
      { deadlineMs: DEADLINE_MS, intervalMs: 50, what: 'its status' },
    );
    await router.stop();
    log = router.log;
    rows = (await relive('log', ...journals(journal))).stdout;
    verified = (await relive('verify', ...journals(journal))).code;
  } finally {
    await router.stop();
    server.kill('SIGKILL');
  }
}

beforeAll(async () => {
  await withLan({ hosts: ['r', 'a'] }, async (lan) => {
    const directory = temporaryDirectory('modern');
    chmodSync(directory, 0o755);
    certificates(directory);
    const named = (port: number): string => `[${lan.address('a')}]:tcp:${port}`;
    names = { clear: named(PORTS.clear), tls: named(PORTS.tls), grpc: named(PORTS.grpc) };
    await live(lan, directory);
  });
}, 180_000);

describe('checks beyond those of keepalived', () => {
  it('notice each failure, and say why', () => {
    expect(log).toContain(`HTTP_CHECK on service ${names.clear} failed after 1 retries.`);
    expect(log).toMatch(/SSL_GET on service \[.*\]:tcp:8443: certificate expired \d{4}-/);
    expect(log).toContain(`SSL_CHECK on service ${names.tls} failed after 1 retries.`);
    expect(log).toContain(`GRPC_CHECK on service ${names.grpc} failed after 1 retries: L7STS, NOT_SERVING.`);
    expect(log).toContain(`GRPC health of ${names.grpc} success.`);
  });

  it('speak of a certificate that ends soon once, and show it', () => {
    expect(log.split('certificate ends').length - 1).toBe(1);
    expect(rows.split('certificate ends').length - 1).toBe(1);
    expect(status).toMatch(/L7OK: certificate ends \d{4}-/);
    expect(status).toMatch(/grpc passing/);
  });

  it('have their codes in the journal, and are the same when they are lived again', () => {
    for (const reason of [
      'L7RSP, the regex does not match',
      'L6RSP, certificate expired',
      'L7STS, NOT_SERVING',
    ]) {
      expect(rows).toContain(reason);
    }
    expect(verified).toBe(0);
  });
});
