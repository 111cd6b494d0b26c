import { describe, expect, test } from 'vitest';
import { rangeOf } from '../registry/lvs/group-line.ts';
import { find, first, virtualServer } from './lvs.fixture.ts';

function group(lines: string, name = 'G'): string {
  return `virtual_server_group ${name} {\n${lines}\n}\n`;
}

const TUNNEL = virtualServer('lvs_method TUN', 'group G');

describe('lines', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1', '192.0.2.1'],
    ['192.0.2.1-255', '192.0.2.1', '192.0.2.255'],
    ['192.0.2.250-192.0.3.4', '192.0.2.250', '192.0.3.4'],
    ['192.0.2.8/29', '192.0.2.8', '192.0.2.15'],
    ['192.0.2.8/32', '192.0.2.8', '192.0.2.8'],
    ['128.0.0.0/1', '128.0.0.0', '255.255.255.255'],
    ['2001:db8::1-ffff', '2001:db8::1', '2001:db8::ffff'],
    ['2001:db8::1-10', '2001:db8::1', '2001:db8::10'],
    ['2001:db8::/127', '2001:db8::', '2001:db8::1'],
    ['8000::/1', '8000::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ])('%s', (text, from, to) => {
    expect(rangeOf(text)).toEqual({ first: from, last: to });
  });

  test.each([
    ['192.0.2', 'invalid-address'],
    ['192.0.2.1-256', 'invalid-range'],
    ['192.0.2.9-9', 'invalid-range'],
    ['192.0.2.9-8', 'invalid-range'],
    ['192.0.2.9-', 'invalid-range'],
    ['192.0.2.1-9x', 'invalid-range'],
    ['192.0.2.9-192.0.2.8', 'invalid-range'],
    ['192.0.2.1-2001:db8::1', 'invalid-address'],
    ['192.0.2.9/29', 'invalid-range'],
    ['0.0.0.0/0', 'invalid-prefix'],
    ['192.0.2.8/33', 'invalid-prefix'],
    ['192.0.2.8/', 'invalid-prefix'],
    ['2001:db8::1-10000', 'invalid-range'],
    ['2001:db8::/129', 'invalid-prefix'],
  ])('not %s', (text, code) => {
    expect(rangeOf(text)).toMatchObject({ code });
    expect(find(group(`${text} 80\n192.0.2.77 80`)).codes).toEqual([`warning ${code}`]);
  });

  test.each([
    ['10.0.0.0/16', []],
    ['10.0.0.0-10.0.255.255', []],
    ['10.0.0.0-10.1.0.0', ['warning range-too-large']],
    ['10.0.0.0/8', ['warning range-too-large']],
    ['2001:db8::/64', ['warning range-too-large']],
  ])('%s is as large as it is', (text, expected) => {
    const { codes, tree } = find(group(`${text} 80`));
    expect(codes).toEqual(expected);
    expect(tree.virtual_server_group).toHaveLength(1);
  });

  test('ports and firewall marks', () => {
    const { codes, tree } = find(group('192.0.2.1 65535\n192.0.2.2\nfwmark 0\nfwmark 4294967295 inet'));
    expect(codes).toEqual([]);
    expect(tree.virtual_server_group).toEqual([
      {
        name: 'G',
        lines: [
          { first: '192.0.2.1', last: '192.0.2.1', port: 65_535 },
          { first: '192.0.2.2', last: '192.0.2.2', port: 0 },
          { fwmark: 0, family: null },
          { fwmark: 4_294_967_295, family: 'inet' },
        ],
      },
    ]);
  });

  test.each([
    ['192.0.2.1 65536', 'invalid-port'],
    ['fwmark 4294967296', 'invalid-fwmark'],
    ['fwmark -1', 'invalid-fwmark'],
    ['fwmark 1 inet5', 'invalid-choice'],
  ])('not %s', (line, code) => {
    expect(find(group(`${line}\n192.0.2.77 80`)).codes).toEqual([`warning ${code}`]);
  });
});

describe('groups', () => {
  test('one without entries is left out, and so is what refers to it', () => {
    const { codes, tree } = find(group('') + virtualServer('', 'group G'));
    expect(codes).toEqual(['warning empty-group', 'note unknown-group']);
    expect(tree).toMatchObject({ virtual_server_group: [], virtual_server: [] });
  });

  test('may stand after the virtual server', () => {
    expect(find(virtualServer('', 'group G') + group('192.0.2.1 80')).codes).toEqual([]);
  });

  test('marks need a family where the addresses have both', () => {
    expect(find(group('192.0.2.1 80\n2001:db8::1 80\nfwmark 1')).codes).toEqual(['warning mixed-group']);
    expect(find(group('192.0.2.1 80\n2001:db8::1 80\nfwmark 1 inet')).codes).toEqual([]);
  });

  test('both families are for tunnels', () => {
    const both = group('192.0.2.1 80\n2001:db8::1 80');
    expect(find(both + TUNNEL).codes).toEqual([]);
    const { codes, tree } = find(both + virtualServer('', 'group G'));
    expect(codes).toEqual(['note mixed-families']);
    expect(tree.virtual_server).toEqual([]);
  });

  test('the family must be that of the servers', () => {
    expect(find(group('2001:db8::1 80') + virtualServer('', 'group G')).codes).toEqual([
      'note mixed-families',
    ]);
    const tunnel = find(group('2001:db8::1 80') + TUNNEL);
    expect(tunnel.codes).toEqual([]);
    expect(first(tunnel.tree).ip_family).toBe('inet6');
  });

  test('the first of a name counts', () => {
    const { codes, tree } = find(group('192.0.2.1 80') + group('192.0.2.2 80'));
    expect(codes).toEqual(['note duplicate-group']);
    expect(tree.virtual_server_group).toHaveLength(1);
  });

  test('addresses without a port are for persistent services', () => {
    expect(find(group('192.0.2.1') + virtualServer('', 'group G')).codes).toEqual(['warning no-port']);
  });

  test('marks alone have no protocol; with addresses they have', () => {
    expect(find(group('fwmark 1') + virtualServer('', 'group G')).codes).toEqual(['warning protocol-fwmark']);
    expect(find(group('fwmark 1\n192.0.2.1 80') + virtualServer('', 'group G')).codes).toEqual([]);
  });

  test('tunnels keep the port, which every address must have', () => {
    expect(find(group('192.0.2.1 80\n192.0.2.3 81') + TUNNEL).codes).toEqual(['warning port-mismatch']);
    expect(find(group('192.0.2.1 80\nfwmark 1') + TUNNEL).codes).toEqual(['warning port-mismatch']);
  });
});
