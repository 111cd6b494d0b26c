/**
 * Scripts that hang, fork, flood their output or become a directory, as vrrp_script and as notify script of one router,
 * beside a keepalived with the same. Both stay master and end what they track in time. keepalived keeps no output, says
 * nothing of a notify script that does not end or cannot be run, and leaves those that do not listen behind at its end.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { run, waitFor } from '../../src/lab/run.ts';
import { capture } from '../harness/capture.ts';
import { ip, withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { journals, relive } from '../harness/relive.ts';
import { RouterProcess } from '../harness/router.ts';

const DEADLINE_MS = 15_000;
/** A look reads what the kernel says of each process. */
const LOOK_MS = 200;
const FORKED = 10;
/** One copy of each script, a shell and a sleep for each that is forked, and what a shell or the router is about to become. */
const MOST_PROCESSES = 2 * (2 + 1 + 2 * FORKED + 1 + 1) + 8;
const ADVERT_MS = 200;
/** Time to become a directory before this instance is master. */
const LATE_ADVERT_MS = 1_000;
/** A backup waits three times the second of the slowest of them. */
const MOST_GAP_MS = 2_500;
const MOST_MEMORY_GROWTH_KB = 40_000;
const MOST_JOURNAL_BYTES = 2_000_000;
const MOST_OUTPUT_BYTES = 300;

/** None of them ends by itself; those that can be asked to end do not listen. */
const SCRIPTS = {
  hang: "trap '' TERM\nwhile :; do sleep 1; done",
  fork: `trap '' TERM\nfor n in $(seq ${FORKED}); do (trap '' TERM; sleep 60; :) & done\nwait`,
  flood: 'exec cat /dev/zero',
} as const;
const HOSTILE = ['hang', 'fork', 'flood', 'directory'] as const;

function write(directory: string): void {
  for (const [name, body] of Object.entries({ ...SCRIPTS, directory: 'exit 0' })) {
    for (const use of ['tracked', 'notified']) {
      writeFileSync(join(directory, `${use}-${name}`), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    }
  }
}

function configuration(directory: string): string {
  const scripts = HOSTILE.map(
    (name) => `vrrp_script ${name} {
  script ${directory}/tracked-${name}
  interval 1
  timeout 1
  weight -1
}
`,
  );
  const instances = HOSTILE.map(
    (name, at) => `vrrp_instance VI_${name} {
  state BACKUP
  interface eth0
  virtual_router_id ${51 + at}
  priority 150
  version 3
  advert_int ${(name === 'directory' ? LATE_ADVERT_MS : ADVERT_MS) / 1000}
  notify_master ${directory}/notified-${name}
  track_script {
    ${name}
  }
  virtual_ipaddress {
    10.77.0.${151 + at}/24
  }
}
`,
  );
  return ['global_defs {\n  script_user root\n}\n', ...scripts, ...instances].join('');
}

/** Of the host's processes those of scripts, each by its name, and the memory of the others. */
async function processes(
  lan: Lan,
): Promise<{ readonly scripts: readonly string[]; readonly routerKb: number }> {
  const { stdout } = await run(['ip', 'netns', 'pids', lan.namespace('r')]);
  const scripts: string[] = [];
  let routerKb = 0;
  for (const pid of stdout.split('\n').filter((line) => line !== '')) {
    const status = read(`/proc/${pid}/status`);
    const name = /^Name:\t(.*)$/m.exec(status)?.[1] ?? '';
    if (/^(tracked-|notified-|sleep$|cat$|seq$)/.test(name)) scripts.push(name);
    else routerKb += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  }
  return { scripts, routerKb };
}

/** Empty if the process has ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function sizeOf(directory: string): number {
  return readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}

interface Row {
  readonly actor: string;
  readonly event: Readonly<Record<string, unknown>>;
}

interface Told {
  readonly log: string;
  readonly mostProcesses: number;
  readonly growthKb: number;
  readonly adverts: readonly { readonly gapMs: number; readonly priorities: readonly number[] }[];
  readonly longestGapMs: number;
  /** Processes of scripts after the end. */
  readonly left: readonly string[];
  readonly rows: readonly Row[];
  readonly journalBytes: number;
}

/** Of each instance: the longest time between two of its adverts, and the priorities in them. */
function advertsOf(frames: readonly string[], timesUs: readonly number[]): Told['adverts'] {
  return HOSTILE.map((_, at) => {
    const routerId = (51 + at).toString(16);
    const own = frames.flatMap((frame, index) => (frame.slice(70, 72) === routerId ? [index] : []));
    const times = own.map((index) => timesUs[index] ?? 0);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    const priorities = new Set(own.map((index) => Number.parseInt(frames[index]?.slice(72, 74) ?? '', 16)));
    return { gapMs: Math.max(...gaps) / 1000, priorities: [...priorities] };
  });
}

async function live(lan: Lan, program: RouterProgram): Promise<Told> {
  const directory = temporaryDirectory('hostile');
  write(directory);
  const heard = await capture(lan, 'host', 'ip proto 112');
  const router = await RouterProcess.start(lan, 'r', {
    program,
    configuration: configuration(directory),
    directory,
  });
  let mostProcesses = 0;
  const see = async (what: string, look: (log: string) => boolean): Promise<void> => {
    const watch = async (): Promise<boolean> => {
      mostProcesses = Math.max(mostProcesses, (await processes(lan)).scripts.length);
      return look(router.log);
    };
    await waitFor(watch, { deadlineMs: DEADLINE_MS, intervalMs: LOOK_MS, what }).catch((error: Error) => {
      throw new Error(`${error.message}\n${router.log}`);
    });
  };
  const isMaster = (name: string) => (log: string) => log.includes(`(VI_${name}) Entering MASTER STATE`);
  await see('the first masters', (log) => HOSTILE.slice(0, 3).every((name) => isMaster(name)(log)));
  const { routerKb } = await processes(lan);
  for (const use of ['tracked', 'notified']) {
    rmSync(join(directory, `${use}-directory`));
    mkdirSync(join(directory, `${use}-directory`));
  }
  await see('the last master', isMaster('directory'));
  await see('time-outs', (log) =>
    Object.keys(SCRIPTS).every((name) => log.includes(`VRRP_Script(${name}) timed_out`)),
  );
  if (program === relived)
    await see('what does not end', (log) => log.split('has not ended after').length > 3);
  const growthKb = (await processes(lan)).routerKb - routerKb;
  const adverts = advertsOf([...heard.frames], heard.timesUs);
  expect((await ip(lan, 'r', '-4', 'addr', 'show', 'dev', 'eth0')).match(/10\.77\.0\.15\d/g)).toHaveLength(
    HOSTILE.length,
  );
  await router.stop();
  const left = (await processes(lan)).scripts;
  await heard.stop();
  const longestGapMs = Math.max(...adverts.map(({ gapMs }) => gapMs));
  const told = { log: router.log, mostProcesses, growthKb, adverts, longestGapMs, left };
  if (program === keepalived) return { ...told, rows: [], journalBytes: 0 };
  const { stdout } = await relive('log', ...journals(router.files.journal), '-o', 'jsonl');
  const rows: Row[] = stdout.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line)));
  return { ...told, rows, journalBytes: sizeOf(router.files.journal) };
}

let ours: Told;
let theirs: Told;

beforeAll(async () => {
  const lives = [relived, keepalived].map((program) =>
    withLan({ hosts: ['r', 'host'] }, (lan) => live(lan, program)),
  );
  [ours, theirs] = (await Promise.all(lives)) as [Told, Told];
}, 60_000);

/** Rows about the script of an instance's tracker, or of a notice. */
const rowsOf = (actor: string, type: string): readonly Row[] =>
  ours.rows.filter((row) => row.actor === actor && row.event.type === type);
const lost = (name: string): readonly Row[] =>
  ours.rows.filter(
    ({ event }) => event.type === 'notice.lost' && String(event.to).endsWith(`/notified-${name}`),
  );

describe.each(Object.keys(SCRIPTS))('a script of the kind %s', (name) => {
  it('is timed out where it is tracked', () => {
    for (const { log } of [ours, theirs]) expect(log).toContain(`VRRP_Script(${name}) timed_out`);
    const results = rowsOf(`tracker/script/${name}`, 'result.observed');
    expect(results.map(({ event }) => event.what)).toContain('script.timedOut');
    for (const { event } of results) {
      expect(Buffer.byteLength(String(event.output))).toBeLessThanOrEqual(MOST_OUTPUT_BYTES);
    }
    const written = Math.max(...results.map(({ event }) => Number(event.outputBytes)));
    if (name === 'flood') expect(written).toBeGreaterThan(1_000_000);
  });

  it('is told of where it is to be told', () => {
    const line = `/notified-${name}' failed: it has not ended after 3 s`;
    expect(ours.log.split(line)).toHaveLength(2);
    expect(lost(name)).toHaveLength(1);
  });
});

describe('a script that becomes a directory', () => {
  it('cannot be run where it is tracked, and counts as before', () => {
    expect(ours.log).toContain("Error exec-ing script 'directory': EISDIR");
    const results = rowsOf('tracker/script/directory', 'result.observed');
    expect(results.map(({ event }) => event.what)).toContain('script.notStarted');
    for (const { adverts } of [ours, theirs]) expect(adverts.at(-1)?.priorities).toEqual([150]);
  });

  it('cannot be run where it is to be told', () => {
    expect(ours.log).toMatch(/notified-directory' failed: EISDIR/);
    expect(lost('directory')).toHaveLength(1);
  });
});

it('the instances are master once and for all', () => {
  for (const { log, longestGapMs } of [ours, theirs]) {
    for (const name of HOSTILE) {
      const states = [...log.matchAll(new RegExp(`\\(VI_${name}\\) Entering (\\w+) STATE`, 'g'))];
      expect(states.map(([, state]) => state)).toEqual(['BACKUP', 'MASTER']);
    }
    expect(longestGapMs).toBeLessThan(MOST_GAP_MS);
  }
});

it('processes, memory and journal are bounded, and no process is left', () => {
  const { mostProcesses, growthKb, journalBytes, left } = ours;
  console.log(
    `processes ${mostProcesses}, keepalived ${theirs.mostProcesses}; left ${left.length}, ` +
      `keepalived ${theirs.left.length}; memory +${growthKb} KB, journal ${journalBytes} bytes`,
  );
  expect(mostProcesses).toBeLessThanOrEqual(MOST_PROCESSES);
  expect(left).toEqual([]);
  expect(growthKb).toBeLessThan(MOST_MEMORY_GROWTH_KB);
  expect(journalBytes).toBeLessThan(MOST_JOURNAL_BYTES);
});
