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

const service = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

function script(directory: string, name: string, body: string): void {
  const file = join(directory, name);
  fs.writeFileSync(file, `#!/bin/sh\n${body}\n`);
  fs.chmodSync(file, 0o755);
}

/** Each run appends one line, which the kernel does whole. */
function recorder(directory: string, name: string): void {
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
  advert_int 0.1
  smtp_alert
  ${states.map((state) => `notify_${state} "${directory}/specific ${name} ${state}"`).join('\n  ')}
  notify "${directory}/generic own"
  virtual_ipaddress {
    10.77.0.${routerId}/24
  }
}
`;
}

function configuration(directory: string, relay: string): string {
  return `global_defs {
  router_id r1
  script_user root
  notification_email {
    ops@example.org
    "Night, Ops <night@example.org>"
  }
  notification_email_from "Router One <r1@example.org>"
  smtp_server ${relay} ${RELAY_PORT}
  smtp_helo_name r1.example.org
  notify_fifo ${directory}/fifo
  notify_fifo_script "${directory}/reader"
  vrrp_notify_fifo ${directory}/vrrp-fifo
}
vrrp_sync_group G1 {
  group {
    VI_1
    VI_2
  }
  notify "${directory}/generic"
  notify_master "${directory}/specific G1 master"
  smtp_alert
}
${['VI_1', 'VI_2', 'VI_3'].map((name, index) => instance(directory, name, 51 + index)).join('')}`;
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
    const look = async (): Promise<boolean> => {
      const lines = (await this.read('fifo-said')).split('\n');
      return wanted.every(([line, times]) => lines.filter((one) => one === line).length >= times);
    };
    await waitFor(look, { deadlineMs: STEP_MS, intervalMs: 10, what: JSON.stringify(wanted) }).catch(
      async (error: Error) => {
        throw new Error([error.message, await this.read('fifo-said'), this.#router.log].join('\n'));
      },
    );
  }
}

const everybody = (state: string, times: number): readonly (readonly [string, number])[] => [
  ...['VI_1', 'VI_2', 'VI_3'].map((name) => [`INSTANCE "${name}" ${state} 100`, times] as const),
  [`GROUP "G1" ${state} 0`, times],
];

async function tell(
  lan: Lan,
  directory: string,
  router: RouterProcess,
  sender: JsonLinesChild<FrameService, never>,
) {
  const story = new Story(directory, router);
  const advert = (virtualRouterId: number, priority: number): Promise<number> => {
    const addresses = [`10.77.0.${virtualRouterId}`];
    const content = { version: 3, virtualRouterId, priority, advertIntervalUs: 100_000, addresses } as const;
    const route = { source: lan.address('host'), destination: '224.0.0.18' };
    return sender.ask('send', [hexOf(encodeAdvertPacket(content, route))]);
  };
  await story.heard(...everybody('MASTER', 1));
  await advert(53, 50);
  await story.heard(['INSTANCE "VI_3" MASTER_RX_LOWER_PRI 100', 1]);
  await advert(53, 200);
  await story.heard(['INSTANCE "VI_3" MASTER 100', 2]);
  // One member of a group hears a better master: all yield, and all come back.
  await advert(51, 200);
  await story.heard(['GROUP "G1" BACKUP 0', 2], ['GROUP "G1" MASTER 0', 2]);
  await lan.cut('a');
  await story.heard(...everybody('FAULT', 1));
  await lan.heal('a');
  await story.heard(...everybody('MASTER', 3));
  await router.stop();
  return story;
}

export async function noticeStory(program: RouterProgram): Promise<Heard> {
  return withLan({ hosts: ['a', 'host'] }, async (lan) => {
    const directory = temporaryDirectory('notices');
    fs.chmodSync(directory, 0o755);
    for (const name of ['generic', 'specific']) recorder(directory, name);
    // keepalived ends it before the last lines are written, unless it does not listen.
    script(directory, 'reader', `trap "" TERM; cat "$1" >${directory}/fifo-said`);
    const node = (name: string, ...args: string[]) =>
      lan.argv('host', [process.execPath, service(name), ...args]);
    const relay = new JsonLinesChild<MailService, never>(node('mail-service.ts', String(RELAY_PORT)));
    const sender = new JsonLinesChild<FrameService, never>(node('frame-service.ts'));
    try {
      await relay.ask('mails');
      const text = configuration(directory, lan.address('host'));
      const router = await RouterProcess.start(lan, 'a', { program, configuration: text, directory });
      const story = await tell(lan, directory, router, sender);
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
