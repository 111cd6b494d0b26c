import { expect, test } from 'vitest';
import { createIptables } from './iptables.ts';
import type { IptablesOptions } from './iptables-rules.ts';

const SETS = {
  address: 'keepalived',
  address6: 'keepalived6',
  interface6: 'keepalived_if6',
  igmp: 'keepalived_igmp',
  mld: 'keepalived_mld',
  nd: 'keepalived_nd',
};
const OPTIONS: IptablesOptions = { input: 'INPUT', output: 'OUTPUT', sets: SETS };
const CHAINS = ['-P INPUT ACCEPT', '-P OUTPUT ACCEPT', '-N own'];
const ip = (address: string) => ({ address, link: null, byName: false });
const local = (address: string) => ({ address, link: { name: 'eth0', index: 3 }, byName: false });
const device = {
  name: 'vrrp6.51',
  index: 5,
  baseIndex: 3,
  families: ['inet', 'inet6'],
  linkLocal: 'fe80::1',
} as const;

interface Machine {
  /** What `-S` lists after the chains, by program. */
  readonly rules?: Readonly<Record<string, readonly string[]>>;
  readonly sets?: readonly string[];
  /** Errors by program; the first call takes the first one. */
  readonly errors?: Readonly<Record<string, string[]>>;
}

/** A firewall whose programs are the test: `said` has what each was given that changes something. */
function recorded(options: Partial<IptablesOptions> = {}, machine: Machine = {}) {
  const said: string[] = [];
  const firewall = createIptables({ ...OPTIONS, ...options }, async (program, args, input) => {
    const asks = args.includes('-S') || args[0] === 'list';
    if (!asks)
      said.push(...[`${program} ${args.join(' ')}`, ...input.split('\n')].filter((line) => line !== ''));
    const error = asks ? null : (machine.errors?.[program]?.shift() ?? null);
    const listed =
      program === 'ipset' ? (machine.sets ?? []) : [...CHAINS, ...(machine.rules?.[program] ?? [])];
    return { error, output: asks ? `${listed.join('\n')}\n` : '' };
  });
  return { firewall, said };
}

test('sets are there before the rules that use them, and hold the addresses from then on', async () => {
  const { firewall, said } = recorded();
  expect(await firewall.change('add', [ip('10.0.0.1'), ip('10.0.0.2')])).toBeNull();
  expect(said).toEqual([
    'ipset -exist restore',
    'create keepalived hash:ip family inet',
    'add keepalived 10.0.0.1',
    'add keepalived 10.0.0.2',
    'iptables-restore -w 5 --noflush',
    '*filter',
    '-A INPUT -m set --match-set keepalived dst -j DROP',
    '-A OUTPUT -m set --match-set keepalived src -j DROP',
    'COMMIT',
  ]);
  said.length = 0;
  await firewall.change('delete', [ip('10.0.0.1')]);
  expect(said).toEqual(['ipset -exist restore', 'del keepalived 10.0.0.1']);
});

test('over IPv6 neighbour discovery goes through, and a link-local address counts on its link', async () => {
  const { firewall, said } = recorded({ output: null });
  await firewall.change('add', [local('fe80::1'), ip('2001:db8::1')]);
  expect(said).toEqual([
    'ipset -exist restore',
    'create keepalived6 hash:ip family inet6',
    'create keepalived_if6 hash:net,iface family inet6',
    'add keepalived_if6 fe80::1,eth0',
    'add keepalived6 2001:db8::1',
    'ip6tables-restore -w 5 --noflush',
    '*filter',
    '-A INPUT -p ipv6-icmp -m set --match-set keepalived_if6 dst,src -m icmp6 --icmpv6-type 135 -j ACCEPT',
    '-A INPUT -p ipv6-icmp -m set --match-set keepalived_if6 dst,src -m icmp6 --icmpv6-type 136 -j ACCEPT',
    '-A INPUT -m set --match-set keepalived_if6 dst,src -j DROP',
    '-A INPUT -p ipv6-icmp -m set --match-set keepalived6 dst -m icmp6 --icmpv6-type 135 -j ACCEPT',
    '-A INPUT -p ipv6-icmp -m set --match-set keepalived6 dst -m icmp6 --icmpv6-type 136 -j ACCEPT',
    '-A INPUT -m set --match-set keepalived6 dst -j DROP',
    'COMMIT',
  ]);
});

test('reports of a virtual MAC are dropped by its name, if anything is filtered on its way out', async () => {
  const { firewall, said } = recorded();
  await firewall.changeDevice('add', device);
  expect(said).toContain('add keepalived_igmp 0.0.0.0/0,vrrp6.51');
  expect(said).toContain('add keepalived_mld ::/0,vrrp6.51');
  expect(said).toContain('add keepalived_nd fe80::1,vrrp6.51');
  expect(said).toContain('-A OUTPUT -p igmp -m set --match-set keepalived_igmp dst,dst -j DROP');
  const inOnly = recorded({ output: null });
  expect(await inOnly.firewall.changeDevice('add', device)).toBeNull();
  expect(inOnly.said).toEqual([]);
});

test('what a predecessor left is removed first, rules before sets, and nothing of others', async () => {
  const leftover = '-A INPUT -m set --match-set keepalived dst -j DROP';
  const foreign = '-A INPUT -p tcp -m set --match-set keepalived dst -j ACCEPT';
  const { firewall, said } = recorded(
    {},
    { sets: ['keepalived', 'other'], rules: { iptables: [leftover, foreign, leftover] } },
  );
  await firewall.change('add', [ip('10.0.0.1')]);
  const deletion = leftover.replace('-A', '-D');
  expect(said.slice(0, 6)).toEqual([
    'iptables-restore -w 5 --noflush',
    '*filter',
    deletion,
    deletion,
    'COMMIT',
    'ipset destroy keepalived',
  ]);
  expect(said.join('\n')).not.toContain('tcp');
  expect(said.join('\n')).not.toContain('other');
});

test('a chain that does not exist is named, and is looked for again the next time', async () => {
  const { firewall, said } = recorded({ input: 'absent', output: 'own' });
  const error = 'vrrp_iptables: iptables has no chain absent';
  expect(await firewall.change('add', [ip('10.0.0.1')])).toBe(error);
  expect(await firewall.change('add', [ip('10.0.0.2')])).toBe(error);
  expect(said.filter((line) => line.startsWith('iptables'))).toEqual([]);
  expect(said).not.toContain('flush keepalived');
});

test('a failure is told, and the rules are tried again at the next change', async () => {
  const { firewall, said } = recorded({}, { errors: { 'iptables-restore': ['the lock is held'] } });
  const outcomes = await Promise.all([
    firewall.change('add', [ip('10.0.0.1')]),
    firewall.change('add', [ip('10.0.0.2')]),
    firewall.change('add', [ip('10.0.0.3')]),
  ]);
  expect(outcomes).toEqual(['the lock is held', null, null]);
  expect(said.filter((line) => line.startsWith('iptables-restore'))).toHaveLength(2);
});

test('without sets each address and each device has rules of its own, which go with it', async () => {
  const drops = ['-A INPUT -d 10.0.0.1/32 -j DROP', '-A OUTPUT -s 10.0.0.1/32 -j DROP'];
  const { firewall, said } = recorded({ sets: null }, { rules: { iptables: drops } });
  await firewall.change('add', [ip('10.0.0.1')]);
  // Those of a predecessor are replaced.
  const deleted = drops.map((line) => line.replace('-A', '-D'));
  expect(said).toEqual(['iptables-restore -w 5 --noflush', '*filter', ...deleted, ...drops, 'COMMIT']);
  said.length = 0;
  await firewall.changeDevice('add', device);
  expect(said).toContain('-I OUTPUT 1 -o vrrp6.51 -p igmp -j DROP');
  expect(said).toContain(
    '-I OUTPUT 1 -s fe80::1/128 -o vrrp6.51 -p ipv6-icmp -m icmp6 --icmpv6-type 136 -j DROP',
  );
  said.length = 0;
  await firewall.close();
  expect(said).toEqual(['iptables-restore -w 5 --noflush', '*filter', ...deleted, 'COMMIT']);
});

test('the end removes rules and sets, if anything was done', async () => {
  const idle = recorded({}, { sets: ['keepalived'] });
  expect(await idle.firewall.close()).toBeNull();
  expect(idle.said).toEqual([]);
});
