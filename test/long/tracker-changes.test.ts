/** Links that flap, links that are asked for, scripts that go bad, and configurations that change under running trackers. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { AddressWatch } from '../harness/address-watch.ts';
import { instanceConfiguration } from '../harness/configuration.ts';
import { withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { Priorities } from '../harness/priorities.ts';
import { journals, relive } from '../harness/relive.ts';
import { RouterProcess } from '../harness/router.ts';

const VIRTUAL = '10.77.0.100';
const HOSTS = ['r', 'host'] as const;

function instance(extra = ''): string {
  const virtualAddresses = [`${VIRTUAL}/24`];
  return instanceConfiguration({
    version: 3,
    priority: 100,
    state: 'MASTER',
    advertInt: '0.5',
    virtualAddresses,
    extra,
  });
}

/** A router whose address is watched. */
async function holding(
  lan: Lan,
  program: RouterProgram,
  configuration: string,
  body: (watch: AddressWatch, router: RouterProcess) => Promise<void>,
): Promise<void> {
  const watch = await AddressWatch.start(lan, 'r');
  const router = await RouterProcess.start(lan, 'r', {
    program,
    configuration,
    directory: temporaryDirectory('tracker-changes'),
  });
  try {
    await held(watch, true, 40_000);
    await body(watch, router);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${router.log}`);
  } finally {
    await router.stop();
  }
}

/** Gives the milliseconds that passed. */
async function held(watch: AddressWatch, holds: boolean, deadlineMs = 10_000): Promise<number> {
  const began = performance.now();
  const what = `the address ${holds ? 'held' : 'gone'}`;
  await waitFor(() => watch.holds(VIRTUAL) === holds, { deadlineMs, intervalMs: 2, what });
  return performance.now() - began;
}

describe.each([
  ['relived', relived],
  ['keepalived', keepalived],
] as const)('%s', (_, program) => {
  it('a link that is down for less than its delay changes nothing, a longer loss and its end count late', async () => {
    const delays = 'interface_up_down_delays {\n  eth0 0.8 0.5\n}\n';
    await withLan({ hosts: HOSTS }, (lan) =>
      holding(lan, program, delays + instance(), async (watch) => {
        const before = watch.changes.length;
        await lan.cut('r');
        await elapse(200);
        await lan.heal('r');
        // Longer than the delay: if it was running still, it would have run out.
        await elapse(1_200);
        expect(watch.changes).toHaveLength(before);
        let began = performance.now();
        await lan.cut('r');
        await held(watch, false);
        expect(performance.now() - began).toBeGreaterThan(700);
        began = performance.now();
        await lan.heal('r');
        await held(watch, true);
        // The delay, and then a whole Master_Down_Interval of three adverts.
        expect(performance.now() - began).toBeGreaterThan(500 + 1_500);
      }),
    );
  }, 90_000);

  it('a link that is asked for is missed within a second or so', async () => {
    await withLan({ hosts: HOSTS }, (lan) =>
      holding(lan, program, `linkbeat_use_polling\n${instance()}`, async (watch) => {
        await lan.cut('r');
        await held(watch, false, 4_000);
        await lan.heal('r');
        await held(watch, true, 8_000);
      }),
    );
  }, 90_000);
});

describe('relived', () => {
  it('a script that becomes a directory is said to be one, and the last good state stays', async () => {
    const directory = temporaryDirectory('tracker-script');
    const script = join(directory, 'script');
    writeFileSync(script, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    const tracked = `vrrp_script s {\n  script ${script}\n  interval 1\n  user root\n}\n`;
    await withLan({ hosts: HOSTS }, (lan) =>
      holding(lan, relived, tracked + instance('track_script {\n    s\n  }'), async (watch, router) => {
        const before = watch.changes.length;
        rmSync(script);
        mkdirSync(script);
        await router.waitForLog("Error exec-ing script 's'");
        expect(router.log).toContain('is a directory');
        rmSync(script, { recursive: true });
        writeFileSync(script, '#!/bin/sh\necho "no disk left"\nexit 4\n', { mode: 0o755 });
        await router.waitForLog('VRRP_Script(s) failed (exited with status 4)');
        await held(watch, false);
        expect(watch.changes.length).toBeGreaterThan(before);
        await router.stop();
        const { stdout } = await relive('why', ...journals(router.files.journal));
        expect(stdout).toMatch(/gave up VI_1 because script\/s failed \(exit 4 after [^)]*"no disk left"\)/);
      }),
    );
  }, 90_000);

  it('a reload gives a tracker another weight', async () => {
    const directory = temporaryDirectory('tracker-reload');
    for (const [file, number] of [
      ['a', 3],
      ['b', 5],
    ] as const)
      writeFileSync(join(directory, file), `${number}\n`);
    const files = ['a', 'b'].map((name) => `track_file ${name} {\n  file ${directory}/${name}\n}\n`).join('');
    const following = (lines: string) => files + instance(`track_file {\n    ${lines}\n  }`);
    await withLan({ hosts: HOSTS }, async (lan) => {
      const heard = await Priorities.listen(lan, 'host');
      await holding(lan, relived, following('a'), async (_watch, router) => {
        await heard.settle(103, 20_000);
        writeFileSync(router.configuration, following('a weight 2'));
        router.signal('SIGHUP');
        await heard.settle(106, 15_000);
        writeFileSync(join(directory, 'a'), '4\n');
        await heard.settle(108, 10_000);
        expect(heard.story).toEqual([103, 106, 108]);
      });
      await heard.stop();
    });
  }, 90_000);
});
