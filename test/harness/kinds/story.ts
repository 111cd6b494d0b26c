/**
 * Real servers of every kind of check but pages, each of which fails in one way after the other and recovers, as a program
 * that checks them lives through it. All fail at once and recover at once: a round takes as long as the slowest of them.
 */
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lan } from '../../../src/lab/namespaces.ts';
import type { RouterProgram } from '../../../src/lab/routers.ts';
import { waitFor } from '../../../src/lab/run.ts';
import { JsonLinesChild } from '../json-lines-child.ts';
import type { MailService } from '../mail-service.ts';
import { script } from '../notice-story.ts';
import { RouterProcess } from '../router.ts';
import { GOOD, type Modes, PORTS } from './modes.ts';

/** Seconds. */
export interface Pace {
  readonly delayLoop: number;
  readonly retry: number;
  readonly timeout: number;
  /** Of a program; whole. */
  readonly run: number;
  /** For one step. */
  readonly deadline: number;
}

export const KINDS = ['smtp', 'dns', 'udp', 'any', 'ping', 'misc', 'dynamic', 'file'] as const;
export type KindName = (typeof KINDS)[number];

/** One way to fail, for each of them at once. */
export interface Round extends Modes {
  /** Exit status, or what the program does instead. */
  readonly misc: string;
  readonly file: number;
}

export interface Lived {
  /** By kind: what the FIFO says of its real server and of its service. */
  readonly fifo: Readonly<Record<KindName, readonly string[]>>;
  /** The same of the log, without the time before it. */
  readonly log: Readonly<Record<KindName, readonly string[]>>;
  /** What the log says of SMTP_CHECK. */
  readonly mail: readonly string[];
  /** Subject and first line of each mail, but those of the end. */
  readonly mails: readonly string[];
}

const RELAY_PORT = 2526;
const FAULT = -2_147_483_648;

/** Ways to fail that every program notices. */
export const ROUNDS: readonly Round[] = [
  { smtp: 'silent', dns: 'silent', udp: 'silent', any: 'closed', misc: 'exit 1', file: FAULT },
  { smtp: 'refuse', dns: 'unknown', udp: 'wrong', any: 'closed', misc: 'sleep 30', file: FAULT },
  { smtp: 'rude', dns: 'stranger', udp: 'short', any: 'closed', misc: 'kill -9 $$', file: FAULT },
  { smtp: 'reset', dns: 'query', udp: 'long', any: 'closed', misc: 'exit 7', file: FAULT },
];

/** Further ones, which keepalived waits for without an end. */
export const HOSTILE: readonly Round[] = [
  { smtp: 'drip', dns: 'short', udp: 'silent', any: 'closed', misc: 'exec yes no', file: FAULT },
  { smtp: 'endless', dns: 'silent', udp: 'wrong', any: 'closed', misc: 'exit 1', file: FAULT },
];

/** The weight that a program and a file give, in this order: 0 loses the quorum. */
const WEIGHTS = [
  { status: 11, file: 5 },
  { status: 2, file: -1 },
  { status: 7, file: 2_147_483_647 },
  { status: 0, file: 0 },
];

const address = (lan: Lan, kind: KindName): string => lan.address(kind === 'ping' ? 'b' : 'a');

/** What the FIFO and the log call it. */
export function realServer(lan: Lan, kind: KindName): string {
  return `[${address(lan, kind)}]:tcp:${8000 + KINDS.indexOf(kind)}`;
}

export function service(kind: KindName): string {
  return `[10.77.0.${100 + KINDS.indexOf(kind)}]:tcp:80`;
}

function checks(directory: string, lan: Lan, { run }: Pace): Readonly<Record<KindName, string>> {
  const at = (port: number): string => `connect_ip ${lan.address('a')}\n      connect_port ${port}`;
  return {
    smtp: `SMTP_CHECK {\n      ${at(PORTS.smtp)}\n      helo_name me.example\n    }`,
    dns: `DNS_CHECK {\n      ${at(PORTS.dns)}\n      type A\n      name www.example.org\n    }`,
    udp: `UDP_CHECK {\n      ${at(PORTS.udp)}\n      payload 01 02\n      require_reply 4f XX 20\n      min_reply_length 2\n      max_reply_length 10\n    }`,
    any: `UDP_CHECK {\n      ${at(PORTS.any)}\n    }`,
    ping: 'PING_CHECK {\n    }',
    misc: `MISC_CHECK {\n      misc_path "${directory}/misc"\n      misc_timeout ${run}\n    }`,
    dynamic: `MISC_CHECK {\n      misc_path "${directory}/dynamic"\n      misc_timeout ${run}\n      misc_dynamic\n    }`,
    file: 'FILE_CHECK {\n      track_file load\n      weight 1\n    }',
  };
}

function configuration(lan: Lan, directory: string, pace: Pace): string {
  const { delayLoop, retry, timeout } = pace;
  const check = checks(directory, lan, pace);
  const services = KINDS.map(
    (kind) => `virtual_server 10.77.0.${100 + KINDS.indexOf(kind)} 80 {
  delay_loop ${delayLoop}
  warmup 0
  retry 1
  delay_before_retry ${retry}
  connect_timeout ${timeout}
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  real_server ${address(lan, kind)} ${8000 + KINDS.indexOf(kind)} {
    ${check[kind]}
  }
}
`,
  );
  return `global_defs {
  router_id r
  script_user root
  lvs_notify_fifo ${directory}/fifo
  notification_email {
    ops@example.org
  }
  notification_email_from r@example.org
  smtp_server 127.0.0.1 ${RELAY_PORT}
  smtp_helo_name r.example.org
  lvs_notify_fifo_script "${directory}/reader"
}
track_file load {
  file ${directory}/load
}
${services.join('')}`;
}

/** The parts of a life, and what they wait for. */
class Story {
  readonly #lan: Lan;
  readonly #directory: string;
  readonly #router: RouterProcess;
  readonly #deadlineMs: number;

  constructor(lan: Lan, directory: string, router: RouterProcess, deadlineMs: number) {
    this.#lan = lan;
    this.#directory = directory;
    this.#router = router;
    this.#deadlineMs = deadlineMs;
  }

  async live(rounds: readonly Round[]): Promise<void> {
    await this.#each((kind) => this.fifo(kind).includes(`VS ${service(kind)} UP`), 'each service');
    await this.#each(
      (kind) =>
        kind === 'file' || kind === 'dns' || this.log(kind).some((line) => /succe|success/.test(line)),
      'each first success',
      KINDS,
    );
    for (const [index, round] of rounds.entries()) {
      const failing = KINDS.filter((kind) => kind !== 'dynamic');
      await Promise.all([this.#lan.cut('b'), this.#set(round)]);
      await this.#each((kind) => this.#times(kind, 'DOWN') > index, `round ${index} fails`, failing);
      await Promise.all([this.#lan.heal('b'), this.#set({ ...GOOD, misc: 'exit 0', file: 0 })]);
      await this.#each((kind) => this.#times(kind, 'UP') > index, `round ${index} recovers`, failing);
    }
    const weighing = ['dynamic', 'file'] as const;
    let seen = 0;
    for (const { status, file } of WEIGHTS) {
      this.#write('dynamic-status', String(status));
      this.#write('load', String(file));
      seen += 1;
      await this.#each((kind) => this.#changes(kind) >= seen, `weights ${status}, ${file}`, weighing);
    }
  }

  /** Falls and rises of servers that have been told, but of the one that follows a file, which is not mailed of. */
  get mailed(): number {
    const mailing = KINDS.filter((kind) => kind !== 'file');
    return mailing.reduce((sum, kind) => sum + this.#times(kind, 'DOWN') + this.#times(kind, 'UP'), 0);
  }

  fifo(kind: KindName): string[] {
    let said = '';
    try {
      said = readFileSync(join(this.#directory, 'said'), 'latin1').replaceAll('\0', '');
    } catch {
      // Nothing yet.
    }
    return said.split('\n').filter((line) => line.includes(service(kind)));
  }

  get lines(): string[] {
    return this.#router.log.split('\n').map((line) => line.replace(/^.* \d{4}: /, ''));
  }

  log(kind: KindName): string[] {
    return this.lines.filter(
      (line) => line.includes(realServer(this.#lan, kind)) || line.includes(service(kind)),
    );
  }

  #times(kind: KindName, state: 'UP' | 'DOWN'): number {
    const line = `RS ${realServer(this.#lan, kind)} ${service(kind)} ${state}`;
    return this.fifo(kind).filter((one) => one === line).length;
  }

  #changes(kind: KindName): number {
    return this.log(kind).filter((line) => line.startsWith('Changing weight')).length;
  }

  async #set({ misc, file, ...modes }: Round): Promise<void> {
    this.#write('modes', JSON.stringify(modes));
    this.#write('misc-does', misc);
    this.#write('load', String(file));
  }

  /** Whoever reads it reads the one or the other. */
  #write(name: string, text: string): void {
    writeFileSync(join(this.#directory, `${name}.new`), `${text}\n`);
    renameSync(join(this.#directory, `${name}.new`), join(this.#directory, name));
  }

  async #each(
    holds: (kind: KindName) => boolean,
    what: string,
    kinds: readonly KindName[] = KINDS,
  ): Promise<void> {
    const missing = (): readonly KindName[] => kinds.filter((kind) => !holds(kind));
    await waitFor(() => missing().length === 0, { deadlineMs: this.#deadlineMs, intervalMs: 20, what }).catch(
      (error: Error) => {
        throw new Error(`${error.message}: not ${missing().join(', ')}\n${this.#router.log}`);
      },
    );
  }
}

/** Lives through it with a program on host `r`; the servers are on host `a`, and `b` is only there or not. */
export async function liveKinds(
  lan: Lan,
  program: RouterProgram,
  directory: string,
  pace: Pace,
  rounds: readonly Round[],
): Promise<Lived> {
  chmodSync(directory, 0o755);
  script(directory, 'reader', `trap "" TERM; cat "$1" >>${directory}/said`);
  script(directory, 'misc', `. ${directory}/misc-does`);
  script(directory, 'dynamic', `exit $(cat ${directory}/dynamic-status)`);
  for (const [name, text] of [
    ['modes', JSON.stringify(GOOD)],
    ['misc-does', 'exit 0'],
    ['dynamic-status', '0'],
    ['load', '0'],
  ] as const) {
    writeFileSync(join(directory, name), `${text}\n`);
  }
  // Else the Linux kernel of `a` tells only now and then that nobody listens.
  await lan.exec('a', ['sysctl', '-q', '-w', 'net.ipv4.icmp_ratelimit=0']);
  const child = fileURLToPath(new URL('server.ts', import.meta.url));
  const servers = lan.spawn('a', [process.execPath, child, join(directory, 'modes')]);
  let words = '';
  for (const stream of [servers.stdout, servers.stderr]) {
    stream?.on('data', (text: Buffer) => {
      words += text.toString();
    });
  }
  await waitFor(() => words.includes('up\n'), {
    ...{ deadlineMs: 60_000, intervalMs: 20, what: 'the servers' },
  }).catch((error: Error) => {
    throw new Error(`${error.message}: ${words}`);
  });
  const relay = await startRelay(lan);
  const router = await RouterProcess.start(lan, 'r', {
    ...{ program, directory, configuration: configuration(lan, directory, pace) },
  });
  const story = new Story(lan, directory, router, pace.deadline * 1000);
  try {
    await story.live(rounds);
    const mails = await allMails(relay, story.mailed, pace.deadline * 1000);
    await router.stop();
    const of = <T>(what: (kind: KindName) => T): Readonly<Record<KindName, T>> =>
      Object.fromEntries(KINDS.map((kind) => [kind, what(kind)])) as Record<KindName, T>;
    const mail = story.lines.filter((line) => line.startsWith('SMTP_CHECK'));
    return { fifo: of((kind) => story.fifo(kind)), log: of((kind) => story.log(kind)), mail, mails };
  } finally {
    await router.stop();
    await relay.kill();
    servers.kill('SIGKILL');
  }
}

type Relay = JsonLinesChild<MailService, never>;

async function startRelay(lan: Lan): Promise<Relay> {
  const service = fileURLToPath(new URL('../mail-service.ts', import.meta.url));
  const relay: Relay = new JsonLinesChild(lan.argv('r', [process.execPath, service, String(RELAY_PORT)]));
  await relay.ask('mails');
  return relay;
}

/** Once as many have come as there were changes to mail. */
async function allMails(relay: Relay, count: number, deadlineMs: number): Promise<readonly string[]> {
  const mails = async () => relay.ask('mails');
  await waitFor(async () => (await mails()).length >= count, {
    ...{ deadlineMs, intervalMs: 50, what: `${count} mails` },
  });
  return (await mails()).map(({ text }) => {
    const [, subject = ''] = /^Subject: (.*)$/m.exec(text) ?? [];
    const [, body = ''] = /^(=> .*)$/m.exec(text) ?? [];
    return `${subject.trim()}: ${body.trim()}`;
  });
}
