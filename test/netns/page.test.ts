/** relived_view: the daemon has its history served by a process of its own, which lives and ends with it. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import type { RowsAnswer, ViewRow } from '../../src/view/api.ts';
import { createLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { RouterProcess } from '../harness/router.ts';

const STEP_MS = 20_000;

let lan: Lan;
let directory: string;
let router: RouterProcess;

const configuration = (page: string): string => `global_defs {
  router_id r
  ${page}
}
vrrp_instance VI_1 {
  interface eth0
  state BACKUP
  virtual_router_id 7
  priority 100
  advert_int 1
  virtual_ipaddress {
    10.77.0.100
  }
}
`;

const socket = (name: string): string => join(directory, `${name}.sock`);

/** What the page is told; null: nobody answers. */
function askAt<T>(socketPath: string, path: string): Promise<T | null> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path, headers: { Host: 'r' } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      response.on('end', () => resolve(JSON.parse(text) as T));
    });
    asked.on('error', () => resolve(null)).end();
  });
}

/** Nodes that the page would show; null: nobody answers. */
async function nodesAt(path: string): Promise<string[] | null> {
  const answer = await askAt<{ nodes?: { node: string }[] }>(path, '/api/nodes');
  return answer === null ? null : (answer.nodes ?? []).map(({ node }) => node);
}

const rowsAt = async (path: string): Promise<readonly ViewRow[]> =>
  (await askAt<RowsAnswer>(path, '/api/rows?node=r&actor=vrrp/VI_1'))?.rows ?? [];

const isMaster = ({ state }: ViewRow): boolean => (state as { protocol?: unknown }).protocol === 'master';

function served(path: string): Promise<unknown> {
  return waitFor(async () => String(await nodesAt(path)) === 'r', {
    deadlineMs: STEP_MS,
    intervalMs: 20,
    what: `the page at ${path}\n${router.log}`,
  });
}

const isPage = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes('view');
  } catch {
    return false;
  }
};

const page = (): number | undefined => router.family.find(isPage);

async function reload(text: string): Promise<void> {
  const before = router.log.split('Reload complete').length;
  writeFileSync(router.configuration, configuration(text));
  router.signal('SIGHUP');
  await waitFor(() => router.log.split('Reload complete').length > before, {
    deadlineMs: STEP_MS,
    what: 'the reload',
  });
}

const gone = (pid: number): Promise<unknown> =>
  waitFor(() => !isPage(pid), { deadlineMs: STEP_MS, intervalMs: 10, what: 'the end of the page' });

beforeAll(async () => {
  lan = await createLan({ hosts: ['r'] });
  directory = temporaryDirectory('page');
  const text = configuration(`relived_view unix:${socket('one')} socket_mode 660`);
  router = await RouterProcess.start(lan, 'r', { program: relived, configuration: text, directory });
}, 60_000);

afterAll(async () => {
  await router?.stop();
  await lan?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

it('is served beside the daemon, last in line for a processor', async () => {
  await served(socket('one'));
  expect(router.log).toContain(`The page of the history is served at unix:${socket('one')}`);
  const pid = page() ?? 0;
  expect(getPriority(pid)).toBe(19);
  expect(getPriority(router.worker)).toBe(0);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  for (const set of ['CapEff', 'CapPrm', 'CapBnd']) expect(status).toMatch(new RegExp(`^${set}:\\t0+$`, 'm'));
  expect(status).toMatch(/^NoNewPrivs:\t1$/m);
}, 60_000);

it('explains what its history holds', async () => {
  await waitFor(async () => (await rowsAt(socket('one'))).some(isMaster), {
    deadlineMs: STEP_MS,
    what: 'a master',
  });
  const { seq, node, actor } = (await rowsAt(socket('one'))).find(isMaster) ?? {
    seq: 0,
    node: '',
    actor: '',
  };
  const told = await askAt(socket('one'), `/api/why?node=${node}&actor=${actor}&seq=${seq}`);
  expect(told).toMatchObject({ sentence: expect.stringMatching(/^r (?:took|became)/) });
  const whyNot = `/api/whynot?node=${node}&actor=${actor}&seq=${seq}&state=protocol.backup`;
  expect(await askAt(socket('one'), whyNot)).toMatchObject({ sentence: expect.stringContaining('backup') });
}, 60_000);

it('comes back when it was killed', async () => {
  const killed = page() ?? 0;
  process.kill(killed, 'SIGKILL');
  await gone(killed);
  await served(socket('one'));
  expect(router.log).toContain('The page of the history was ended by SIGKILL, again in 1 s');
}, 60_000);

it('follows a reload, and stays as it is through one that is about something else', async () => {
  const before = page();
  await reload(`relived_view unix:${socket('one')} socket_mode 660 # the same`);
  expect(page()).toBe(before);
  await reload(`relived_view unix:${socket('two')}`);
  await served(socket('two'));
  expect(existsSync(socket('one'))).toBe(false);
  const second = page() ?? 0;
  await reload('');
  await gone(second);
  expect(router.log).toContain('The page of the history is served no more');
  expect(existsSync(socket('two'))).toBe(false);
}, 60_000);

it('says why it cannot be served, and tries again', async () => {
  await reload(`relived_view 127.0.0.1:8112 token_file ${directory}/none`);
  await router.waitForLog('The page of the history ended with status 1 (cannot serve the page: ENOENT');
  writeFileSync(join(directory, 'none'), 'a-token-of-sixteen-characters', { mode: 0o600 });
  await reload(`relived_view unix:${socket('three')} token_file ${directory}/none`);
  await waitFor(async () => String(await nodesAt(socket('three'))) === '', {
    deadlineMs: STEP_MS,
    what: '401',
  });
}, 60_000);

it('ends with the daemon', async () => {
  const pid = page() ?? 0;
  expect(isPage(pid)).toBe(true);
  await router.stop();
  expect(isPage(pid)).toBe(false);
  expect(existsSync(socket('three'))).toBe(false);
  router = await RouterProcess.start(lan, 'r', {
    ...{ program: relived, directory },
    configuration: configuration(`relived_view unix:${socket('four')}`),
  });
  await served(socket('four'));
  const second = page() ?? 0;
  router.signal('SIGKILL');
  await gone(second);
}, 60_000);
