import { expect, test } from 'vitest';
import { firewallBackend } from './firewall.ts';

const IPTABLES = { input: 'INPUT', output: 'OUTPUT', sets: null };

test.each([
  ['not asked for', null, 'iptables v1.8.9 (legacy)', 'nftables'],
  ['asked for and legacy', IPTABLES, 'iptables v1.8.9 (legacy)\n', 'iptables'],
  ['asked for, of a time that knew one kind only', IPTABLES, 'iptables v1.6.1\n', 'iptables'],
  ['asked for, and nftables underneath', IPTABLES, 'iptables v1.8.9 (nf_tables)\n', 'nftables'],
  ['asked for and not installed', IPTABLES, null, 'nftables'],
])('iptables %s', (_, iptables, version, backend) => {
  expect(firewallBackend({ iptables }, version)).toBe(backend);
});
