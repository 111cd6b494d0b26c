/** Real servers by name: a real name server changes its mind, forgets a name and falls silent, and the daemon follows. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { DnsServer } from '../harness/dns-server.ts';
import { createLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { journals, relive } from '../harness/relive.ts';
import { RouterProcess } from '../harness/router.ts';

const STEP_MS = 15_000;
const VS = '[10.77.0.100]:tcp:80';

let lan: Lan;
let directory: string;
let router: RouterProcess;
let dns: DnsServer;

const configuration = (quorum = 1, hold = 600): string => `global_defs {
  router_id r
  state_dump_file ${directory}/
  name_server ${lan.address('a')}
}
virtual_server 10.77.0.100 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  quorum ${quorum}
  real_server 10.77.0.9 80 {
  }
  real_server_name web.example.com 80 {
    name_refresh 0.1
    name_hold ${hold}
    name_max 3
    weight 5
  }
}
virtual_server fd00:77::100 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  real_server_name web.example.com {
    name_refresh 0.1
  }
}
`;

interface Real {
  readonly id: string;
  readonly name: string;
  readonly state: unknown;
  readonly weight: number;
}

interface Status {
  readonly virtualServers: readonly { readonly name: string; readonly realServers: readonly Real[] }[];
}

async function reals(virtual = VS): Promise<string[]> {
  const { stdout } = await relive('status', '--socket', router.files.control, '-o', 'json');
  const found: unknown = JSON.parse(stdout);
  const status = (Array.isArray(found) ? found[0] : found) as Status;
  const server = status.virtualServers.find(({ name }) => name === virtual);
  return (server?.realServers ?? []).map(
    ({ name, state, weight }) => `${/\[(.*)\]/.exec(name)?.[1]} ${String(state)} ${weight}`,
  );
}

async function become(wanted: readonly string[], virtual = VS): Promise<void> {
  let now: readonly string[] = [];
  await waitFor(
    async () => {
      now = await reals(virtual);
      return JSON.stringify(now) === JSON.stringify(wanted);
    },
    { deadlineMs: STEP_MS, intervalMs: 20, what: wanted.join(', ') },
  ).catch((error: Error) => {
    throw new Error([error.message, `they are ${now.join(', ')}`, router.log].join('\n'));
  });
}

const NINE = '10.77.0.9 up 1';
const [ONE, TWO, THREE] = [21, 22, 23].map((last) => `10.77.0.${last} up 5`) as [string, string, string];

beforeAll(async () => {
  lan = await createLan({ hosts: ['r', 'a'] });
  directory = temporaryDirectory('names');
  dns = await DnsServer.start(lan, 'a', directory, {});
  router = await RouterProcess.start(lan, 'r', {
    ...{ program: relived, configuration: configuration(), directory },
  });
}, 60_000);

afterAll(async () => {
  await router?.stop();
  await dns?.stop();
  await lan?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

it('nobody waits for an answer at the start, and there are no servers until it comes', async () => {
  await router.waitForLog('Startup complete');
  expect(await reals()).toEqual([NINE]);
  expect(await reals('[fd00:77::100]:tcp:80')).toEqual([]);
}, 30_000);

it('addresses of the family of each service are its real servers, and follow the name', async () => {
  dns.serve({ 'web.example.com': ['10.77.0.22', '10.77.0.21', 'fd00:77::21', '10.77.0.9'] });
  await become([NINE, ONE, TWO]);
  await become(['fd00:77::21 up 1'], '[fd00:77::100]:tcp:80');
  await relive('server', 'drain', '10.77.0.22', '--socket', router.files.control);
  dns.serve({ 'web.example.com': ['10.77.0.23', '10.77.0.22'] });
  await become([NINE, TWO.replace('up 5', 'drained 0'), THREE]);
  expect(router.log).toContain(`service [10.77.0.21]:tcp:80 no longer exist`);
  expect(router.log).toContain(
    'Name web.example.com (inet) has 10.77.0.22 10.77.0.23: +10.77.0.23 -10.77.0.21 -10.77.0.9',
  );
  await relive('server', 'ready', '10.77.0.22', '--socket', router.files.control);
}, 30_000);

it('are in keepalived_check.data as those of the file are', async () => {
  router.signal('SIGUSR1');
  await router.waitForLog('Printing parent data');
  const text = readFileSync(join(directory, 'keepalived_check.data'), 'utf8');
  const known = [...text.matchAll(/RIP = (\S+), RPORT = 80, WEIGHT = (\d+)/g)].map(([, ip, weight]) => [
    ip,
    weight,
  ]);
  expect(known).toEqual([
    ['10.77.0.9', '1'],
    ['10.77.0.22', '5'],
    ['10.77.0.23', '5'],
    ['fd00:77::21', '1'],
  ]);
}, 30_000);

it('stay through a reload of the file, which is no news to them', async () => {
  writeFileSync(router.configuration, configuration(2));
  router.signal('SIGHUP');
  await router.waitForLog('Reload complete');
  expect(await reals()).toEqual([NINE, TWO, THREE]);
}, 30_000);

it('stay while nobody answers, and go when the name has been gone for long enough', async () => {
  dns.serve({});
  await router.waitForLog('ETIMEOUT, its addresses are kept: 10.77.0.22 10.77.0.23');
  dns.serve({ 'web.example.com': null });
  await router.waitForLog(
    'Name web.example.com (inet): ENOTFOUND, its addresses are kept: 10.77.0.22 10.77.0.23',
  );
  expect(await reals()).toEqual([NINE, TWO, THREE]);
  const { stdout } = await relive('status', '--socket', router.files.control);
  expect(stdout).toMatch(/web\.example\.com +inet +10\.77\.0\.22 10\.77\.0\.23 +ENOTFOUND/);
  // A reload does not forget since when it is gone.
  writeFileSync(router.configuration, configuration(2, 0.1));
  router.signal('SIGHUP');
  await become([NINE]);
  dns.serve({ 'web.example.com': ['10.77.0.24', '10.77.0.25', '10.77.0.26', '10.77.0.27'] });
  await become([NINE, ...[24, 25, 26].map((last) => `10.77.0.${last} up 5`)]);
}, 60_000);

it('each change is in the journal, and touches nobody else', async () => {
  await router.stop();
  const { stdout } = await relive('log', ...journals(router.files.journal));
  expect(stdout).toContain('name web.example.com: +10.77.0.23 -10.77.0.21 -10.77.0.9');
  const stayed = stdout.split('\n').filter((line) => line.includes(`real/${VS}/[10.77.0.9]:tcp:80`));
  const why = await relive('why', '[10.77.0.23]:tcp:80', ...journals(router.files.journal));
  expect(why.stdout).toMatch(
    /went from up to ended because its name has other addresses: name web\.example\.com: /,
  );
  // It came into being, began and ended: three rows.
  expect(stayed).toHaveLength(3);
  expect((await relive('verify', ...journals(router.files.journal))).code).toBe(0);
}, 30_000);

async function startAgain(): Promise<void> {
  router = await RouterProcess.start(lan, 'r', {
    ...{ program: relived, configuration: configuration(), directory },
  });
  await router.waitForLog('Startup complete');
}

it('addresses outlive the daemon, however it ends, while no name server answers', async () => {
  const known = [NINE, ...[24, 25, 26].map((last) => `10.77.0.${last} up 5`)];
  dns.serve({});
  for (const end of ['stop', 'kill'] as const) {
    await router[end]();
    await startAgain();
    expect(await reals()).toEqual(known);
    expect(router.log).toContain(
      'Name web.example.com (inet): no answer since the start, its addresses are kept: 10.77.0.24',
    );
  }
  dns.serve({ 'web.example.com': ['10.77.0.21'] });
  await become([NINE, ONE]);
}, 60_000);

it('a damaged file of them costs nothing but the addresses', async () => {
  dns.serve({});
  await router.stop();
  writeFileSync(`${router.files.journal}.names`, '{"format":"relived names 1","names":[{');
  await startAgain();
  expect(await reals()).toEqual([NINE]);
  expect(router.log).toContain('the addresses of names in');
  dns.serve({ 'web.example.com': ['10.77.0.21'] });
  await become([NINE, ONE]);
}, 60_000);

it('what is kept is in the journal, too', async () => {
  await router.stop();
  expect((await relive('verify', ...journals(router.files.journal))).code).toBe(0);
}, 30_000);
