/** Two services with one real server: their checks have one probe between them, which each of them judges by itself. */
import type { ChildProcess } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { createLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { journals, relive } from '../harness/relive.ts';
import { RouterProcess } from '../harness/router.ts';

const STEP_MS = 10_000;
const SERVER =
  "require('node:net').createServer((c) => { c.destroy(); console.log('hit'); }).listen(8080, () => console.log('up'))";

let lan: Lan;
let directory: string;
let router: RouterProcess;
let server: ChildProcess;
let hits = 0;

async function serve(): Promise<void> {
  let isUp = false;
  server = lan.spawn('a', [process.execPath, '-e', SERVER]);
  server.stdout?.setEncoding('utf8').on('data', (text: string) => {
    isUp ||= text.includes('up');
    hits += text.split('hit').length - 1;
  });
  await waitFor(() => isUp, { deadlineMs: STEP_MS, intervalMs: 5, what: 'the server' });
}

async function kill(): Promise<void> {
  const ended = new Promise((resolve) => server.once('close', resolve));
  server.kill('SIGKILL');
  await ended;
}

/** Only one of the two forgives a failure. `timeout`: of the second one's check. */
const configuration = (timeout: number, more = ''): string => `global_defs {
  router_id r
  checker_share_probes
}
${[100, 101]
  .map(
    (last) => `virtual_server 10.77.0.${last} 80 {
  delay_loop 0.1
  warmup 0
  delay_before_retry 0.2
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  ${more}
  real_server ${lan.address('a')} 8080 {
    TCP_CHECK {
      retry ${last - 100}
      connect_timeout ${last === 100 ? 1 : timeout}
    }
  }
}
`,
  )
  .join('')}`;

interface Checker {
  readonly state: unknown;
  readonly runs: number;
}

async function checkers(): Promise<Checker[]> {
  const { stdout } = await relive('status', '--socket', router.files.control, '-o', 'json');
  const found: Checker[] = [];
  const seek = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('kind' in value && 'runs' in value) found.push(value as unknown as Checker);
    for (const inner of Object.values(value)) seek(inner);
  };
  seek(JSON.parse(stdout));
  return found;
}

/** How many connections the server has seen for each probe that checkers have heard of, over some of them. */
async function connectionsForEachResult(): Promise<number> {
  const [runs, seen] = [(await checkers()).reduce((sum, each) => sum + each.runs, 0), hits];
  await waitFor(() => hits >= seen + 20, { deadlineMs: STEP_MS, intervalMs: 20, what: 'some probes' });
  const more = (await checkers()).reduce((sum, each) => sum + each.runs, 0) - runs;
  return (hits - seen) / more;
}

const logged = (pattern: RegExp): string[] =>
  router.log
    .split('\n')
    .map((line) => line.replace(/^.* \d{4}: /, ''))
    .filter((line) => pattern.test(line));

beforeAll(async () => {
  lan = await createLan({ hosts: ['r', 'a'] });
  directory = temporaryDirectory('sharing');
  await serve();
  router = await RouterProcess.start(lan, 'r', {
    ...{ program: relived, configuration: configuration(1), directory },
  });
  await waitFor(() => logged(/success/).length === 2, { deadlineMs: STEP_MS, what: 'two successes' });
}, 60_000);

afterAll(async () => {
  await router?.stop();
  server?.kill('SIGKILL');
  await lan?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

describe('checks that are alike', () => {
  it('cost the server half of the connections', async () => {
    expect(await connectionsForEachResult()).toBeCloseTo(0.5, 0.7);
  });

  it('each fall by their own count of tries, and all recover', async () => {
    await kill();
    await waitFor(() => logged(/^Removing service/).length === 2, { deadlineMs: STEP_MS, what: 'two falls' });
    // The first of a failure is final for one of them; the other one tries again, and later.
    expect(logged(/TCP_CHECK/)).toEqual([
      expect.stringMatching(/failed\.$/),
      expect.stringMatching(/failed after 1 retries\.$/),
    ]);
    await serve();
    await waitFor(() => logged(/^Adding service/).length === 2, { deadlineMs: STEP_MS, what: 'two rises' });
  });

  it('have probes of their own once a reload makes them differ', async () => {
    writeFileSync(router.configuration, configuration(2, 'delay_loop_down 0.3\n  delay_loop_failing 0.05'));
    router.signal('SIGHUP');
    await router.waitForLog('Reload complete');
    await waitFor(
      async () => (await checkers()).every(({ state }) => JSON.stringify(state).includes('steady')),
      {
        ...{ deadlineMs: STEP_MS, what: 'both pass' },
      },
    );
    expect(await connectionsForEachResult()).toBeCloseTo(1, 0.7);
  });

  it('are tried at the paces that are configured for a server that fails and for one that is down', async () => {
    await kill();
    await waitFor(() => logged(/^Removing service/).length === 4, { deadlineMs: STEP_MS, what: 'two falls' });
    await router.stop();
    const { stdout } = await relive('log', ...journals(router.files.journal));
    expect(stdout).toContain('probe again in 50 ms');
    expect(stdout).toContain('probe again in 300 ms');
    expect((await relive('verify', ...journals(router.files.journal))).code).toBe(0);
  });
});
