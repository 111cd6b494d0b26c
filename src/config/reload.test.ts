import { describe, expect, it } from 'vitest';
import { configuredActors } from './actors.ts';
import { instance, read } from './config.fixture.ts';
import { planReload, planSummary, referTo } from './reload.ts';

const other = (lines: string, name: string): string =>
  instance(lines, name).replace('router_id 51', 'router_id 52');

function actors(text: string) {
  const { config, diagnostics } = read(text);
  if (config === null) throw new Error(JSON.stringify(diagnostics));
  return configuredActors(config);
}

const plan = (before: string, after: string) => planReload(actors(before), actors(after));

describe('a reload', () => {
  it('of the same text lets everybody alone', () => {
    const text = instance() + other('', 'VI_2');
    expect(planSummary(plan(text, text))).toEqual({
      kept: ['vrrp/VI_1', 'vrrp/VI_2'],
      changed: [],
      added: [],
      removed: [],
    });
  });

  it('changes whose settings differ, adds and removes', () => {
    expect(planSummary(plan(instance() + other('', 'VI_2'), instance('priority 150')))).toEqual({
      kept: [],
      changed: ['vrrp/VI_1'],
      added: [],
      removed: ['vrrp/VI_2'],
    });
    expect(planSummary(plan(instance(), instance() + other('', 'VI_2')))).toMatchObject({
      kept: ['vrrp/VI_1'],
      added: ['vrrp/VI_2'],
    });
  });

  it.each([
    'virtual_router_id 99',
    'interface eth1',
    'unicast_peer {\n192.0.2.3\n}',
    'native_ipv6\nvirtual_ipaddress {\n2001:db8::1\n}',
  ])('takes another one for a new one: %s', (line) => {
    const [keyword = ''] = line.split(' ');
    const former = instance();
    const next = former.includes(keyword)
      ? former.replace(new RegExp(`${keyword} \\S+`), line)
      : instance(line).replace(/virtual_ipaddress \{\n192.0.2.10\/24\n\}\n/, (own) =>
          line.includes('ipaddress') ? '' : own,
        );
    expect(planSummary(plan(former, next))).toMatchObject({ added: ['vrrp/VI_1'], removed: ['vrrp/VI_1'] });
  });

  it('does not ask for names: one that was renamed goes on, under the id that it has', () => {
    const { changed, actors: all } = plan(instance('', 'OLD'), instance('', 'NEW'));
    expect(changed).toMatchObject([
      { from: { id: 'vrrp/OLD' }, to: { id: 'vrrp/OLD', input: { name: 'NEW' } } },
    ]);
    expect(all.map(({ id }) => id)).toEqual(['vrrp/OLD']);
  });

  it('lets two exchange their names', () => {
    const { changed } = plan(instance('', 'A') + other('', 'B'), instance('', 'B') + other('', 'A'));
    expect(changed.map(({ to }) => [to.id, to.input])).toMatchObject([
      ['vrrp/A', { name: 'B', virtualRouterId: 51 }],
      ['vrrp/B', { name: 'A', virtualRouterId: 52 }],
    ]);
  });

  it('numbers a newcomer whose name is the id of one that was renamed', () => {
    const { added, actors: all } = plan(instance('', 'A'), instance('', 'B') + other('', 'A'));
    expect(added.map(({ id }) => id)).toEqual(['vrrp/A.2']);
    expect(all.map(({ id }) => id)).toEqual(['vrrp/A', 'vrrp/A.2']);
  });
});

it('references to actors follow their ids, at any depth', () => {
  const ids = new Map([['vrrp/NEW', 'vrrp/OLD']]);
  expect(referTo({ members: ['vrrp/NEW', 'vrrp/X'], name: 'NEW', deep: [{ to: 'vrrp/NEW' }] }, ids)).toEqual({
    members: ['vrrp/OLD', 'vrrp/X'],
    name: 'NEW',
    deep: [{ to: 'vrrp/OLD' }],
  });
});
