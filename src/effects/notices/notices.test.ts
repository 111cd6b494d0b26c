/** Notices with real scripts, FIFOs and a real relay. */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../../../test/harness/leftovers.ts';
import { startMailServer } from '../../../test/harness/mail-server.ts';
import type { FifoPlan, NoticePlan, NoticeScript, ScopePlan } from '../../config/notices.ts';
import type { ActorEvent } from '../../engine/types.ts';
import { waitFor } from '../../lab/run.ts';
import type { Notice } from '../../machines/signals.ts';
import { NO_PLAN, Notices } from './notices.ts';

const ROOT = { uid: 0, gid: 0, groups: [0] };
const NOBODY = { uid: 65_534, gid: 65_534, groups: [65_534] };
const SILENT: ScopePlan = { scripts: {}, generic: null, mail: false };

let directory: string;
let notices: Notices;
let notes: ActorEvent[];
let finished: boolean;

beforeEach(() => {
  directory = temporaryDirectory('notices');
  fs.chmodSync(directory, 0o777);
  notes = [];
  finished = false;
  notices = new Notices({ isUnsafe: async () => true, note: (event) => notes.push(event) });
});
afterEach(async () => {
  if (!finished) await notices.finish();
  fs.rmSync(directory, { recursive: true, force: true });
});

async function finish(): Promise<void> {
  finished = true;
  await notices.finish();
}

/** A script with this body; what it prints goes to the file `said`. */
function script(name: string, body: string, identity = ROOT): NoticeScript {
  const file = join(directory, name);
  fs.writeFileSync(file, `#!/bin/sh\n${body}\n`);
  fs.chmodSync(file, 0o755);
  return { command: [file], identity };
}

/** Appends one line, which the kernel does whole. */
const record = (what: string): string => `echo "${what}" >>${directory}/said`;

function said(): string[] {
  const file = join(directory, 'said');
  // A line counts when it is whole.
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}

const until = (what: string, look: () => boolean): Promise<unknown> =>
  waitFor(look, { deadlineMs: 10_000, intervalMs: 5, what });

function notice(state: Notice['state'], changes: Partial<Notice> = {}): Notice {
  return { scope: 'INSTANCE', name: 'VI_1', state, priority: 100, ...changes };
}

function fifo(name: string, changes: Partial<FifoPlan> = {}): FifoPlan {
  return { keyword: 'notify_fifo', path: join(directory, name), uid: 0, gid: 0, script: null, ...changes };
}

function plan(changes: Partial<NoticePlan>): NoticePlan {
  return { ...NO_PLAN, policy: { secure: false, keepSymlinks: false }, ...changes };
}

const one = (scope: Partial<ScopePlan>): Partial<NoticePlan> => ({
  instances: new Map([['VI_1', { ...SILENT, ...scope }]]),
});

/** Everything that waits in a FIFO. */
function drain(name: string): string {
  const fd = fs.openSync(join(directory, name), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(1 << 20);
    return bytes.toString('utf8', 0, fs.readSync(fd, bytes));
  } finally {
    fs.closeSync(fd);
  }
}

describe('scripts', () => {
  test('that of the state has no further arguments, the generic one has four; a name with blanks is one of them', async () => {
    const generic = script('any', record('any $# [$1] [$2] [$3] [$4] [$5]'));
    const master = script('master', record('master $# $1'));
    await notices.configure(
      plan(
        one({
          scripts: { MASTER: { ...master, command: [...master.command, 'own'] } },
          generic: { ...generic, command: [...generic.command, 'a b'] },
        }),
      ),
      null,
    );
    notices.notify(notice('MASTER'), 1);
    await until('two lines', () => said().length === 2);
    expect(said().sort()).toEqual(['any 5 [a b] [INSTANCE] [VI_1] [MASTER] [100]', 'master 1 own']);
    notices.notify(notice('BACKUP', { priority: 90 }), 2);
    await until('a third line', () => said().length === 3);
    expect(said()[2]).toBe('any 5 [a b] [INSTANCE] [VI_1] [BACKUP] [90]');
    expect(notes).toEqual([]);
  });

  test('run as their user, in the directory and with the environment of this program, without its loader', async () => {
    process.env.LD_PRELOAD = '';
    process.env.RELIVED_TEST_MARK = 'kept';
    const identity = script(
      'id',
      record('$(id -u) $(id -g) $(id -G) $RELIVED_TEST_MARK $(printenv LD_PRELOAD || echo none)'),
      NOBODY,
    );
    await notices.configure(plan(one({ scripts: { FAULT: identity } })), null);
    notices.notify(notice('FAULT'), 1);
    await until('a line', () => said().length === 1);
    expect(said()).toEqual(['65534 65534 65534 kept none']);
  });

  test('events that are no states have their own script, or none', async () => {
    const generic = script('any', record('any'));
    const lower = script('lower', record('lower $#'));
    await notices.configure(
      plan({ ...one({ generic, scripts: { MASTER_RX_LOWER_PRI: lower } }), fifos: [fifo('f')] }),
      null,
    );
    notices.notify(notice('MASTER_RX_LOWER_PRI'), 1);
    notices.notify(notice('MASTER_PRIORITY', { priority: 80 }), 1);
    notices.notify(notice('BACKUP_PRIORITY', { priority: 70 }), 1);
    await until('a line', () => said().length > 0);
    await finish();
    expect(said()).toEqual(['lower 0']);
  });

  test('with enable_script_security, one that others can write is not run as root', async () => {
    const master = script('master', record('master'));
    await notices.configure(
      plan({ ...one({ scripts: { MASTER: master } }), policy: { secure: true, keepSymlinks: false } }),
      null,
    );
    notices.notify(notice('MASTER'), 1);
    await until('a note', () => notes.length === 1);
    expect(notes).toMatchObject([{ error: expect.stringMatching(/others than root can write/) }]);
    expect(said()).toEqual([]);
  });

  test('one that fails is told once, until it succeeds', async () => {
    const moody = script('moody', `${record('run')}; exit "$(cat ${directory}/mood)"`);
    await notices.configure(plan(one({ scripts: { MASTER: moody, BACKUP: script('absent', '') } })), null);
    fs.rmSync(join(directory, 'absent'));
    const runs = async (mood: number): Promise<void> => {
      const before = said().length;
      fs.writeFileSync(join(directory, 'mood'), String(mood));
      notices.notify(notice('MASTER'), 7);
      await until('a run', () => said().length > before);
      // Its end is noticed after its line.
      await until('its end', () => notices.running === 0);
    };
    for (const mood of [3, 4, 0, 5]) await runs(mood);
    notices.notify(notice('BACKUP'), 8);
    await until('the end of the absent one', () => notes.length === 3);
    const to = join(directory, 'moody');
    expect(notes).toEqual([
      { type: 'notice.lost', channel: 'script', to, error: 'exit status 3' },
      { type: 'notice.lost', channel: 'script', to, error: 'exit status 5' },
      {
        type: 'notice.lost',
        channel: 'script',
        to: join(directory, 'absent'),
        error: expect.stringMatching(/ENOENT/),
      },
    ]);
  });
});

describe('the end', () => {
  test('STOP waits for it; instances come before groups, in the order of the configuration', async () => {
    const names = ['VI_2', 'VI_1'];
    await notices.configure(
      plan({
        instances: new Map(names.map((name) => [name, SILENT])),
        groups: new Map([['G', SILENT]]),
        fifos: [
          fifo('f', { script: script('reader', `while read -r line; do ${record('$line')}; done <$1`) }),
        ],
      }),
      null,
    );
    notices.notify(notice('STOP', { scope: 'GROUP', name: 'G', priority: 0 }), 1);
    notices.notify(notice('STOP', { name: 'VI_1' }), 1);
    notices.notify(notice('STOP', { name: 'VI_2', priority: 50 }), 1);
    notices.notify(notice('BACKUP', { name: 'VI_1' }), 1);
    await until('the line before', () => said().length === 1);
    await finish();
    expect(said()).toEqual([
      'INSTANCE "VI_1" BACKUP 100',
      'INSTANCE "VI_2" STOP 50',
      'INSTANCE "VI_1" STOP 100',
      'GROUP "G" STOP 0',
    ]);
    expect(fs.existsSync(join(directory, 'f'))).toBe(false);
    expect(notes).toEqual([]);
  });

  test('a script of STOP that goes on is killed after a second, with all that it started', async () => {
    const stubborn = script('stubborn', `trap "" TERM; sleep 600 & echo $! >${directory}/child; wait; wait`);
    await notices.configure(plan(one({ scripts: { STOP: stubborn } })), null);
    notices.notify(notice('STOP'), 1);
    const before = performance.now();
    await finish();
    expect(performance.now() - before).toBeLessThan(2_500);
    const child = fs.readFileSync(join(directory, 'child'), 'utf8').trim();
    await until('the end of its child', () => !fs.existsSync(`/proc/${child}/cwd`));
    expect(notes).toMatchObject([{ channel: 'script', error: 'it took too long' }]);
  });
});

describe('FIFOs', () => {
  test('both get the same bytes', async () => {
    await notices.configure(plan({ fifos: [fifo('a'), fifo('b', { keyword: 'vrrp_notify_fifo' })] }), null);
    notices.notify(notice('MASTER', { name: 'a "quoted" name' }), 1);
    notices.notify(notice('FAULT', { scope: 'GROUP', name: 'G', priority: 0 }), 1);
    const lines = 'INSTANCE "a "quoted" name" MASTER 100\nGROUP "G" FAULT 0\n';
    expect([drain('a'), drain('b')]).toEqual([lines, lines]);
  });

  test('a gap is told once when it begins and once when it is over', async () => {
    await notices.configure(plan({ fifos: [fifo('f')] }), null);
    const name = 'x'.repeat(1000);
    for (let count = 0; count < 80; count++) notices.notify(notice('MASTER', { name }), 1);
    const kept = drain('f').split('\n').length - 1;
    notices.notify(notice('BACKUP'), 2);
    const to = join(directory, 'f');
    expect(notes).toEqual([
      { type: 'notice.lost', channel: 'fifo', to, error: 'nobody reads it' },
      { type: 'notice.resumed', to, lost: 80 - kept },
    ]);
    expect(drain('f')).toBe('INSTANCE "VI_1" BACKUP 100\n');
  });

  test('one that cannot be used is told, and nothing else suffers', async () => {
    fs.symlinkSync('/etc/passwd', join(directory, 'trap'));
    await notices.configure(
      plan({ fifos: [fifo('trap'), fifo('b', { keyword: 'vrrp_notify_fifo' })] }),
      null,
    );
    notices.notify(notice('MASTER'), 1);
    expect(notes).toMatchObject([
      {
        channel: 'fifo',
        to: 'notify_fifo',
        error: expect.stringMatching(/trap is a symbolic link, not a FIFO/),
      },
    ]);
    expect(drain('b')).toBe('INSTANCE "VI_1" MASTER 100\n');
  });

  test('a reload opens them anew and starts their scripts again; one that ends by itself is told', async () => {
    const reader = script('reader', `${record('from $2')}; read -r line <$2 && ${record('$line')}`);
    const reading = fifo('f', { script: { ...reader, command: [...reader.command, 'own'] } });
    await notices.configure(plan({ fifos: [reading] }), null);
    await until('the first reader', () => said().length === 1);
    await notices.configure(plan({ fifos: [reading] }), null);
    await until('the second reader', () => said().length === 2);
    expect(notes).toEqual([]);
    notices.notify(notice('MASTER'), 1);
    await until('the line', () => said().length === 3 && notes.length === 1);
    const from = `from ${join(directory, 'f')}`;
    expect(said()).toEqual([from, from, 'INSTANCE "VI_1" MASTER 100']);
    expect(notes).toMatchObject([{ channel: 'reader', error: 'it has ended' }]);
  });
});

test('after a reload the FIFOs hear of those who have no news, if that is asked for', async () => {
  const present = [notice('MASTER'), notice('BACKUP', { name: 'VI_2' })];
  await notices.configure(plan({ fifos: [fifo('f')] }), null);
  notices.restate(present, 1);
  await notices.configure(plan({ fifos: [fifo('f')], statesAtReload: true }), null);
  notices.notify(notice('FAULT', { name: 'VI_2' }), 2);
  notices.restate(present, 3);
  expect(drain('f')).toBe('INSTANCE "VI_2" FAULT 100\nINSTANCE "VI_1" MASTER 100\n');
});

test('an instance that a reload takes away is told to its former scripts', async () => {
  await notices.configure(plan(one({ scripts: { DELETED: script('gone', record('gone')) } })), null);
  await notices.configure(plan({}), null);
  notices.notify(notice('DELETED'), 1);
  await until('a line', () => said().length === 1);
  expect(said()).toEqual(['gone']);
});

test('mail: each state once, FAULT only if it is wanted, nothing about what is no state', async () => {
  const relay = await startMailServer({ host: '127.0.0.1', port: 0 });
  const mail = {
    server: { host: '127.0.0.1', port: relay.port },
    recipients: ['ops@example.org'],
    ...{ from: 'r1@example.org', heloName: 'r1', timeoutUs: 5_000_000, routerId: 'r1', faults: false },
  };
  const loud = { ...SILENT, mail: true };
  await notices.configure(
    plan({
      mail,
      instances: new Map([
        ['VI_1', loud],
        ['VI_2', SILENT],
      ]),
      groups: new Map([['G', loud]]),
    }),
    null,
  );
  for (const state of ['BACKUP', 'MASTER', 'MASTER', 'FAULT', 'MASTER', 'MASTER_PRIORITY', 'STOP'] as const) {
    notices.notify(notice(state), 1);
  }
  notices.notify(notice('MASTER', { name: 'VI_2' }), 1);
  notices.notify(notice('BACKUP', { scope: 'GROUP', name: 'G', priority: 0 }), 1);
  await finish();
  await relay.close();
  const subjects = relay.mails.map(({ text }) => /^Subject: (.*)\r$/m.exec(text)?.[1]);
  expect(subjects).toEqual([
    '[r1] VRRP Instance VI_1 - Entering BACKUP state',
    '[r1] VRRP Instance VI_1 - Entering MASTER state',
    '[r1] VRRP Group G - Entering BACKUP state',
    '[r1] VRRP Instance VI_1 - Stopping',
  ]);
  expect(relay.mails[3]?.text).toMatch(/\r\n\r\n=> VRRP Instance stopping <=\r\n\r\n$/);
  expect(notes).toEqual([]);
});
