/** SIGHUP with what is easily missed: secrets, options of addresses, trackers that come and go. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { Reloading } from '../harness/reloading.ts';

interface Parts {
  readonly name?: string;
  readonly password?: string;
  /** Options of the address. */
  readonly address?: string;
  /** Those of another one, of IPv6. */
  readonly excluded?: string;
  readonly script?: boolean;
}

const directory = temporaryDirectory('reload');

function configuration({
  name = 'secret',
  password = 'first',
  address = '',
  excluded = '',
  script = false,
}: Parts): string {
  const defined = `vrrp_script well {
  script "${directory}/well"
  interval 1
  weight -20
}
`;
  return `global_defs {
  router_id r
  script_user root
}
${script ? defined : ''}vrrp_instance ${name} {
  state MASTER
  version 2
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass ${password}
  }
  virtual_ipaddress {
    10.77.0.100/24 ${address}
  }
  virtual_ipaddress_excluded {
    fd77::100/64 ${excluded}
  }
  ${script ? 'track_script {\n    well\n  }' : ''}
}
`;
}

const passwordOf = ({ message }: { message: string }): string =>
  Buffer.from(message.slice(-16), 'hex').toString('latin1').replace(/\0+$/, '');

describe('a reload', { timeout: 60_000 }, () => {
  let scene: Reloading;

  beforeAll(async () => {
    writeFileSync(join(directory, 'well'), '#!/bin/sh\nexit 1\n');
    chmodSync(join(directory, 'well'), 0o700);
    scene = await Reloading.start(configuration({}), directory);
    await scene.hears(51, 1);
  }, 60_000);

  afterAll(() => scene?.end());

  it('that changes a password alone reaches the wire', async () => {
    expect((await scene.hears(51, 1)).map(passwordOf)).toEqual(['first']);
    await scene.reload(configuration({ password: 'second' }));
    expect((await scene.hears(51, 2)).map(passwordOf)).toEqual(['second', 'second']);
  });

  it('that changes a password and a name does so, too', async () => {
    await scene.reload(configuration({ name: 'other', password: 'third' }));
    expect((await scene.hears(51, 2)).map(passwordOf)).toEqual(['third', 'third']);
    await scene.reload(configuration({}));
    expect((await scene.hears(51, 2)).map(passwordOf)).toEqual(['first', 'first']);
  });

  it.each([
    ['label eth0:one', /10\.77\.0\.100\/24 scope global secondary eth0:one$/m],
    ['label eth0:two', /10\.77\.0\.100\/24 scope global secondary eth0:two$/m],
    ['', /10\.77\.0\.100\/24 scope global secondary eth0$/m],
  ])('gives an address new options: %j', async (address, shown) => {
    await scene.reload(configuration({ address }));
    await scene.until(
      async () => shown.test(await scene.ip('-4', 'addr', 'show', 'dev', 'eth0')),
      `${shown}`,
    );
    await scene.hears(51, 2);
    expect(await scene.ip('-4', 'addr', 'show', 'dev', 'eth0')).toMatch(shown);
    expect(scene.log).not.toContain('deleted by somebody else');
  });

  it('gives an address of IPv6 new times', async () => {
    const shown = () => scene.ip('-6', 'addr', 'show', 'dev', 'eth0');
    expect(await shown()).toMatch(/fd77::100\/64 scope global (nodad )?$/m);
    await scene.reload(configuration({ excluded: 'preferred_lft 0' }));
    await scene.until(async () => /fd77::100\/64 scope global deprecated/.test(await shown()), 'deprecated');
    await scene.reload(configuration({}));
    await scene.until(async () => /fd77::100\/64 scope global (nodad )?$/m.test(await shown()), 'preferred');
  });

  it('follows a tracker that is new, and no longer one that is gone', async () => {
    for (let round = 0; round < 2; round++) {
      await scene.reload(configuration({ script: true }));
      await scene.until(() => scene.adverts(51).at(-1)?.priority === 80, 'the failing script counts');
      await scene.reload(configuration({}));
      await scene.until(() => scene.adverts(51).at(-1)?.priority === 100, 'the script counts no longer');
    }
  });

  it('resigns with the password of an instance that is gone', async () => {
    await scene.reload(
      configuration({}).replace('virtual_router_id 51', 'virtual_router_id 53').replace('first', 'last'),
    );
    const resigned = scene.adverts(51).filter(({ priority }) => priority === 0);
    expect(resigned.map(passwordOf)).toEqual(['first']);
    expect((await scene.hears(53, 1)).map(passwordOf)).toEqual(['last']);
  });
});
