/** Notices of real and virtual servers, with real scripts and FIFOs. */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryDirectory } from '../../../test/harness/leftovers.ts';
import { startMailServer } from '../../../test/harness/mail-server.ts';
import type { FifoPlan, NoticeScript } from '../../config/notices.ts';
import { waitFor } from '../../lab/run.ts';
import type { ServerNotice } from '../../machines/signals.ts';
import { NO_PLAN, Notices } from './notices.ts';

const VS = '[10.0.0.1]:tcp:80';
const RS = '[10.0.0.2]:tcp:80';
const REAL = `real/${VS}/${RS}`;
const VIRTUAL = `virtual/${VS}`;

let directory: string;
let notices: Notices;

beforeEach(() => {
  directory = temporaryDirectory('server-notices');
  notices = new Notices({ isUnsafe: async () => false, note: () => {} });
});
afterEach(async () => {
  await notices.finish();
  fs.rmSync(directory, { recursive: true, force: true });
});

const real = (state: 'UP' | 'DOWN', stopping = false): ServerNotice => ({
  ...{ scope: 'RS', name: RS, virtualServer: VS, state, stopping },
});
const virtual = (state: 'UP' | 'DOWN', stopping = false): ServerNotice => ({
  ...{ scope: 'VS', name: VS, state, stopping },
});

function fifo(keyword: FifoPlan['keyword']): FifoPlan {
  return { keyword, path: join(directory, keyword), uid: 0, gid: 0, script: null };
}

/** Appends its name and the number of its arguments to a file. */
function script(name: string): NoticeScript {
  const file = join(directory, name);
  fs.writeFileSync(file, `#!/bin/sh\necho "${name} $#" >>${directory}/said\n`, { mode: 0o755 });
  return { command: [file], identity: { uid: 0, gid: 0, groups: [0] } };
}

function said(): string[] {
  const file = join(directory, 'said');
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}

/** Everything that waits in a FIFO. */
function drain(keyword: FifoPlan['keyword']): string {
  const fd = fs.openSync(join(directory, keyword), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(65_536);
    return bytes.toString('latin1', 0, fs.readSync(fd, bytes));
  } finally {
    fs.closeSync(fd);
  }
}

test('the FIFO of virtual servers and the one for all have lines of servers, that of VRRP has not', async () => {
  const fifos = (['notify_fifo', 'vrrp_notify_fifo', 'lvs_notify_fifo'] as const).map(fifo);
  await notices.configure({ ...NO_PLAN, fifos }, null);
  notices.notify({ scope: 'INSTANCE', name: 'VI_1', state: 'MASTER', priority: 100 }, 1);
  notices.notifyServer(REAL, real('DOWN'), 2);
  notices.notifyServer(VIRTUAL, virtual('DOWN'), 3);
  const [instance, servers] = ['INSTANCE "VI_1" MASTER 100\n', `RS ${RS} ${VS} DOWN\nVS ${VS} DOWN\n`];
  expect(drain('notify_fifo')).toBe(instance + servers);
  expect(drain('vrrp_notify_fifo')).toBe(instance);
  expect(drain('lvs_notify_fifo')).toBe(servers);
});

test('scripts are those of the actor and of the state, and have no further arguments', async () => {
  const servers = new Map([
    [REAL, { up: script('up'), down: script('down') }],
    [VIRTUAL, { up: null, down: script('lost') }],
  ]);
  await notices.configure({ ...NO_PLAN, servers }, null);
  notices.notifyServer(REAL, real('UP'), 1);
  notices.notifyServer(VIRTUAL, virtual('UP'), 2);
  notices.notifyServer(REAL, real('DOWN'), 3);
  notices.notifyServer(VIRTUAL, virtual('DOWN'), 4);
  notices.notifyServer('real/another', real('UP'), 5);
  await waitFor(() => notices.running === 0, { deadlineMs: 10_000, intervalMs: 5, what: 'the end of all' });
  expect(said().sort()).toEqual(['down 0', 'lost 0', 'up 0']);
});

test('a server that a reload takes away is told of as it was', async () => {
  await notices.configure(
    { ...NO_PLAN, servers: new Map([[REAL, { up: null, down: script('down') }]]) },
    null,
  );
  await notices.configure(NO_PLAN, null);
  notices.notifyServer(REAL, real('DOWN'), 1);
  await waitFor(() => said().length === 1, { deadlineMs: 10_000, intervalMs: 5, what: 'its script' });
});

test('what is told at the end waits for it, and is heard before it', async () => {
  const servers = new Map([[REAL, { up: null, down: script('down') }]]);
  await notices.configure({ ...NO_PLAN, servers }, null);
  notices.notifyServer(REAL, real('DOWN', true), 1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(notices.running).toBe(0);
  await notices.finish();
  expect(said()).toEqual(['down 0']);
});

test('a mail goes to whom the configuration says, with the name of the router', async () => {
  const relay = await startMailServer({ host: '127.0.0.1', port: 0 });
  try {
    await notices.configure(
      {
        ...NO_PLAN,
        mail: {
          ...{ server: { host: '127.0.0.1', port: relay.port }, recipients: ['ops@example.org'] },
          ...{ from: 'r1@example.org', heloName: 'r1', timeoutUs: 5_000_000, routerId: 'r1', faults: true },
        },
      },
      null,
    );
    notices.mailServer({ subject: `Realserver ${RS} of virtual server ${VS} - DOWN`, body: '=> why <=' });
    await waitFor(() => relay.mails.length === 1, { deadlineMs: 10_000, intervalMs: 5, what: 'the mail' });
    expect(relay.mails[0]?.text).toContain(
      `Subject: [r1] Realserver ${RS} of virtual server ${VS} - DOWN\r\n`,
    );
    expect(relay.mails[0]?.text).toContain('\r\n\r\n=> why <=\r\n');
  } finally {
    await relay.close();
  }
});
