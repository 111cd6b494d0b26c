/** A full disk costs history, never a failover; and the history says what it lost. */
import { execFileSync } from 'node:child_process';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { waitFor } from '../../src/lab/run.ts';
import { masterDownIntervalUs } from '../../src/machines/vrrp/vrrp.timing.ts';
import { removeInTheEnd } from '../harness/leftovers.ts';
import { Pair } from '../harness/pair.ts';
import { journals, relive } from '../harness/relive.ts';

const MOST_CYCLES = 15;

async function fill(directory: string): Promise<string> {
  const ballast = join(directory, 'ballast');
  const { bavail, bsize } = await statfs(directory);
  await writeFile(ballast, Buffer.alloc(bavail * bsize)).catch(() => {});
  return ballast;
}

it('fails over on time with a full journal, and relive log shows the gap afterwards', async () => {
  const advertInt = '0.2';
  const pair = await Pair.create({
    programs: { a: 'relived', b: 'relived' },
    version: 3,
    unicast: false,
    advertInt,
  });
  try {
    const journal = pair.journal('b');
    await mkdir(journal);
    removeInTheEnd({ kind: 'mount', path: journal });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', journal]);
    await pair.start('b');
    await pair.waitForHolder('b');
    await pair.start('a');
    await pair.waitForHolder('a');
    const ballast = await fill(journal);

    const terms = { version: 3, priority: 100, masterAdvertIntervalUs: 200_000 } as const;
    // The promise is Master_Down_Interval and 50 ms; the rest is for looking at the kernel on a busy machine.
    const inTimeMs = masterDownIntervalUs(terms) / 1000 + 500;
    const failOver = async () => {
      await pair.kill('a');
      await pair.waitForHolder('b', inTimeMs);
      await pair.start('a');
      await pair.waitForHolder('a');
    };
    // The write-ahead log has pages to spare for the first rows: go on until the disk is really asked for more.
    const degraded = () => pair.log('b').includes('journal cannot be written');
    for (let cycle = 0; cycle < MOST_CYCLES && !degraded(); cycle += 1) await failOver();
    expect(degraded(), pair.log('b')).toBe(true);
    await failOver();
    expect(pair.log('b').match(/journal cannot be written/g)).toHaveLength(1);

    await rm(ballast);
    await waitFor(() => pair.log('b').includes('journal is written again'), {
      deadlineMs: 40_000,
      what: 'b writing again',
    });
    await pair.stop('b');
    const { stdout, code } = await relive('log', ...journals(journal));
    expect(code).toBe(0);
    expect(stdout).toMatch(/journal gap/);
    expect((await relive('verify', ...journals(journal))).code).toBe(0);
  } finally {
    execFileSync('umount', ['--lazy', pair.journal('b')]);
    await pair.destroy();
  }
}, 120_000);
