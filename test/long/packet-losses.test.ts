/** What comes while the process that runs VRRP stands still, and is more than its sockets keep, is told in its history. */
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { instanceConfiguration } from '../harness/configuration.ts';
import { createLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { relive } from '../harness/relive.ts';
import { RouterProcess } from '../harness/router.ts';

const PACKETS = 20_000;
const DEADLINE_MS = 30_000;
/** No advert of anybody, but of the protocol. */
const FLOOD = `
  const { createSocket } = require('raw-socket');
  const { wrap } = createSocket({ protocol: 112 });
  for (let left = Number(process.argv[2]); left > 0; left--)
    try { wrap.send(Buffer.alloc(20), 0, 20, process.argv[1], () => {}); }
    catch { /* Its own queue was full: the test waits for losses, not for a number of them. */ }
  process.exit(0);`;

it.each(['native', 'raw-socket'])('%s', { timeout: 60_000 }, async (carrier) => {
  const lan = await createLan({ hosts: ['a', 'host'] });
  const directory = temporaryDirectory('losses');
  const instance = instanceConfiguration({
    version: 3,
    priority: 255,
    state: 'MASTER',
    virtualAddresses: ['10.77.0.100/24'],
  });
  const router = await RouterProcess.start(lan, 'a', {
    ...{ program: relived, directory, place: directory },
    configuration: `global_defs {\n  vrrp_heartbeat ${carrier}\n}\n${instance}`,
  });
  try {
    await router.waitForLog('Startup complete');
    process.kill(router.worker, 'SIGSTOP');
    const flood = lan.spawn('host', [process.execPath, '-e', FLOOD, lan.address('a'), String(PACKETS)]);
    await once(flood, 'exit');
    process.kill(router.worker, 'SIGCONT');
    const log = async () => (await relive('log', '-j', router.files.journal)).stdout;
    await waitFor(async () => /\d+ packets lost: they came faster than/.test(await log()), {
      ...{ deadlineMs: DEADLINE_MS, intervalMs: 500, what: 'the losses in the history' },
    });
    const count = Number(/(\d+) packets lost/.exec(await log())?.[1]);
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThanOrEqual(PACKETS);
  } finally {
    await router.stop();
    await lan.destroy();
  }
});
