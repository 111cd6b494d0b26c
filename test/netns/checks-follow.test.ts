/** Real servers that follow a BFD session or a number in a file, before and after a reload brings newcomers. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { createLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { journals, relive } from '../harness/relive.ts';
import { RouterProcess } from '../harness/router.ts';

const STEP_MS = 15_000;
const [CAUTIOUS, TRUSTING, FILED, LATE] = [101, 102, 103, 104].map((last) => `[10.77.0.${last}]:tcp:80`);
const FAULT = -2_147_483_648;

let lan: Lan;
let directory: string;
let router: RouterProcess;

const session = (neighbor: string): string => `bfd_instance wan {
  neighbor_ip ${lan.address(neighbor)}
  min_tx 50
  min_rx 50
  multiplier 3
}
`;

const service = (last: number, check: string): string => `virtual_server 10.77.0.${last} 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  real_server ${lan.address('b')} 80 {
    ${check}
  }
}
`;

const configuration = (more = ''): string => `track_file load {
  file ${directory}/load
}
${session('b')}${service(101, 'BFD_CHECK {\n      name wan\n      alpha\n    }')}
${service(102, 'BFD_CHECK {\n      name wan\n    }')}
${service(103, 'FILE_CHECK {\n      track_file load\n      weight 2\n    }')}
${more}`;

function load(value: number): void {
  writeFileSync(join(directory, 'load'), `${value}\n`);
}

/** What the log says of a service, in order. */
function said(name: string | undefined): string[] {
  const lines = router.log.split('\n').map((line) => line.replace(/^.* \d{4}: /, ''));
  return lines.filter((line) => line.endsWith(`VS ${name}`));
}

async function says(name: string | undefined, count: number): Promise<readonly string[]> {
  const news = () => said(name).length >= count;
  await waitFor(news, { deadlineMs: STEP_MS, intervalMs: 10, what: `${count} lines of ${name}` }).catch(
    (error: Error) => {
      throw new Error(`${error.message}\n${router.log}`);
    },
  );
  return said(name);
}

const peer = (): Promise<RouterProcess> =>
  RouterProcess.start(lan, 'b', { program: relived, configuration: session('r'), directory });

beforeAll(async () => {
  lan = await createLan({ hosts: ['r', 'b'] });
  directory = temporaryDirectory('follow');
  load(FAULT);
  router = await RouterProcess.start(lan, 'r', {
    program: relived,
    configuration: configuration(),
    directory,
  });
}, 60_000);

afterAll(async () => {
  await router?.stop();
  await lan?.destroy();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

it('a life of them', { timeout: 60_000 }, async () => {
  const rs = `[${lan.address('b')}]:tcp:80`;
  const up = (vs: string | undefined, weight = 1): string[] => [
    `Adding service ${rs} to VS ${vs}`,
    `Gained quorum 1+0=1 <= ${weight} for VS ${vs}`,
  ];
  const down = (vs: string | undefined): string[] => [
    `Removing service ${rs} from VS ${vs}`,
    `Lost quorum 1-0=1 > 0 for VS ${vs}`,
  ];
  await router.waitForLog('Startup complete');
  await router.waitForLog('Activating BFD healthchecker');
  await router.waitForLog(`BFD check of [wan] RS(${rs}) is DOWN`);
  // keepalived: a session that was never up is down, too. What is so from the start is said before all else.
  expect([said(CAUTIOUS), said(TRUSTING), said(FILED)]).toEqual([[], [], []]);
  const first = await peer();
  expect(await says(CAUTIOUS, 2)).toEqual(up(CAUTIOUS));
  await router.waitForLog(`BFD check of [wan] RS(${rs}) is UP`);
  await first.kill();
  expect(await says(CAUTIOUS, 4)).toEqual([...up(CAUTIOUS), ...down(CAUTIOUS)]);
  const once = [...up(TRUSTING), ...down(TRUSTING)];
  expect(await says(TRUSTING, 4)).toEqual(once);
  const second = await peer();
  expect(await says(TRUSTING, 6)).toEqual([...once, ...up(TRUSTING)]);
  load(3);
  expect(await says(FILED, 2)).toEqual(up(FILED, 7));
  // One that a reload brings knows what the file says when it begins, though nothing changes in it.
  writeFileSync(
    router.configuration,
    configuration(service(104, 'FILE_CHECK {\n      track_file load\n    }')),
  );
  router.signal('SIGHUP');
  await router.waitForLog('Reload complete');
  await waitFor(
    async () => (await relive('status', '--socket', router.files.control)).stdout.includes(`${LATE}`),
    {
      ...{ deadlineMs: STEP_MS, intervalMs: 50, what: 'the newcomer' },
    },
  );
  load(FAULT);
  expect(await says(LATE, 3)).toEqual([`Gained quorum 1+0=1 <= 4 for VS ${LATE}`, ...down(LATE)]);
  await router.stop();
  await second.stop();
  expect((await relive('verify', ...journals(router.files.journal))).code).toBe(0);
});
