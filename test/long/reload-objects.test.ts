/** What the kernel holds for instances, where it is easily lost: between two instances, in a flood, at the firewall. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { Reloading } from '../harness/reloading.ts';

const MOVING = '10.77.0.150/24';
const ROUTE = '10.99.0.0/24';
/** Far more than the kernel queues for a listener. */
const FLOOD = 12_000;

interface Parts {
  readonly globals?: string;
  /** Lines of virtual_ipaddress. */
  readonly one?: readonly string[];
  readonly two?: readonly string[];
  readonly accept?: boolean;
}

function configuration({ globals = '', one = [], two = [], accept = false }: Parts): string {
  const instance = (number: number, addresses: readonly string[], more: string): string =>
    `vrrp_instance VI_${number} {
  state MASTER
  version 3
  interface eth0
  virtual_router_id ${50 + number}
  priority 100
  advert_int 0.2
  virtual_ipaddress {
    10.77.0.10${number}/24
    ${addresses.join('\n    ')}
  }
  ${more}
}
`;
  const route = `virtual_routes {\n    ${ROUTE} via 10.77.0.9 dev eth0\n  }`;
  return `global_defs {
  nftables keepalived
  ${globals}
}
${instance(1, one, `${accept ? 'accept' : 'no_accept'}\n  ${route}`)}${instance(2, two, '')}`;
}

describe('objects of the kernel', { timeout: 60_000 }, () => {
  const directory = temporaryDirectory('reload');
  let scene: Reloading;
  const shown = () => scene.ip('-4', 'addr', 'show', 'dev', 'eth0');

  beforeAll(async () => {
    scene = await Reloading.start(configuration({ one: [`${MOVING} label eth0:one`] }), directory);
    await scene.until(async () => (await shown()).includes('eth0:one'), 'the address');
    await scene.until(async () => (await scene.ip('route')).includes(ROUTE), 'the route');
  }, 60_000);

  afterAll(() => scene?.end());

  it('an address that goes to another instance with other options gets these, and nobody resigns', async () => {
    const label = (name: string) => new RegExp(`inet ${MOVING.replaceAll('.', '\\.')} .*eth0:${name}$`, 'm');
    await scene.reload(configuration({ two: [`${MOVING} label eth0:two`] }));
    await scene.until(async () => label('two').test(await shown()), 'the label of the other instance');
    await scene.reload(configuration({ one: [`${MOVING} label eth0:three`] }));
    await scene.until(async () => label('three').test(await shown()), 'the label of the first instance');
    expect(scene.log).not.toContain('deleted by somebody else');
    expect([...scene.adverts(51), ...scene.adverts(52)].filter(({ priority }) => priority === 0)).toEqual([]);
  });

  it('rules of the firewall follow their settings', async () => {
    const rules = async () =>
      (await scene.lan.exec('a', ['nft', 'list', 'table', 'ip', 'keepalived'])).stdout;
    // nft calls -1 what it is: a bit before `filter`.
    expect(await rules()).toMatch(/priority (-1|filter - 1);/);
    expect(await rules()).toContain('10.77.0.101');
    await scene.reload(configuration({ globals: 'nftables_priority 7\n  nftables_counters' }));
    await scene.until(async () => /priority (7|filter \+ 7);/.test(await rules()), 'the other priority');
    expect(await rules()).toMatch(/elements = \{[^}]*10\.77\.0\.101/);
    expect(await rules()).toContain('counter packets');
    expect(await rules()).not.toMatch(/priority (-1|filter - 1);/);
    expect(scene.log).not.toContain('please restart');
  });

  it('addresses are open after a reload that says so, and shut again after another one', async () => {
    const blocked = async () =>
      (await scene.lan.exec('a', ['nft', 'list', 'ruleset'])).stdout.includes('10.77.0.101');
    expect(await blocked()).toBe(true);
    await scene.reload(configuration({ accept: true }));
    await scene.until(async () => !(await blocked()), 'the address is open');
    await scene.reload(configuration({}));
    await scene.until(blocked, 'the address is shut');
    expect([...scene.adverts(51)].filter(({ priority }) => priority === 0)).toEqual([]);
  });

  it('a route that is deleted while notifications are lost is set again', async () => {
    const flood = join(directory, 'flood');
    const lines = Array.from({ length: FLOOD }, (_, at) => {
      const address = `10.50.${at % 64}.${Math.floor(at / 64) % 250}`;
      return `route ${at % 2 === 0 ? 'replace' : 'del'} ${at % 2 === 0 ? address : `10.50.${(at - 1) % 64}.${Math.floor((at - 1) / 64) % 250}`}/32 dev eth0`;
    });
    writeFileSync(flood, `${lines.join('\n')}\n`);
    await scene.whilePaused(async () => {
      await scene.ip('-force', '-batch', flood);
      await scene.ip('route', 'del', ROUTE);
    });
    await scene.until(() => scene.log.includes(`route ${ROUTE}`), 'the deletion in the log');
    await scene.until(async () => (await scene.ip('route')).includes(ROUTE), 'the route is there again');
    const rows = await scene.rows(0);
    expect(rows.map(({ event }) => event.type)).toContain('kernel.troubled');
  });
});
