import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LabOptions } from '../../src/lab/lab.ts';
import { Lan } from '../../src/lab/namespaces.ts';
import { identify, isRunning } from '../../src/lab/process.ts';
import { currentLab, openLan, owner, readRecord } from '../../src/lab/record.ts';
import { keepalived, killRouter, routerProcess, startRouter, stopRouter } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { withLab } from '../harness/lab.ts';
import { servePageForTest } from '../harness/lab-page.ts';
import { killInTheEnd } from '../harness/leftovers.ts';

/** keepalived as the routers' program: this is about the lab, which must not depend on what it runs. */
const withKeepalived: Partial<LabOptions> = {
  programs: { r1: keepalived, r2: keepalived },
  page: servePageForTest,
};

describe.concurrent('the lab', { timeout: 90_000 }, () => {
  it('comes up, survives the crash and the stop of a router, and leaves nothing behind', () =>
    withLab(async (lab) => {
      lab.run(withKeepalived);
      const record = await lab.comesUp();
      const lan = openLan(record);
      await lab.waitForHolders(record, ['r1']);
      expect(await (await fetch(record.page ?? '')).text()).toBe('page');
      expect(lab.printed).toContain(`lab is up: ${record.page}`);
      const saysMaster = (line: string) => line.startsWith('r1 | ') && line.includes('Entering MASTER STATE');
      expect(lab.printed.some(saysMaster)).toBe(true);
      await expect(lab.run(withKeepalived)).rejects.toThrow(/a lab runs already/);

      const crashed = await killRouter(record, 'r1');
      await lab.waitForHolders(record, ['r1', 'r2']);
      expect(routerProcess(record, 'r1')).toBeNull();
      await waitFor(() => lab.printed.includes(`lab: r1: process ${crashed.pid} has ended`), {
        deadlineMs: 2_000,
        what: 'the end is announced',
      });
      await expect(killRouter(record, 'r1')).rejects.toThrow('not running');
      expect((await startRouter(record, lan, 'r1')).started).toBe(true);
      expect((await startRouter(record, lan, 'r1')).started).toBe(false);
      await lab.waitForHolders(record, ['r1']);

      await stopRouter(record, 'r1');
      await lab.waitForHolders(record, ['r2']);

      const processes = lab.started();
      expect(processes).toHaveLength(2);
      await lab.end();
      expect(processes.filter((pid) => identify(pid))).toEqual([]);
      expect(await lab.namespaces()).toEqual([]);
      expect(existsSync(lab.base)).toBe(false);
    }));

  it('runs relived and serves its page on loopback, unless told otherwise', () =>
    withLab(async (lab) => {
      lab.run({ listen: '127.0.0.1:0' });
      const record = await lab.comesUp();
      await lab.waitForHolders(record, ['r1']);
      expect(record.page, lab.printed.join('\n')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
      const page = await fetch(record.page ?? '');
      expect([page.status, page.headers.get('content-type')]).toEqual([
        200,
        expect.stringMatching(/^text\/html/),
      ]);
      await lab.end();
      expect(await lab.namespaces()).toEqual([]);
    }));

  it('keeps the journals when asked', () =>
    withLab(async (lab) => {
      lab.run({ ...withKeepalived, keep: true });
      await lab.comesUp();
      await lab.end();
      const [kept = ''] = readdirSync(lab.base);
      expect(readdirSync(join(lab.base, kept))).toEqual(['r1', 'r2']);
      expect(lab.printed).toContain(`lab: journals kept: ${join(lab.base, kept)}`);
    }));

  it('clears away what a killed lab process left', () =>
    withLab(async (lab) => {
      const script = new URL('../harness/lab-process.ts', import.meta.url).pathname;
      const child = spawn(process.execPath, [script, lab.base, lab.id], { stdio: 'ignore' });
      killInTheEnd(child);
      try {
        const dead = await lab.comesUp();
        const orphans = lab.started();
        expect(orphans).toHaveLength(3);
        child.kill('SIGKILL');
        await waitFor(() => !isRunning(owner(dead)), { deadlineMs: 5_000, what: 'the lab process is dead' });
        expect(() => currentLab(lab.base)).toThrow('no lab runs here');
        expect(await lab.namespaces()).toHaveLength(4);

        lab.run(withKeepalived);
        const next = await waitFor(
          () => {
            const now = readRecord(lab.base);
            return now?.ready && now.pid === process.pid ? now : null;
          },
          { deadlineMs: 30_000, what: 'the next lab is up' },
        );
        expect(orphans.filter((pid) => identify(pid))).toEqual([]);
        expect(next.id).toBe(lab.id);
        expect(lab.started()).toHaveLength(3);
      } finally {
        child.kill('SIGKILL');
      }
    }));

  it('says why when every router ends, and leaves nothing behind', () =>
    withLab(async (lab) => {
      const broken = () => ['sh', '-c', 'echo configuration error on line 1 >&2; exit 1'];
      const ended = lab.run({ programs: { r1: broken, r2: broken } });
      await expect(ended).rejects.toThrow(
        /every router has ended\n.*r1: it said: configuration error on line 1/,
      );
      expect(await lab.namespaces()).toEqual([]);
      expect(existsSync(lab.base)).toBe(false);
    }));

  it('ends at once when interrupted while it comes up', () =>
    withLab(async (lab) => {
      lab.run(withKeepalived);
      const pidFile = join(lab.base, lab.id, 'r1.pid');
      await waitFor(() => existsSync(pidFile), { deadlineMs: 10_000, what: 'a router has started' });
      const pid = Number(readFileSync(pidFile, 'utf8').split(' ')[0]);
      await lab.end();
      expect(identify(pid)).toBeNull();
      expect(await lab.namespaces()).toEqual([]);
      expect(existsSync(lab.base)).toBe(false);
    }));

  it('does without a page when none can be served', () =>
    withLab(async (lab) => {
      lab.run({ ...withKeepalived, page: () => ['sh', '-c', 'echo no such page >&2; exit 1'] });
      const record = await lab.comesUp();
      expect(record.page).toBeNull();
      expect(lab.printed).toContain('lab: no page on 127.0.0.1:8112: it said: no such page');
    }));

  it('leaves namespaces of the same name alone', () =>
    withLab(async (lab) => {
      const other = await Lan.create({ id: lab.id, hosts: ['r1', 'x'] });
      try {
        await expect(lab.run(withKeepalived)).rejects.toThrow(/exist already/);
        expect((await lab.namespaces()).sort()).toEqual([...other.namespaces].sort());
      } finally {
        await other.destroy();
      }
    }));
});
