/** notify_priority_changes: what the FIFO tells while trackers move the priority, beside Debian's keepalived. */
import fs from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { ip, withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { script } from '../harness/notice-story.ts';
import { RouterProcess } from '../harness/router.ts';
import { instance } from '../harness/scene.ts';

/** t0 counts by its weight, t1 is a fault. */
const TRACKED = 'track_interface {\n    t0 weight -60\n    t1\n  }';

function configuration(directory: string): string {
  const first = instance({ number: 1, priority: 150, extra: `notify_priority_changes\n  ${TRACKED}` });
  const second = instance({ number: 2, priority: 20, extra: TRACKED });
  return `global_defs {
  script_user root
  vrrp_notify_fifo ${directory}/fifo
  vrrp_notify_fifo_script "${directory}/reader"
}
${first}${second}`;
}

/** Everything that the FIFO of one router told. */
async function heardFrom(program: RouterProgram): Promise<string> {
  return withLan({ hosts: ['a', 'host'] }, async (lan) => {
    const directory = temporaryDirectory('priorities');
    fs.chmodSync(directory, 0o755);
    const said = join(directory, 'said');
    fs.writeFileSync(said, '');
    script(directory, 'reader', `trap "" TERM; cat "$1" >${said}`);
    for (const name of ['t0', 't1']) {
      await ip(lan, 'a', 'link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}p`);
      for (const end of [name, `${name}p`]) await ip(lan, 'a', 'link', 'set', end, 'up');
    }
    const router = await RouterProcess.start(lan, 'a', {
      program,
      configuration: configuration(directory),
      directory,
    });
    let lines = 0;
    /** Waits for this many more lines. */
    const more = async (count: number, what: string): Promise<void> => {
      lines += count;
      const told = () => fs.readFileSync(said, 'utf8').split('\n').length - 1 >= lines;
      await waitFor(told, { deadlineMs: 15_000, what }).catch((error: Error) => {
        throw new Error([error.message, fs.readFileSync(said, 'utf8'), router.log].join('\n'));
      });
    };
    const set = (name: string, state: string) => ip(lan, 'a', 'link', 'set', name, state);
    await more(2, 'two backups');
    await set('t0', 'down');
    await more(1, 'the priority of a backup');
    await set('t0', 'up');
    await more(1, 'the priority of a backup again');
    await more(2, 'two masters');
    await set('t0', 'down');
    await more(1, 'the priority of a master');
    await set('t0', 'up');
    await more(1, 'the priority of a master again');
    await set('t1', 'down');
    await more(2, 'two faults');
    await set('t0', 'down');
    await more(1, 'the priority in a fault');
    await set('t1', 'up');
    await more(4, 'backups and masters');
    await router.stop();
    await more(2, 'the end');
    return fs.readFileSync(said, 'utf8');
  });
}

const of = (fifo: string, name: string) => fifo.split('\n').filter((line) => line.includes(`"${name}"`));

it('tells the same lines of an instance, byte by byte, and none of one that was not asked to', async () => {
  const [ours, theirs] = await Promise.all([heardFrom(relived), heardFrom(keepalived)]);
  for (const name of ['VI_1', 'VI_2']) expect(of(ours, name)).toEqual(of(theirs, name));
  expect(of(ours, 'VI_1').filter((line) => line.includes('_PRIORITY'))).toEqual(
    ['BACKUP 90', 'BACKUP 150', 'MASTER 90', 'MASTER 150', 'BACKUP 90'].map((line) => {
      const [role, priority] = line.split(' ');
      return `INSTANCE "VI_1" ${role}_PRIORITY ${priority}`;
    }),
  );
  expect(of(ours, 'VI_2').filter((line) => line.includes('_PRIORITY'))).toEqual([]);
});
