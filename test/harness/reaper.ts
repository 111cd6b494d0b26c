/** Reads leftovers as JSON lines until its standard input ends, then removes those that are still there. */
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Lan } from '../../src/lab/namespaces.ts';
import { crash, terminate } from '../../src/lab/process.ts';
import { run } from '../../src/lab/run.ts';
import { removeLab } from './lab.ts';
import type { Leftover } from './leftovers.ts';

/**
 * Processes first, for they write into the rest; directories last, for they hold the rest. LANs twice: a command that the
 * dead process had just given may have made a namespace while the first round was under way.
 */
const ORDER: readonly Leftover['kind'][] = ['process', 'family', 'lab', 'lan', 'lan', 'mount', 'directory'];

async function remove(leftover: Leftover): Promise<void> {
  switch (leftover.kind) {
    case 'process':
      await terminate([leftover.identity], 0);
      break;
    case 'family':
      await crash(leftover.identity);
      break;
    case 'lab':
      await removeLab(leftover);
      break;
    case 'lan':
      await Lan.open(leftover).destroy();
      break;
    case 'mount':
      await run(['umount', '--lazy', '--quiet', leftover.path], { allowFailure: true });
      break;
    case 'directory':
      rmSync(leftover.path, { recursive: true, force: true });
      break;
  }
}

const leftovers: Leftover[] = [];
for await (const line of createInterface({ input: process.stdin })) leftovers.push(JSON.parse(line));
for (const kind of ORDER) {
  for (const leftover of leftovers.filter((one) => one.kind === kind)) {
    await remove(leftover).catch((error: unknown) => console.error(`cannot remove ${leftover.kind}:`, error));
  }
}
