/** A worker that has read that the dead one was master, and has to wait for a script before it goes on. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { AddressWatch } from '../harness/address-watch.ts';
import { instanceConfiguration } from '../harness/configuration.ts';
import { createLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { relive } from '../harness/relive.ts';
import { RouterProcess } from '../harness/router.ts';

const ADDRESS = '10.77.0.100';
const DEADLINE_MS = 30_000;
/** What the script needs: more than the watchdog announces for nobody (3 s). */
const SLOW_MS = 4_000;

const cases = [
  // By then nothing was announced for a lease of 0.3 s, if the watchdog did not go on.
  ['is announced by the watchdog for as long as that takes', '0.1', {}],
  // The watchdog falls silent before, and does nothing else: the lease of 9 s is the worker's.
  ['goes on, though the watchdog has fallen silent', '3', { RELIVED_KEEP_MOST_MS: String(SLOW_MS) }],
] as const;

it.each(cases)('%s', { timeout: 90_000 }, async (_what, advertInt, environment) => {
  const lan = await createLan({ hosts: ['a'] });
  const directory = temporaryDirectory('claimed');
  const script = join(directory, 'check');
  const slow = join(directory, 'slow');
  writeFileSync(script, `#!/bin/sh\n[ ! -e ${slow} ] || sleep ${SLOW_MS / 1_000}\n`);
  chmodSync(script, 0o755);
  const instance = instanceConfiguration({
    ...{ version: 3, priority: 255, state: 'MASTER', advertInt, virtualAddresses: [`${ADDRESS}/24`] },
    extra: 'track_script {\n    check\n  }\n',
  });
  const router = await RouterProcess.start(lan, 'a', {
    ...{ program: relived, directory, place: directory },
    environment,
    configuration: `vrrp_script check {\n  script "${script}"\n  interval 5\n  timeout 10\n}\n${instance}`,
  });
  const masterships = async () =>
    (await relive('log', '-j', router.files.journal)).stdout.split('initialize -> master').length - 1;
  const becomesMaster = (times: number) =>
    waitFor(async () => (await masterships()) === times, {
      ...{ deadlineMs: DEADLINE_MS, intervalMs: 200, what: `mastership ${times}` },
    });
  try {
    await becomesMaster(1);
    const addresses = await AddressWatch.start(lan, 'a');
    // What is to be done on its behalf is written down soon after it has become master.
    await elapse(500);
    writeFileSync(slow, '');
    process.kill(router.worker, 'SIGKILL');
    await becomesMaster(2);
    expect(addresses.changes.filter(({ address }) => address === ADDRESS)).toEqual([]);
    const { stdout } = await relive('log', '-j', router.files.journal);
    expect(stdout).toContain('the worker that died was its master, with');
    expect(stdout).not.toContain('takes away the addresses');
  } finally {
    await router.stop();
    await lan.destroy();
  }
});
