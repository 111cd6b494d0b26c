/** An operator drains real servers, takes them out and back and weighs them while the daemon runs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { createLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { script } from '../harness/notice-story.ts';
import { journals, relive } from '../harness/relive.ts';
import { RouterProcess } from '../harness/router.ts';

const DEADLINE_MS = 10_000;
const VIRTUAL = '[10.77.0.100]:tcp:80';

let lan: Lan;
let directory: string;
let router: RouterProcess;

/** Nobody checks them: they are up unless somebody says otherwise. */
const configuration = (): string => `global_defs {
  router_id r
  script_user root
  lvs_notify_fifo ${directory}/fifo
  lvs_notify_fifo_script "${directory}/reader"
}
virtual_server 10.77.0.100 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  quorum 4
  real_server 10.77.0.8 80 {
    weight 3
  }
  real_server 10.77.0.9 80 {
    weight 2
  }
}
`;

function order(...words: readonly string[]) {
  return relive('server', ...words, '--socket', router.files.control);
}

/** What it says of each server that an order was for. */
async function stateAfter(...words: readonly string[]): Promise<string[]> {
  const { stdout } = await order(...words, '-o', 'json');
  const servers = JSON.parse(stdout) as { name: string; state: string; weight: number }[];
  return servers.map(({ name, state, weight }) => `${name} ${state} ${weight}`);
}

function told(): string[] {
  return readFileSync(join(directory, 'said'), 'latin1').split('\n').slice(0, -1);
}

beforeAll(async () => {
  lan = await createLan({ hosts: ['r'] });
  directory = temporaryDirectory('orders');
  script(directory, 'reader', `trap "" TERM; cat "$1" >>${directory}/said`);
  router = await RouterProcess.start(lan, 'r', {
    ...{ program: relived, configuration: configuration(), directory },
  });
  await router.waitForLog('Gained quorum');
}, 60_000);

afterAll(async () => {
  await router?.stop();
  await lan?.destroy();
});

describe('orders', () => {
  it('are told of by the words of keepalived, and hold until the next one', async () => {
    expect(await stateAfter('drain', '10.77.0.9')).toEqual(['[10.77.0.9]:tcp:80 drained 0']);
    expect(await stateAfter('ready', '10.77.0.9:80')).toEqual(['[10.77.0.9]:tcp:80 up 2']);
    expect(await stateAfter('maint', '10.77.0.8')).toEqual(['[10.77.0.8]:tcp:80 maintenance 3']);
    expect(await stateAfter('weight', '10.77.0.9', '7')).toEqual(['[10.77.0.9]:tcp:80 up 7']);
    expect(await stateAfter('ready', '[10.77.0.8]:tcp:80', '--virtual', VIRTUAL)).toEqual([
      '[10.77.0.8]:tcp:80 up 3',
    ]);
    expect(await stateAfter('weight', '10.77.0.9', 'auto')).toEqual(['[10.77.0.9]:tcp:80 up 2']);
    const lines = [
      `VS ${VIRTUAL} UP`,
      `VS ${VIRTUAL} DOWN`,
      `VS ${VIRTUAL} UP`,
      `RS [10.77.0.8]:tcp:80 ${VIRTUAL} DOWN`,
      `VS ${VIRTUAL} DOWN`,
      `VS ${VIRTUAL} UP`,
      `RS [10.77.0.8]:tcp:80 ${VIRTUAL} UP`,
    ];
    await waitFor(() => told().length >= lines.length, { deadlineMs: DEADLINE_MS, what: 'all lines' });
    expect(told()).toEqual(lines);
    const active = `for active service [10.77.0.9]:tcp:80 of VS ${VIRTUAL}`;
    for (const line of [
      `Changing weight from 2 to 0 ${active}`,
      `Changing weight from 0 to 2 ${active}`,
      `Removing service [10.77.0.8]:tcp:80 from VS ${VIRTUAL}`,
      `Changing weight from 2 to 7 ${active}`,
      `Adding service [10.77.0.8]:tcp:80 to VS ${VIRTUAL}`,
    ]) {
      expect(router.log).toContain(`${line}\n`);
    }
  });

  it('that cannot be carried out change nothing and say why', async () => {
    for (const [words, complaint] of [
      [['drain', '10.77.0.7'], 'there is no real server 10.77.0.7'],
      [['drain', '10.77.0.8', '--virtual', 'FWM 5'], `is not of virtual server FWM 5 but of ${VIRTUAL}`],
      [['weight', '10.77.0.8', 'heavy'], 'heavy is neither a weight nor `auto`'],
      [['weight', '10.77.0.8', '2147483648'], 'a weight is a whole number from 0 to 2147483647'],
    ] as const) {
      const { code, stderr } = await order(...words);
      expect([code > 0, stderr]).toEqual([true, expect.stringContaining(complaint)]);
    }
  });

  it('outlive the daemon, also one that is killed, from its first look at the table on', async () => {
    await order('drain', '10.77.0.9');
    await order('weight', '10.77.0.8', '5');
    await router.kill();
    router = await RouterProcess.start(lan, 'r', {
      ...{ program: relived, configuration: configuration(), directory },
    });
    await router.waitForLog('Startup complete');
    expect(router.log).toContain(`the order drain holds for service [10.77.0.9]:tcp:80 of VS ${VIRTUAL}\n`);
    expect(router.log).toContain(
      `the order weight 5 holds for service [10.77.0.8]:tcp:80 of VS ${VIRTUAL}\n`,
    );
    expect(router.log).not.toContain('Changing weight');
    const { stdout } = await relive('status', '--socket', router.files.control);
    expect(stdout).toMatch(/\[10\.77\.0\.9\]:tcp:80 +drained +0/);
    expect(stdout).toMatch(/\[10\.77\.0\.8\]:tcp:80 +up +5/);
  });

  it('for a server that a reload takes away are dropped, those for the others are not', async () => {
    const without = configuration().replace(/ {2}real_server 10\.77\.0\.9 80 \{[^}]*\}\n/, '');
    writeFileSync(router.configuration, without);
    router.signal('SIGHUP');
    await router.waitForLog('Reload complete');
    expect(router.log).toContain('the order for [10.77.0.100]:tcp:80/[10.77.0.9]:tcp:80 is dropped');
    const { stdout } = await relive('status', '--socket', router.files.control);
    expect(stdout).toMatch(/\[10\.77\.0\.8\]:tcp:80 +up +5/);
    await router.stop();
    const kept = JSON.parse(readFileSync(`${router.files.journal}.orders`, 'utf8'));
    expect(Object.values(kept.orders)).toEqual([{ duty: 'ready', weight: 5 }]);
  });

  it('are in the journal like anything else', async () => {
    const { stdout } = await relive('log', ...journals(router.files.journal));
    for (const words of ['operator: drain', 'operator: maintenance', 'operator: weight 7']) {
      expect(stdout).toContain(words);
    }
    expect((await relive('verify', ...journals(router.files.journal))).code).toBe(0);
  });
});
