/**
 * Trackers of relived and of Debian's keepalived, each on a LAN of its own, live through the same story: the priorities in
 * their adverts are the same, and come in the same class of time.
 */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { ip, withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { Priorities } from '../harness/priorities.ts';
import { journals, relive } from '../harness/relive.ts';
import { RouterProcess } from '../harness/router.ts';

const VITAL = 'tracker/script/vital';
const STEP_DEADLINE_MS = 12_000;
/** Scripts run in steps of a second; a loaded machine adds its own. */
const SAME_CLASS_MS = 2_500;

const SCRIPT = `#!/bin/sh
read -r code < "$1"
[ "$code" = hang ] && sleep 60
exit "$code"
`;

function configuration(directory: string): string {
  const script = (name: string, file: string, more: string) => `vrrp_script ${name} {
  script "${directory}/script ${directory}/${file}"
  interval 1
  timeout 1
  ${more}
}
`;
  return `global_defs {
  router_id r
  script_user root
}
${script('weighted', 'weighted', 'weight -20\n  rise 2\n  fall 2')}
${script('vital', 'vital', '')}
track_file added {
  file ${directory}/added
  weight 1
}
track_file reversed {
  file ${directory}/reversed
  weight 2 reverse
  init_file 0
}
vrrp_instance VI_1 {
  state MASTER
  interface eth0
  virtual_router_id 51
  priority 100
  version 3
  advert_int 0.1
  track_script {
    weighted
    vital
  }
  track_file {
    added
    reversed
  }
  track_interface {
    eth9 weight 10
  }
  virtual_ipaddress {
    10.77.0.100/24
  }
}
`;
}

interface Step {
  readonly what: string;
  /** A file and what is written into it, or a state of the interface. */
  readonly act: readonly [file: string, text: string] | 'up' | 'down';
  /** What the adverts say in the end. */
  readonly says: number;
}

const STORY: readonly Step[] = [
  { what: 'a script fails', act: ['weighted', '1'], says: 90 },
  { what: 'it succeeds again', act: ['weighted', '0'], says: 110 },
  { what: 'a file has a number', act: ['added', '30'], says: 140 },
  { what: 'another counts the other way round', act: ['reversed', '5'], says: 130 },
  { what: 'a file says fault', act: ['added', '-254'], says: 0 },
  { what: 'and takes it back', act: ['added', '0'], says: 100 },
  { what: 'an interface goes down', act: 'down', says: 90 },
  { what: 'and comes up', act: 'up', says: 100 },
  { what: 'a script that matters fails', act: ['vital', '3'], says: 0 },
  { what: 'it succeeds again', act: ['vital', '0'], says: 100 },
  { what: 'a script hangs', act: ['weighted', 'hang'], says: 80 },
  { what: 'and does not any more', act: ['weighted', '0'], says: 100 },
];

interface Told {
  readonly story: readonly number[];
  readonly milliseconds: readonly number[];
  readonly log: string;
  /** What relived says of itself at the end, and whether its journal gives the same again. */
  readonly status: string;
  readonly rows: string;
  readonly verified: number | null;
}

async function live(lan: Lan, program: RouterProgram): Promise<Told> {
  const directory = temporaryDirectory('trackers');
  chmodSync(directory, 0o755);
  const write = (file: string, text: string): void => writeFileSync(join(directory, file), `${text}\n`);
  writeFileSync(join(directory, 'script'), SCRIPT, { mode: 0o755 });
  for (const file of ['weighted', 'vital', 'added']) write(file, '0');
  await ip(lan, 'r', 'link', 'add', 'eth9', 'type', 'veth', 'peer', 'name', 'eth9p');
  for (const name of ['eth9', 'eth9p']) await ip(lan, 'r', 'link', 'set', name, 'up');
  const heard = await Priorities.listen(lan, 'host');
  const router = await RouterProcess.start(lan, 'r', {
    program,
    configuration: configuration(directory),
    directory,
  });
  try {
    const milliseconds = [await heard.settle(110, 25_000)];
    for (const { act, says } of STORY) {
      if (act === 'up' || act === 'down') await ip(lan, 'r', 'link', 'set', 'eth9', act);
      else write(...act);
      milliseconds.push(await heard.settle(says, STEP_DEADLINE_MS));
    }
    const { stdout: status } = await relive('status', '--socket', router.files.control);
    const story = heard.story;
    await router.stop();
    const { stdout: rows } = await relive('log', ...journals(router.files.journal), '--instance', VITAL);
    const { code: verified } = await relive('verify', ...journals(router.files.journal));
    return { story, milliseconds, log: router.log, status, rows, verified };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${router.log}`);
  } finally {
    await router.stop();
    await heard.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

it('scripts, files and interfaces change the priority as with keepalived', async () => {
  const [ours, theirs] = await Promise.all(
    [relived, keepalived].map((program) => withLan({ hosts: ['r', 'host'] }, (lan) => live(lan, program))),
  );
  if (ours === undefined || theirs === undefined) throw new Error('two programs');
  expect(ours.story).toEqual(theirs.story);
  expect(ours.verified).toBe(0);
  expect(ours.status).toMatch(/script\/weighted +well +exit 0/);
  expect(ours.status).toMatch(/file\/reversed +measured +5/);
  // It ran some twenty times, and came to something else three times.
  expect(ours.rows.split('\n').filter((row) => row.includes('exit '))).toHaveLength(3);
  STORY.forEach(({ what }, at) => {
    const [own, other] = [ours.milliseconds[at + 1] ?? 0, theirs.milliseconds[at + 1] ?? 0];
    expect(Math.abs(own - other), `${what}: ${own} ms, keepalived ${other} ms`).toBeLessThan(SAME_CLASS_MS);
  });
  for (const line of [
    'VRRP_Script(weighted) succeeded',
    'VRRP_Script(vital) failed (exited with status 3)',
    'Script `vital` now returning 3',
    'VRRP_Script(weighted) timed_out',
  ]) {
    expect(theirs.log).toContain(line);
    expect(ours.log).toContain(line);
  }
}, 90_000);
