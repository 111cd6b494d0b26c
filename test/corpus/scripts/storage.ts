/** Histories that are not whole. */

import { mkdirSync, rmSync } from 'node:fs';
import { statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../src/lab/run.ts';
import { removeInTheEnd } from '../../harness/leftovers.ts';
import type { Script } from '../incident.ts';
import { AB, ofA, peace } from './common.ts';

const MOST_CYCLES = 12;

export const storage: Readonly<Record<string, Script>> = {
  'disk-full': {
    hosts: AB,
    async play(stage) {
      const journal = stage.journal('b');
      mkdirSync(journal);
      removeInTheEnd({ kind: 'mount', path: journal });
      await run(['mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', journal]);
      await peace(stage);
      const ballast = join(journal, 'ballast');
      const { bavail, bsize } = await statfs(journal);
      await writeFile(ballast, Buffer.alloc(bavail * bsize)).catch(() => {});
      const isFull = (): boolean => stage.log('b').includes('journal cannot be written');
      for (let cycle = 0; cycle < MOST_CYCLES && !isFull(); cycle += 1) {
        await stage.kill('a');
        await stage.untilHeld('b');
        await stage.start('a', ofA());
        await stage.untilGone('b');
      }
      await stage.kill('a');
      await stage.untilHeld('b');
      await stage.pass(300);
      stage.moment('full');
      rmSync(ballast);
      await stage.untilLogged('b', 'journal is written again');
    },
  },
};
