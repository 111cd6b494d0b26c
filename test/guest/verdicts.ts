/**
 * Real servers of every kind of check, each of which fails in one way after the other and recovers: what becomes of the
 * kernel's table, with keepalived on `a` and relived on `b`, who check the same servers at the same time.
 */
import { createHash } from 'node:crypto';
import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { selfSigned } from '../harness/certificates.ts';
import { JsonLinesChild } from '../harness/json-lines-child.ts';
import { GOOD, type Modes, PAGE, PORTS, type WebMode } from '../harness/kinds/modes.ts';
import type { WebService } from '../harness/kinds/web-service.ts';
import { withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { script } from '../harness/notice-story.ts';
import type { RouterProcess } from '../harness/router.ts';
import { begin, logged } from './begin.ts';
import { Directors, type Point } from './ipvs-scene.ts';

const KINDS = [
  ...(['tcp', 'status', 'digest', 'regex', 'tls'] as const),
  ...(['smtp', 'dns', 'udp', 'any', 'ping', 'misc', 'dynamic', 'file', 'reverse', 'bfd'] as const),
];
type Kind = (typeof KINDS)[number];
const WEB = ['tcp', 'status', 'digest', 'regex', 'tls'] as const;
type Web = (typeof WEB)[number];

/** Seconds. keepalived needs more than one now and then to start a program under this kernel. */
const PROGRAM_S = 5;
const FAULT = -2_147_483_648;
const FIRST_PORT = 8001;
const portOf = (kind: Kind): number => FIRST_PORT + KINDS.indexOf(kind);

/** What everybody does at a time. */
interface Moment extends Modes {
  readonly web: Readonly<Record<Web, WebMode>>;
  readonly ping: 'good' | 'silent' | 'gone';
  /** What the program does, and the one that gives a weight. */
  readonly misc: string;
  readonly dynamic: string;
  readonly file: number;
  readonly bfd: 'good' | 'stopped' | 'killed' | 'gone';
  /** No frame of the servers' host passes. */
  readonly isCut: boolean;
}

const web = (mode: WebMode, but: Partial<Record<Web, WebMode>> = {}): Moment['web'] => ({
  ...{ tcp: 'good', status: mode, digest: mode, regex: mode, tls: mode },
  ...but,
});

const WELL: Moment = {
  ...GOOD,
  web: web('good'),
  ...{ ping: 'good', misc: 'exit 0', dynamic: 'exit 0', file: 0, bfd: 'good', isCut: false },
};

/** Ways to fail, and whom the table has no more then. */
const FAILURES: Readonly<Record<string, { readonly moment: Moment; readonly dead: readonly Kind[] }>> = {
  'nobody listens': {
    moment: {
      ...{ smtp: 'closed', dns: 'closed', udp: 'closed', any: 'closed', isCut: false },
      web: web('closed', { tcp: 'closed' }),
      ...{ ping: 'silent', misc: 'exit 1', dynamic: 'exit 1', file: FAULT, bfd: 'stopped' },
    },
    // The reverse of that number is none that makes a server fail.
    dead: KINDS.filter((kind) => kind !== 'reverse'),
  },
  'another answer': {
    moment: {
      ...WELL,
      ...{ smtp: 'refuse', dns: 'unknown', udp: 'wrong' },
      web: web('other', { status: 'status', tls: 'status' }),
      ...{ ping: 'gone', misc: 'kill -9 $$', dynamic: 'kill -9 $$', file: -FAULT - 1, bfd: 'killed' },
    },
    // A number that is too large for the one, is too small for its reverse.
    dead: KINDS.filter((kind) => !['tcp', 'any', 'file'].includes(kind)),
  },
  'no answer': {
    moment: {
      ...WELL,
      ...{ smtp: 'silent', dns: 'silent', udp: 'silent' },
      web: web('silent'),
      ...{ misc: 'sleep 30', dynamic: 'sleep 30', file: 2 ** 30 },
    },
    dead: ['status', 'digest', 'regex', 'tls', 'smtp', 'dns', 'udp', 'misc', 'dynamic', 'reverse'],
  },
  'a broken answer': {
    moment: {
      ...WELL,
      ...{ smtp: 'reset', dns: 'stranger', udp: 'short' },
      web: web('reset', { tls: 'plain', digest: 'late' }),
      ...{ misc: 'exit 7', dynamic: 'exit 7', file: 5 },
    },
    dead: ['status', 'digest', 'regex', 'tls', 'smtp', 'dns', 'udp', 'misc'],
  },
  'half an answer': {
    moment: {
      ...WELL,
      ...{ smtp: 'rude', dns: 'query', udp: 'long' },
      web: web('empty', { tls: 'reset', digest: 'cut' }),
      ...{ misc: 'exec /nowhere', dynamic: 'exit 255', file: -1 },
    },
    dead: ['status', 'digest', 'regex', 'tls', 'smtp', 'dns', 'udp', 'misc'],
  },
  'the host is gone': {
    moment: { ...WELL, isCut: true, bfd: 'gone', dynamic: 'exit 2' },
    dead: ['tcp', 'status', 'digest', 'regex', 'tls', 'smtp', 'dns', 'udp', 'ping', 'bfd'],
  },
};

function checks(directory: string): Readonly<Record<Kind, string>> {
  const url = (...lines: readonly string[]): string =>
    `HTTP_GET {\n      url {\n        path /\n        ${lines.join('\n        ')}\n      }\n    }`;
  const at = (port: number): string => `connect_port ${port}`;
  const digest = createHash('md5').update(PAGE).digest('hex');
  return {
    tcp: 'TCP_CHECK {\n    }',
    status: url('status_code 200'),
    digest: url(`digest ${digest}`),
    regex: url('regex "is +fine"'),
    tls: url('status_code 200').replace('HTTP_GET', 'SSL_GET'),
    smtp: `SMTP_CHECK {\n      ${at(PORTS.smtp)}\n    }`,
    dns: `DNS_CHECK {\n      ${at(PORTS.dns)}\n      type A\n      name www.example.org\n    }`,
    udp: `UDP_CHECK {\n      ${at(PORTS.udp)}\n      payload 01 02\n      require_reply 4f XX 20\n      min_reply_length 2\n      max_reply_length 10\n    }`,
    any: `UDP_CHECK {\n      ${at(PORTS.any)}\n    }`,
    ping: 'PING_CHECK {\n    }',
    misc: `MISC_CHECK {\n      misc_path "${directory}/misc"\n      misc_timeout ${PROGRAM_S}\n    }`,
    dynamic: `MISC_CHECK {\n      misc_path "${directory}/dynamic"\n      misc_timeout ${PROGRAM_S}\n      misc_dynamic\n    }`,
    file: 'FILE_CHECK {\n      track_file load\n      weight 1\n    }',
    reverse: 'FILE_CHECK {\n      track_file load\n      weight 2 reverse\n    }',
    bfd: 'BFD_CHECK {\n      name neighbour\n    }',
  };
}

const timers = 'min_rx 400\n  min_tx 400\n  multiplier 5';

function configuration(lan: Lan, directory: string): string {
  const check = checks(directory);
  const services = KINDS.map(
    (kind, at) => `virtual_server 10.9.0.${at + 1} 80 {
  delay_loop 2
  warmup 0
  retry 1
  delay_before_retry 1
  connect_timeout 1
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  real_server ${lan.address(kind === 'ping' ? 'p' : 's')} ${portOf(kind)} {
    weight 10
    ${check[kind]}
  }
}
`,
  );
  return `global_defs {
  router_id r
  script_user root
}
bfd_instance neighbour {
  neighbor_ip ${lan.address('n')}
  ${timers}
}
track_file load {
  file ${directory}/load
}
${services.join('')}`;
}

/** Who speaks BFD with both directors. */
function neighbour(lan: Lan): string {
  const session = (host: string): string =>
    `bfd_instance ${host} {\n  neighbor_ip ${lan.address(host)}\n  ${timers}\n}\n`;
  return session('a') + session('b');
}

class Servers {
  readonly #lan: Lan;
  readonly #directory: string;
  readonly #web: JsonLinesChild<WebService, never>;
  #neighbour!: RouterProcess;
  #now: Moment = WELL;

  constructor(lan: Lan, directory: string) {
    this.#lan = lan;
    this.#directory = directory;
    const file = fileURLToPath(new URL('../harness/kinds/web-service.ts', import.meta.url));
    this.#web = new JsonLinesChild(lan.argv('s', [process.execPath, file]));
  }

  async begin(): Promise<void> {
    const directory = this.#directory;
    chmodSync(directory, 0o755);
    for (const name of ['misc', 'dynamic']) script(directory, name, `. ${directory}/${name}-does`);
    this.#write(WELL);
    const { keyFile, certificateFile } = selfSigned(directory, 'server');
    for (const kind of WEB) {
      const files = kind === 'tls' ? { key: keyFile, cert: certificateFile } : null;
      await this.#web.ask('add', portOf(kind), files);
    }
    // Else the kernel tells only now and then that nobody listens.
    await this.#lan.exec('s', ['sysctl', '-q', '-w', 'net.ipv4.icmp_ratelimit=0']);
    const file = fileURLToPath(new URL('../harness/kinds/server.ts', import.meta.url));
    const others = this.#lan.spawn('s', [process.execPath, file, join(directory, 'modes')]);
    let words = '';
    others.stdout?.on('data', (text: Buffer) => {
      words += text.toString();
    });
    await waitFor(() => words.includes('up\n'), { deadlineMs: 60_000, intervalMs: 50, what: 'the servers' });
    await this.#startNeighbour();
  }

  async #startNeighbour(): Promise<void> {
    this.#neighbour = await begin(this.#lan, 'n', keepalived, neighbour(this.#lan));
  }

  async become(moment: Moment): Promise<void> {
    const before = this.#now;
    this.#now = moment;
    this.#write(moment);
    for (const kind of WEB) await this.#web.ask('set', portOf(kind), moment.web[kind]);
    await this.#ping(moment.ping);
    if (moment.isCut) await this.#lan.block('s');
    if (moment.isCut) await this.#lan.block('p');
    if (before.isCut) await Promise.all([this.#lan.heal('s'), this.#lan.heal('p')]);
    if (moment.bfd === 'stopped') await this.#neighbour.stop();
    if (moment.bfd === 'killed') await this.#neighbour.kill();
    if (moment.bfd === 'gone') await this.#lan.block('n');
    if (before.bfd === 'gone') await this.#lan.heal('n');
    if (before.bfd === 'stopped' || before.bfd === 'killed') await this.#startNeighbour();
  }

  async #ping(how: Moment['ping']): Promise<void> {
    const ignores = how === 'silent' ? 1 : 0;
    await this.#lan.exec('p', ['sysctl', '-q', '-w', `net.ipv4.icmp_echo_ignore_all=${ignores}`]);
    const does = how === 'gone' ? 'flush' : 'replace';
    const address = how === 'gone' ? [] : [`${this.#lan.address('p')}/24`];
    await this.#lan.exec('p', ['ip', '-4', 'address', does, ...address, 'dev', 'eth0']);
  }

  #write({ smtp, dns, udp, any, misc, dynamic, file }: Moment): void {
    this.#replace('modes', JSON.stringify({ smtp, dns, udp, any }));
    this.#replace('misc-does', misc);
    this.#replace('dynamic-does', dynamic);
    this.#replace('load', String(file));
  }

  /** Whoever reads it reads the one or the other. */
  #replace(name: string, text: string): void {
    writeFileSync(join(this.#directory, `${name}.new`), `${text}\n`);
    renameSync(join(this.#directory, `${name}.new`), join(this.#directory, name));
  }
}

const has = (table: readonly string[], kind: Kind): boolean =>
  table.some((line) => line.startsWith(`-a -t 10.9.0.${KINDS.indexOf(kind) + 1}:80 -r `));

export interface Verdicts {
  readonly points: readonly Point[];
  readonly log: string;
  readonly kinds: readonly string[];
}

export async function verdicts(): Promise<Verdicts> {
  return await withLan({ hosts: ['a', 'b', 'n', 's', 'p'] }, async (lan) => {
    const directory = temporaryDirectory('verdicts');
    const servers = new Servers(lan, directory);
    await servers.begin();
    const both = new Directors(lan);
    await both.begin(configuration(lan, directory));
    await logged(both.ours, 'the first weight', (log) => log.includes('Startup complete'));
    const isWhole = (table: readonly string[]): boolean => KINDS.every((kind) => has(table, kind));
    await both.point('all are alive', isWhole);
    for (const [what, { moment, dead }] of Object.entries(FAILURES)) {
      await servers.become(moment);
      await both.point(what, (table) => KINDS.every((kind) => dead.includes(kind) !== has(table, kind)));
      await servers.become(WELL);
      await both.point(`after: ${what}`, isWhole);
    }
    await Promise.all([both.theirs.stop(), both.ours.stop()]);
    await both.point('the end', () => true);
    return { points: both.points, log: both.ours.log, kinds: [...KINDS] };
  });
}
