/**
 * Processes that relived and Debian's keepalived follow from inside a network namespace (net_namespace), where the kernel
 * tells nobody of processes: both listen before they enter it. The same processes, the same priorities.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { withLan } from '../harness/lan.ts';
import { killInTheEnd, temporaryDirectory } from '../harness/leftovers.ts';
import { Priorities } from '../harness/priorities.ts';
import { RouterProcess } from '../harness/router.ts';

/** Names that no other process on this machine has. */
const NAME = `rlvt${process.pid}`;

function configuration(namespace: string): string {
  return `net_namespace ${namespace}
global_defs {
  router_id r
}
vrrp_track_process two {
  process ${NAME}
  quorum 2
  weight 20
}
vrrp_track_process few {
  process ${NAME}
  quorum_max 2
  quorum 1
  terminate_delay 0.5
}
vrrp_instance VI_1 {
  state MASTER
  interface eth0
  virtual_router_id 51
  priority 100
  version 3
  advert_int 0.1
  track_process {
    two
    few
  }
  virtual_ipaddress {
    10.77.0.100/24
  }
}
`;
}

/** Starts what it is given where the test itself is: the routers enter the namespace by themselves. */
function outside(): Pick<Lan, 'spawn'> {
  return {
    spawn: (
      _host: string,
      [file = '', ...args]: readonly string[],
      options: SpawnOptions = {},
    ): ChildProcess => {
      const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
      killInTheEnd(child);
      return child;
    },
  };
}

const PROGRAMS: readonly RouterProgram[] = [relived, keepalived];

it('processes start and end, and both programs announce the same priorities', async () => {
  const directory = temporaryDirectory('track-process');
  const file = join(directory, NAME);
  copyFileSync('/bin/sleep', file);
  const running: ChildProcess[] = [];
  const startOne = (): void => {
    const child = spawn(file, ['600'], { stdio: 'ignore' });
    killInTheEnd(child);
    running.push(child);
  };
  const endOne = (): void => void running.pop()?.kill('SIGKILL');
  startOne();
  const lives = async (body: (heard: readonly Priorities[]) => Promise<void>) =>
    withLan({ hosts: ['r', 'host'] }, (first) =>
      withLan({ hosts: ['r', 'host'] }, async (second) => {
        const lans = [first, second];
        const heard = await Promise.all(lans.map((lan) => Priorities.listen(lan, 'host')));
        const routers = await Promise.all(
          lans.map((lan, at) =>
            RouterProcess.start(outside() as Lan, 'r', {
              program: PROGRAMS[at] as RouterProgram,
              configuration: configuration(lan.namespace('r')),
              directory: temporaryDirectory(`track-process-${at}`),
            }),
          ),
        );
        try {
          await body(heard);
        } catch (error) {
          throw new Error([String(error), ...routers.map(({ log }) => log)].join('\n'));
        } finally {
          await Promise.all(routers.map((router) => router.stop()));
          await Promise.all(heard.map((each) => each.stop()));
        }
      }),
    );
  try {
    await lives(async (heard) => {
      const settle = (priority: number, deadlineMs = 10_000) =>
        Promise.all(heard.map((each) => each.settle(priority, deadlineMs)));
      await settle(100, 25_000);
      startOne();
      await settle(120);
      // A third is one too many: a fault.
      startOne();
      await settle(0);
      endOne();
      await settle(120);
      endOne();
      await settle(100);
      endOne();
      await settle(0);
      expect(heard[0]?.story).toEqual(heard[1]?.story);
    });
  } finally {
    while (running.length > 0) endOne();
  }
}, 90_000);
