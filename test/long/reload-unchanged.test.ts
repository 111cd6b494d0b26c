/** SIGHUP with a file that has not changed, and everything in it: nobody notices. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { relive } from '../harness/relive.ts';
import { type HeardAdvert, Reloading } from '../harness/reloading.ts';

const INTERVAL_US = 500_000;
const RELOADS = 3;

const configuration = (directory: string) => `global_defs {
  router_id r
  script_user root
  enable_script_security
  vrrp_notify_fifo ${directory}/fifo
}
static_ipaddress {
  10.88.0.1/24 dev eth0 label eth0:st
}
static_routes {
  10.98.0.0/24 dev eth0
}
static_rules {
  from 10.98.0.0/24 table 101 priority 5001
}
bfd_instance neighbour {
  neighbor_ip 10.77.0.2
}
vrrp_script well {
  script "${directory}/well"
  interval 1
  weight 3
  user root
}
track_file number {
  file ${directory}/number
  weight 1
}
vrrp_sync_group both {
  group {
    four
    six
  }
  notify ${directory}/told
}
vrrp_instance four {
  state MASTER
  version 3
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 0.5
  notify ${directory}/told
  virtual_ipaddress {
    10.77.0.100/24 label eth0:vip
    10.77.0.101/24 dev eth0 preferred_lft 0
  }
  virtual_ipaddress_excluded {
    10.77.0.102/32
  }
  virtual_routes {
    10.99.0.0/24 via 10.77.0.2 dev eth0 metric 30
  }
  virtual_rules {
    from 10.99.0.0/24 table 100 priority 5000
  }
}
vrrp_instance alone {
  state MASTER
  version 3
  interface eth0
  virtual_router_id 53
  priority 100
  advert_int 0.5
  track_script {
    well
  }
  track_file {
    number
  }
  track_interface {
    lo weight 5
  }
  track_bfd {
    neighbour weight -4
  }
  virtual_ipaddress {
    10.77.0.103/24
  }
}
vrrp_instance six {
  state MASTER
  version 3
  interface eth0
  virtual_router_id 52
  priority 100
  advert_int 0.5
  virtual_ipaddress {
    fe80::77:1/64
    fd77::100/64
  }
  virtual_routes {
    fd99::/64 dev eth0
  }
}
`;

/** Distances from one to the next. */
function gapsUs(adverts: readonly HeardAdvert[]): number[] {
  return adverts.slice(1).map(({ atUs }, at) => atUs - (adverts[at]?.atUs ?? 0));
}

describe('a reload of an unchanged file', { timeout: 60_000 }, () => {
  const directory = temporaryDirectory('reload');
  const text = configuration(directory);
  let scene: Reloading;
  let last: Record<number, number>;
  let [kernelFrom, logFrom] = [0, 0];
  let before = '';

  const state = async (): Promise<string> => {
    const shown = [
      ['addr'],
      ['-4', 'route', 'show', 'table', 'all'],
      ['-6', 'route'],
      ['rule'],
      ['-6', 'rule'],
    ];
    return (await Promise.all(shown.map((args) => scene.ip(...args))))
      .join('')
      .replace(/ (expires|valid_lft) \S+/g, '');
  };

  beforeAll(async () => {
    for (const [name, body] of [
      ['well', 'exit 0'],
      ['told', `echo "$@" >> ${directory}/notices`],
    ] as const) {
      writeFileSync(join(directory, name), `#!/bin/sh\n${body}\n`);
      chmodSync(join(directory, name), 0o700);
    }
    writeFileSync(join(directory, 'number'), '7');
    scene = await Reloading.start(text, directory);
    const settled = (id: number, priority: number) => scene.adverts(id).at(-1)?.priority === priority;
    await scene.until(
      () => settled(53, 100 + 3 + 7 + 5 - 4) && settled(51, 100) && settled(52, 100),
      'all are masters',
    );
    await scene.hears(51, 12);
    before = await state();
    [kernelFrom, logFrom] = [scene.kernel.length, scene.log.length];
    last = {
      51: scene.adverts(51).length - 1,
      52: scene.adverts(52).length - 1,
      53: scene.adverts(53).length - 1,
    };
    for (let count = 0; count < RELOADS; count++) {
      await scene.reload(text);
      await scene.hears(52, 2);
    }
  }, 60_000);

  afterAll(() => scene?.end());

  it('is no step of any actor', async () => {
    const told = await scene.rows(RELOADS);
    const first = told.findIndex(({ event }) => event.type === 'signal.received');
    const since = told.slice(first).map(({ actor, event }) => `${actor} ${event.type}`);
    const each = [expect.stringContaining('signal'), expect.stringContaining('configuration.reloaded')];
    expect(since).toEqual(Array.from({ length: RELOADS }, () => each).flat());
    for (const { event } of told.filter(({ event: { type } }) => type === 'configuration.reloaded')) {
      expect(event).toMatchObject({ changed: [], added: [], removed: [] });
    }
  });

  it.each([51, 52, 53])('loses no advert of %i, sends none more, and none that differs', (id) => {
    const adverts = scene.adverts(id).slice(last[id]);
    expect(adverts.length).toBeGreaterThan(RELOADS);
    expect(new Set(adverts.map(({ message }) => message)).size).toBe(1);
    for (const gapUs of gapsUs(adverts)) {
      expect(gapUs).toBeGreaterThan(INTERVAL_US / 2);
      expect(gapUs).toBeLessThan(INTERVAL_US * 1.5);
    }
  });

  it('asks nothing of the kernel that changes anything', async () => {
    expect(scene.kernel.slice(kernelFrom)).toEqual([]);
    expect(await state()).toBe(before);
  });

  it('tells nobody, and leaves trackers and sessions as they are', async () => {
    const lines = scene.log
      .slice(logFrom)
      .split('\n')
      .filter((line) => line !== '');
    expect(lines.filter((line) => !/Reload|received SIGHUP/.test(line))).toEqual([]);
    const { stdout } = await relive('status', '--socket', scene.control);
    expect(stdout).toMatch(/well/);
  });
});
