import { describe, expect, test } from 'vitest';
import { instance, read } from '../config.fixture.ts';
import type { ConfigTree } from '../model.ts';
import { BLOCKS, keywordsOf, ROOT } from '../registry/blocks.ts';
import { REFUSED_AT_RELOAD } from './actors.ts';
import { type ActorDiff, diffConfigs, isSameConfig } from './diff.ts';

function treeOf(text: string): ConfigTree {
  const { config, diagnostics } = read(text);
  if (config === null) throw new Error(`${text}\n${JSON.stringify(diagnostics, null, 1)}`);
  return config.tree;
}

function diff(from: string, to: string) {
  return diffConfigs(treeOf(from), treeOf(to));
}

/** What is not kept. */
function changes(from: string, to: string): ActorDiff[] {
  return diff(from, to).actors.filter(({ change }) => change !== 'kept');
}

describe('a reload', () => {
  test('of the same configuration changes nothing', () => {
    const text = `global_defs {\nrouter_id a\n}\n${instance('priority 90\nauthentication {\nauth_type PASS\n}')}`;
    expect(isSameConfig(diff(text, text))).toBe(true);
    expect(isSameConfig(diff(instance('advert_int 1.0'), instance()))).toBe(true);
  });

  test('changes an instance in place', () => {
    const to = instance('priority 150').replace('192.0.2.10/24', '192.0.2.11/24');
    expect(changes(instance(), to)).toEqual([
      {
        kind: 'vrrp_instance',
        name: 'VI_1',
        change: 'changed',
        meaning: expect.stringContaining('keeps its state'),
        settings: [{ keyword: 'priority', from: '100', to: '150' }],
        added: ['virtual_ipaddress 192.0.2.11/24'],
        removed: ['virtual_ipaddress 192.0.2.10/24'],
      },
    ]);
  });

  test('knows an instance by its virtual router, not by its name', () => {
    expect(changes(instance(), instance('', 'OTHER'))).toMatchObject([
      {
        change: 'changed',
        name: 'OTHER',
        settings: [{ keyword: 'vrrp_instance', from: 'VI_1', to: 'OTHER' }],
      },
    ]);
  });

  test.each([
    ['virtual_router_id', instance().replace('virtual_router_id 51', 'virtual_router_id 52')],
    ['interface', instance().replace('eth0', 'eth1')],
    ['unicast or multicast', instance('unicast_peer {\n192.0.2.2\n}')],
  ])('is another instance with another %s', (what, to) => {
    const [added, removed] = changes(instance(), to);
    expect(added).toMatchObject({ change: 'added', meaning: expect.stringContaining(what) });
    expect(removed).toMatchObject({ change: 'removed', meaning: expect.stringContaining('priority 0') });
  });

  test('takes unicast instances of another source for others', () => {
    const from = instance('unicast_src_ip 192.0.2.1\nunicast_peer {\n192.0.2.2\n}');
    const to = from.replace('unicast_src_ip 192.0.2.1', 'unicast_src_ip 192.0.2.3');
    expect(changes(from, to).map(({ change }) => change)).toEqual(['added', 'removed']);
  });

  test('never shows a secret', () => {
    const [from, to] = ['s3cret1', 's3cret2'].map((secret) =>
      instance(`authentication {\nauth_type PASS\nauth_pass ${secret}\n}`),
    );
    const found = diff(from ?? '', to ?? '');
    expect(isSameConfig(found)).toBe(false);
    expect(JSON.stringify(found)).not.toContain('s3cret');
  });

  test('changes settings of the whole program', () => {
    const [globals] = changes('global_defs {\nrouter_id a\n}\n', 'global_defs {\nrouter_id b\n}\n');
    expect(globals).toMatchObject({
      kind: 'global_defs',
      settings: [{ keyword: 'router_id', from: 'a', to: 'b' }],
    });
  });

  test('knows every setting that is refused', () => {
    const keywords = ['', 'global_defs'].flatMap((path) => Object.keys(keywordsOf(BLOCKS.get(path) ?? ROOT)));
    expect(REFUSED_AT_RELOAD.filter((keyword) => !keywords.includes(keyword))).toEqual([]);
  });

  test('is refused if the network namespace changes', () => {
    const { refused, actors } = diff('net_namespace a\n', 'net_namespace b\n');
    expect(refused.map(({ keyword }) => keyword)).toEqual(['net_namespace']);
    expect(actors[0]?.meaning).toContain('the reload is refused');
  });

  test('knows real servers by address and port, and checkers by all they say', () => {
    if (!BLOCKS.has('virtual_server')) return;
    const service = (lines: string, checker = 'connect_timeout 3'): string =>
      `virtual_server 192.0.2.9 80 {\nprotocol TCP\n${lines}\nreal_server 192.0.2.11 80 {\nTCP_CHECK {\n${checker}\n}\n}\n}\n`;
    expect(changes(service('lvs_sched rr'), service('lvs_sched wrr'))).toMatchObject([
      {
        kind: 'virtual_server',
        change: 'changed',
        settings: [{ keyword: 'lvs_sched', from: 'rr', to: 'wrr' }],
      },
    ]);
    const found = changes(service(''), service('', 'connect_timeout 4'));
    expect(found.map(({ kind, change }) => `${kind} ${change}`)).toEqual([
      'virtual_server/real_server/TCP_CHECK added',
      'virtual_server/real_server/TCP_CHECK removed',
    ]);
    expect(changes(service(''), service('').replace('192.0.2.11 80', '192.0.2.12 80'))).toHaveLength(2);
  });
});
