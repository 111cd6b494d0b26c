import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LabOptions, runLab } from '../../src/lab/lab.ts';
import { Lan, listNamespaces } from '../../src/lab/namespaces.ts';
import { identify, isRunning } from '../../src/lab/process.ts';
import { currentLab, type LabRecord, openLan, owner, readRecord } from '../../src/lab/record.ts';
import {
  holders,
  keepalived,
  killRouter,
  routerProcess,
  startRouter,
  stopRouter,
} from '../../src/lab/routers.ts';
import { runningService } from '../../src/lab/service.ts';
import { servePageForTest } from '../harness/lab-page.ts';
import { uniqueLanId, waitFor } from '../harness/lan.ts';

const upDeadlineMs = 30_000;

/** keepalived as the routers' program: this is about the lab, which must not depend on what it runs. */
describe('the lab', { timeout: 90_000 }, () => {
  let base: string;
  let id: string;
  let printed: string[];
  let ending: AbortController;
  let lab: Promise<void> | null;
  let child: ChildProcess | null;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'relived-lab-'));
    id = uniqueLanId();
    printed = [];
    ending = new AbortController();
    lab = null;
    child = null;
  });

  afterEach(async () => {
    ending.abort();
    await lab?.catch(() => {});
    child?.kill('SIGKILL');
    await Lan.open({ id, hosts: ['r1', 'r2', 'host'] }).destroy();
    rmSync(base, { recursive: true, force: true });
  });

  const options = (more: Partial<LabOptions> = {}): LabOptions => ({
    base,
    id,
    signal: ending.signal,
    print: (line) => printed.push(line),
    programs: { r1: keepalived, r2: keepalived },
    page: servePageForTest,
    ...more,
  });

  async function comesUp(): Promise<LabRecord> {
    const what = 'the lab is up';
    const up = waitFor(() => (readRecord(base)?.ready ? currentLab(base) : null), {
      deadlineMs: upDeadlineMs,
      what,
    });
    // A lab that ends instead says why.
    return lab === null ? up : Promise.race([up, lab.then(() => up)]);
  }

  const held = (record: LabRecord, by: string[]) =>
    waitFor(async () => String(await holders(record, openLan(record))) === String(by), {
      deadlineMs: 10_000,
      what: `the address is held by ${by}`,
    });

  const ours = async () => (await listNamespaces()).filter((name) => name.startsWith(`relived-${id}-`));

  function started(record: LabRecord): number[] {
    return ['r1', 'r2', 'page'].flatMap((name) => runningService(record.directory, name)?.pid ?? []);
  }

  it('comes up, survives the crash and the stop of a router, and leaves nothing behind', async () => {
    lab = runLab(options());
    const record = await comesUp();
    const lan = openLan(record);
    await held(record, ['r1']);
    expect(await (await fetch(record.page ?? '')).text()).toBe('page');
    expect(printed).toContain(`lab is up: ${record.page}`);
    expect(printed.some((line) => line.startsWith('r1 | ') && line.includes('Entering MASTER STATE'))).toBe(
      true,
    );
    await expect(runLab(options())).rejects.toThrow(/a lab runs already/);

    const crashed = await killRouter(record, 'r1');
    await held(record, ['r1', 'r2']);
    expect(routerProcess(record, 'r1')).toBeNull();
    await waitFor(() => printed.includes(`lab: r1: process ${crashed.pid} has ended`), {
      deadlineMs: 2_000,
      what: 'the end is announced',
    });
    await expect(killRouter(record, 'r1')).rejects.toThrow('not running');
    expect((await startRouter(record, lan, 'r1')).started).toBe(true);
    expect((await startRouter(record, lan, 'r1')).started).toBe(false);
    await held(record, ['r1']);

    await stopRouter(record, 'r1');
    await held(record, ['r2']);

    const processes = started(record);
    expect(processes).toHaveLength(2);
    ending.abort();
    await lab;
    expect(processes.filter((pid) => identify(pid))).toEqual([]);
    expect(await ours()).toEqual([]);
    expect(existsSync(base)).toBe(false);
  });

  it('keeps the journals when asked', async () => {
    lab = runLab(options({ keep: true }));
    await comesUp();
    ending.abort();
    await lab;
    const [kept = ''] = readdirSync(base);
    expect(readdirSync(join(base, kept))).toEqual(['r1', 'r2']);
    expect(printed).toContain(`lab: journals kept: ${join(base, kept)}`);
  });

  it('clears away what a killed lab process left', async () => {
    const script = new URL('../harness/lab-process.ts', import.meta.url).pathname;
    child = spawn(process.execPath, [script, base, id], { stdio: 'ignore' });
    const dead = await comesUp();
    const orphans = started(dead);
    expect(orphans).toHaveLength(3);
    child.kill('SIGKILL');
    await waitFor(() => !isRunning(owner(dead)), { deadlineMs: 5_000, what: 'the lab process is dead' });
    expect(() => currentLab(base)).toThrow('no lab runs here');
    expect(await ours()).toHaveLength(4);

    lab = runLab(options());
    const record = await waitFor(
      () => {
        const now = readRecord(base);
        return now?.ready && now.pid === process.pid ? now : null;
      },
      { deadlineMs: upDeadlineMs, what: 'the next lab is up' },
    );
    expect(orphans.filter((pid) => identify(pid))).toEqual([]);
    expect(started(record)).toHaveLength(3);
  });

  it('says why when every router ends, and leaves nothing behind', async () => {
    const broken = () => ['sh', '-c', 'echo configuration error on line 1 >&2; exit 1'];
    lab = runLab(options({ programs: { r1: broken, r2: broken } }));
    await expect(lab).rejects.toThrow(/every router has ended\n.*r1: it said: configuration error on line 1/);
    expect(await ours()).toEqual([]);
    expect(existsSync(base)).toBe(false);
  });

  it('ends at once when interrupted while it comes up', async () => {
    lab = runLab(options());
    await waitFor(() => existsSync(join(base, id, 'r1.pid')), {
      deadlineMs: 10_000,
      what: 'a router has started',
    });
    const pid = Number(readFileSync(join(base, id, 'r1.pid'), 'utf8').split(' ')[0]);
    ending.abort();
    await lab;
    expect(identify(pid)).toBeNull();
    expect(await ours()).toEqual([]);
    expect(existsSync(base)).toBe(false);
  });

  it('does without a page when none can be served', async () => {
    lab = runLab(options({ page: () => ['sh', '-c', 'echo no such page >&2; exit 1'] }));
    const record = await comesUp();
    expect(record.page).toBeNull();
    expect(printed).toContain('lab: no page on 127.0.0.1:8112: it said: no such page');
  });

  it('leaves namespaces of the same name alone', async () => {
    const other = await Lan.create({ id, hosts: ['r1', 'x'] });
    lab = runLab(options());
    await expect(lab).rejects.toThrow(/exist already/);
    expect((await ours()).sort()).toEqual([...other.namespaces].sort());
    await other.destroy();
  });
});
