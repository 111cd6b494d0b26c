/**
 * One router that tells everything it can tell, through a story of its own: start, a lower priority, a higher one that
 * falls silent, a link fault, its end. Gives what scripts, the FIFO and the mail relay heard.
 */
import fs from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lan } from '../../src/lab/namespaces.ts';
import type { RouterProgram } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { writeIpv4HeaderChecksum } from '../../src/protocol/ipv4-header.ts';
import { encodeAdvertPacket } from '../../src/protocol/vrrp.ts';
import { hexOf } from './advert-packets.ts';
import type { FrameService } from './frame-service.ts';
import { JsonLinesChild } from './json-lines-child.ts';
import { withLan } from './lan.ts';
import { temporaryDirectory } from './leftovers.ts';
import type { ReceivedMail } from './mail-server.ts';
import type { MailService } from './mail-service.ts';
import { RouterProcess } from './router.ts';

export interface Heard {
  /** Bytes of the FIFO. */
  readonly fifo: string;
  /** `name [argument] [argument]`, a line for each run of a script. */
  readonly scripts: readonly string[];
  readonly mails: readonly ReceivedMail[];
  readonly log: string;
  /** Files in the router's directory afterwards. */
  readonly left: readonly string[];
}

const RELAY_PORT = 2525;
const STEP_MS = 15_000;
/** States of each instance before the end: BACKUP and MASTER three times, FAULT. */
const STATES_MAILED = 7;

const service = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** An executable file. */
export function script(directory: string, name: string, body: string): void {
  const file = join(directory, name);
  fs.writeFileSync(file, `#!/bin/sh\n${body}\n`);
  fs.chmodSync(file, 0o755);
}

/** Each run appends one line to the file `said`, which the kernel does whole. */
export function recorder(directory: string, name: string): void {
  const said = `for argument; do line="$line [$argument]"; done; echo "${name}$line" >>${directory}/said`;
  script(directory, name, `line=; ${said}`);
}

function instance(directory: string, name: string, routerId: number): string {
  const states = ['master', 'backup', 'fault', 'stop', 'master_rx_lower_pri'];
  return `vrrp_instance ${name} {
  state BACKUP
  interface eth0
  virtual_router_id ${routerId}
  priority 100
  version 3
  advert_int 0.3
  smtp_alert
  ${states.map((state) => `notify_${state} "${directory}/specific ${name} ${state}"`).join('\n  ')}
  notify "${directory}/generic own"
  virtual_ipaddress {
    10.77.0.${routerId}/24
  }
}
`;
}

function configuration(directory: string, grouped: boolean): string {
  return `global_defs {
  router_id r1
  script_user root
  notification_email {
    ops@example.org
    night@example.org
  }
  notification_email_from r1@example.org
  smtp_server 127.0.0.1 ${RELAY_PORT}
  smtp_helo_name r1.example.org
  notify_fifo ${directory}/fifo
  notify_fifo_script "${directory}/reader"
  vrrp_notify_fifo ${directory}/vrrp-fifo
}
${grouped ? group(directory) : ''}
${['VI_1', 'VI_2', 'VI_3'].map((name, index) => instance(directory, name, 51 + index)).join('')}`;
}

function group(directory: string): string {
  return `vrrp_sync_group G1 {
  group {
    VI_1
    VI_2
  }
  notify "${directory}/generic"
  notify_master "${directory}/specific G1 master"
  smtp_alert
}`;
}

class Story {
  readonly #directory: string;
  readonly #router: RouterProcess;

  constructor(directory: string, router: RouterProcess) {
    this.#directory = directory;
    this.#router = router;
  }

  async read(file: string): Promise<string> {
    return readFile(join(this.#directory, file), 'utf8').catch(() => '');
  }

  /** Waits until the FIFO has told each of these as often as asked. */
  async heard(...wanted: readonly (readonly [line: string, times: number])[]): Promise<void> {
    await this.until(JSON.stringify(wanted), async () => {
      const lines = (await this.read('fifo-said')).split('\n');
      return wanted.every(([line, times]) => lines.filter((one) => one === line).length >= times);
    });
  }

  async until(what: string, look: () => Promise<boolean>): Promise<void> {
    await waitFor(look, { deadlineMs: STEP_MS, intervalMs: 10, what }).catch(async (error: Error) => {
      throw new Error([error.message, await this.read('fifo-said'), this.#router.log].join('\n'));
    });
  }
}

interface Actors {
  readonly lan: Lan;
  readonly story: Story;
  readonly router: RouterProcess;
  readonly sender: JsonLinesChild<FrameService, never>;
  readonly relay: JsonLinesChild<MailService, never>;
  readonly grouped: boolean;
}

async function tell({ lan, story, router, sender, relay, grouped }: Actors): Promise<void> {
  const everybody = (state: string, times: number): readonly (readonly [string, number])[] => [
    ...['VI_1', 'VI_2', 'VI_3'].map((name) => [`INSTANCE "${name}" ${state} 100`, times] as const),
    ...(grouped ? [[`GROUP "G1" ${state} 0`, times] as const] : []),
  ];
  const advert = (virtualRouterId: number, priority: number): Promise<number> => {
    const addresses = [`10.77.0.${virtualRouterId}`];
    const content = { version: 3, virtualRouterId, priority, advertIntervalUs: 300_000, addresses } as const;
    const route = { source: lan.address('host'), destination: '224.0.0.18' };
    const packet = encodeAdvertPacket(content, route);
    writeIpv4HeaderChecksum(packet);
    return sender.ask('send', [hexOf(packet)]);
  };
  await story.heard(...everybody('MASTER', 1));
  await advert(53, 50);
  await story.heard(['INSTANCE "VI_3" MASTER_RX_LOWER_PRI 100', 1]);
  await advert(53, 200);
  await story.heard(['INSTANCE "VI_3" MASTER 100', 2]);
  // One member of a group hears a better master: all yield, and all come back.
  const others = grouped ? [51] : [51, 52];
  for (const id of others) await advert(id, 200);
  await story.heard(
    ...everybody('MASTER', 1),
    ['INSTANCE "VI_1" MASTER 100', 2],
    ['INSTANCE "VI_2" MASTER 100', 2],
  );
  await lan.cut('a');
  await story.heard(...everybody('FAULT', 1));
  await lan.heal('a');
  await story.heard(...everybody('MASTER', 3));
  // keepalived does not send what is still on its way when it is told to stop.
  const mails = (grouped ? 4 : 3) * STATES_MAILED;
  await story.until('a mail of each state', async () => (await relay.ask('mails')).length >= mails);
  await router.stop();
}

/** @param grouped with a sync group of two of the three instances */
export async function noticeStory(program: RouterProgram, grouped: boolean): Promise<Heard> {
  return withLan({ hosts: ['a', 'host'] }, async (lan) => {
    const directory = temporaryDirectory('notices');
    fs.chmodSync(directory, 0o755);
    for (const name of ['generic', 'specific']) recorder(directory, name);
    // keepalived ends it before the last lines are written, unless it does not listen.
    script(directory, 'reader', `trap "" TERM; cat "$1" >${directory}/fifo-said`);
    const node = (host: string, name: string, ...args: string[]) =>
      lan.argv(host, [process.execPath, service(name), ...args]);
    // Beside the router: a mail about a fault of the link must not need the link.
    const relay = new JsonLinesChild<MailService, never>(node('a', 'mail-service.ts', String(RELAY_PORT)));
    const sender = new JsonLinesChild<FrameService, never>(node('host', 'frame-service.ts'));
    try {
      await relay.ask('mails');
      const text = configuration(directory, grouped);
      const router = await RouterProcess.start(lan, 'a', { program, configuration: text, directory });
      const story = new Story(directory, router);
      await tell({ lan, story, router, sender, relay, grouped });
      return {
        fifo: await story.read('fifo-said'),
        scripts: (await story.read('said')).trimEnd().split('\n'),
        mails: await relay.ask('mails'),
        log: router.log,
        left: fs.readdirSync(directory),
      };
    } finally {
      await Promise.all([relay.kill(), sender.kill()]);
      fs.rmSync(directory, { recursive: true, force: true });
    }
  });
}
