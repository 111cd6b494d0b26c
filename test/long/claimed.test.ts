/** A worker that has read that the dead one was master, and has to wait for a script before it goes on: nobody acts meanwhile. */
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
const KEEP_MS = 4_000;

it('the address stays, though the watchdog ends to announce before', { timeout: 90_000 }, async () => {
  const lan = await createLan({ hosts: ['a'] });
  const directory = temporaryDirectory('claimed');
  const script = join(directory, 'check');
  const slow = join(directory, 'slow');
  writeFileSync(script, `#!/bin/sh\n[ ! -e ${slow} ] || sleep ${KEEP_MS / 1_000}\n`);
  chmodSync(script, 0o755);
  const instance = instanceConfiguration({
    ...{ version: 3, priority: 255, state: 'MASTER', advertInt: '3', virtualAddresses: [`${ADDRESS}/24`] },
    extra: 'track_script {\n    check\n  }\n',
  });
  const router = await RouterProcess.start(lan, 'a', {
    ...{ program: relived, directory, place: directory },
    environment: { RELIVED_KEEP_MS: String(KEEP_MS) },
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
    expect(stdout).toContain('the worker that died was its master');
  } finally {
    await router.stop();
    await lan.destroy();
  }
});
