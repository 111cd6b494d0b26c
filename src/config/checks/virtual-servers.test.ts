import { describe, expect, test } from 'vitest';
import { find, first, realServer, virtualServer } from './lvs.fixture.ts';

const REAL = 'real_server 192.0.2.2 80 {\n}';
const NAT = { method: 'NAT', type: 'ipip', port: null, checksum: 'nocsum' };

describe('what is missing', () => {
  test('protocol, scheduler and method are said to be missing, and taken as keepalived takes them', () => {
    const { codes, tree } = find(`virtual_server 192.0.2.1 80 {\n${REAL}\n}`);
    expect(codes).toEqual(['warning no-lvs-method', 'warning no-protocol', 'warning no-scheduler']);
    expect(first(tree)).toMatchObject({ protocol: 'UDP', lvs_sched: 'wlc', lvs_method: NAT });
  });

  test('a method of each real server is enough', () => {
    const reals = 'real_server 192.0.2.2 80 {\nlvs_method DR\n}';
    const { codes } = find(`virtual_server 192.0.2.1 80 {\nprotocol TCP\nlvs_sched rr\n${reals}\n}`);
    expect(codes).toEqual([]);
  });

  test('without real servers there is no virtual server', () => {
    const { codes, tree } = find(virtualServer('sorry_server 192.0.2.9 80', '192.0.2.1 80', ''));
    expect(codes).toEqual(['warning no-real-server']);
    expect(tree.virtual_server).toEqual([]);
  });

  test.each(['', ' 0'])("without a port ('%s') it becomes persistent", (port) => {
    const { codes, tree } = find(virtualServer('', `192.0.2.1${port}`));
    expect(codes).toEqual(['warning no-port']);
    expect(first(tree).persistence_timeout).toBe(360_000_000);
    expect(find(virtualServer('persistence_timeout 50', `192.0.2.1${port}`)).codes).toEqual([]);
    expect(find(virtualServer('persistence_granularity 255.255.255.0', `192.0.2.1${port}`)).codes).toEqual(
      [],
    );
  });

  test('a name that cannot be read leaves the block out', () => {
    for (const name of ['192.0.2 80', 'fwmark -1', '192.0.2.1 65536']) {
      const { codes, tree } = find(virtualServer('', name));
      expect(codes).toHaveLength(1);
      expect(tree.virtual_server).toEqual([]);
    }
  });

  test('a prefix length or range after an address is read over', () => {
    for (const name of ['192.0.2.1/24 80', '192.0.2.1-7 80']) {
      const { codes, tree } = find(virtualServer('', name));
      expect(codes).toEqual(['note address-suffix']);
      expect(first(tree).name).toEqual({ by: 'address', address: '192.0.2.1', port: 80 });
    }
  });
});

describe('firewall marks', () => {
  test('have no protocol, no ha_suspend, but one packet scheduling', () => {
    const { codes, tree } = find(virtualServer('protocol TCP\nha_suspend\nops', 'fwmark 4294967295'));
    expect(codes).toEqual(['warning protocol-fwmark', 'warning ha-suspend-fwmark']);
    expect(first(tree)).toMatchObject({
      name: { by: 'fwmark', fwmark: 4_294_967_295 },
      protocol: null,
      ha_suspend: false,
      ops: true,
    });
  });

  test('have the family of their servers', () => {
    const reals = 'real_server 2001:db8::2 {\n}\nreal_server 192.0.2.2 {\n}';
    const { codes, tree } = find(virtualServer('', 'fwmark 1', reals));
    expect(codes).toEqual(['warning mixed-families']);
    expect(first(tree).ip_family).toBe('inet6');
    expect(first(tree).real_server.map(({ name }) => name.address)).toEqual(['2001:db8::2']);
  });

  test.each([
    ['persistence_granularity 64', 'inet6'],
    ['persistence_granularity 255.255.0.0', 'inet'],
    ['ip_family inet6', 'inet6'],
  ])('take it from %s', (line, family) => {
    const reals = `real_server ${family === 'inet' ? '192.0.2.2' : '2001:db8::2'} {\n}`;
    const { codes, tree } = find(virtualServer(line, 'fwmark 1', reals));
    expect(codes).toEqual([]);
    expect(first(tree).ip_family).toBe(family);
  });

  test('tunnels decide it only where they agree', () => {
    const both = 'real_server 2001:db8::2 {\n}\nreal_server 192.0.2.2 {\n}';
    expect(first(find(virtualServer('lvs_method TUN', 'fwmark 1', both)).tree).ip_family).toBe('inet');
    const one = 'real_server 2001:db8::2 {\n}';
    expect(first(find(virtualServer('lvs_method TUN', 'fwmark 1', one)).tree).ip_family).toBe('inet6');
  });

  test('have no port to keep', () => {
    const { codes, tree } = find(virtualServer('lvs_method DR\nsorry_server 192.0.2.9 80', 'fwmark 1'));
    expect(codes).toEqual(['warning port-mismatch', 'warning port-mismatch']);
    expect(first(tree).real_server[0]?.name.port).toBe(0);
    expect(first(tree).sorry_server?.port).toBe(0);
  });
});

describe('families', () => {
  test('only tunnels cross them, if they are said before the real server', () => {
    const real = 'real_server 2001:db8::2 80 {\n}';
    expect(find(virtualServer('lvs_method TUN', '192.0.2.1 80', real)).codes).toEqual([]);
    const late = find(virtualServer('', '192.0.2.1 80', `${REAL}\n${real}\nlvs_method TUN`));
    expect(late.codes).toEqual(['warning mixed-families']);
    expect(first(late.tree).real_server).toHaveLength(1);
  });

  test('a sorry server of the other one is left out', () => {
    const { codes, tree } = find(virtualServer('sorry_server 2001:db8::9 80'));
    expect(codes).toEqual(['warning mixed-families']);
    expect(first(tree).sorry_server).toBeNull();
  });

  test('the granularity is a netmask for IPv4 and a prefix length for IPv6', () => {
    const number = find(virtualServer('persistence_granularity 24'));
    expect(number.codes).toEqual(['note netmask-as-number']);
    expect(first(number.tree).persistence_granularity).toEqual({ netmask: '0.0.0.24' });
    const real = 'real_server 2001:db8::2 80 {\n}';
    const mask = find(virtualServer('persistence_granularity 255.255.0.0', '2001:db8::1 80', real));
    expect(mask.codes).toEqual(['warning invalid-granularity']);
    expect(first(mask.tree)).toMatchObject({ persistence_granularity: null, persistence_timeout: 0 });
  });
});

describe('order', () => {
  test('flags of sh and mh follow their scheduler', () => {
    const { codes, tree } = find(virtualServer('sh-port\nmh-port\nlvs_sched sh\nsh-fallback\nhashed'));
    expect(codes).toEqual(['warning wrong-order', 'warning wrong-order']);
    expect(first(tree)).toMatchObject({ 'sh-port': false, 'mh-port': false, 'sh-fallback': true });
  });

  test('what belongs to a sorry server follows it', () => {
    const early = find(
      virtualServer('sorry_server_inhibit\nsorry_server_lvs_method DR\nsorry_server 192.0.2.9'),
    );
    expect(early.codes).toEqual(['warning wrong-order', 'warning wrong-order']);
    expect(first(early.tree)).toMatchObject({
      sorry_server: { address: '192.0.2.9', port: 80 },
      sorry_server_inhibit: false,
      sorry_server_lvs_method: NAT,
    });
    const again = find(virtualServer('sorry_server 192.0.2.9\nsorry_server_inhibit\nsorry_server 192.0.2.8'));
    expect(again.codes).toEqual([]);
    expect(first(again.tree).sorry_server_inhibit).toBe(false);
  });
});

describe('numbers', () => {
  test('the quorum is at most the total weight, hysteresis less than that', () => {
    const reals = 'real_server 192.0.2.2 80 {\nweight 3\n}\nreal_server 192.0.2.3 80 {\n}';
    const { codes, tree } = find(virtualServer('quorum 9\nhysteresis 5\nweight 2', '192.0.2.1 80', reals));
    expect(codes).toEqual(['warning quorum-too-large', 'warning hysteresis-too-large']);
    expect(first(tree)).toMatchObject({ quorum: 5, hysteresis: 4 });
    const none = find(virtualServer('', '192.0.2.1 80', 'real_server 192.0.2.2 80 {\nweight 0\n}'));
    expect(none.codes).toEqual(['warning quorum-too-large']);
    expect(first(none.tree)).toMatchObject({ quorum: 0, hysteresis: 0 });
  });

  test('one packet scheduling is for UDP', () => {
    const { codes, tree } = find(virtualServer('ops'));
    expect(codes).toEqual(['warning ops-not-udp']);
    expect(first(tree).ops).toBe(false);
    expect(find(virtualServer('ops\nprotocol UDP')).codes).toEqual([]);
  });

  test('IPVS refuses a lower threshold above the upper one', () => {
    expect(find(realServer('lthreshold 5\nuthreshold 4')).codes).toEqual(['note threshold-order']);
    expect(find(realServer('lthreshold 5')).codes).toEqual([]);
  });
});

describe('real servers', () => {
  test('DR and TUN take the port of the service', () => {
    const reals = 'real_server 192.0.2.2 81 {\n}\nreal_server 192.0.2.3 {\n}';
    const { codes, tree } = find(
      virtualServer('lvs_method DR\nsorry_server 192.0.2.9 81', '192.0.2.1 80', reals),
    );
    expect(codes).toEqual(['warning port-mismatch', 'warning port-mismatch']);
    expect(first(tree).real_server.map(({ name }) => name.port)).toEqual([80, 80]);
    expect(first(tree).sorry_server).toEqual({ address: '192.0.2.9', port: 80 });
  });

  test('checkers connect to the port of the file, whatever port packets keep', () => {
    const check = 'TCP_CHECK {\n}\nSMTP_CHECK {\nconnect_port 25\n}';
    const real = `real_server 192.0.2.2 8080 {\n${check}\n}`;
    for (const name of ['192.0.2.1 80', 'fwmark 1']) {
      const { tree } = find(virtualServer('lvs_method DR', name, real));
      const [server] = first(tree).real_server;
      expect(server?.name.port).toBe(name === 'fwmark 1' ? 0 : 80);
      expect([server?.TCP_CHECK[0]?.connect_port, server?.SMTP_CHECK[0]?.connect_port]).toEqual([8080, 25]);
    }
  });

  test('the second of a kind is left out; a port that is filled in makes no second', () => {
    const { codes, tree } = find(virtualServer('', '192.0.2.1 80', `${REAL}\n${REAL}`));
    expect(codes).toEqual(['warning duplicate-real-server']);
    expect(first(tree).real_server).toHaveLength(1);
    const filled = find(virtualServer('', '192.0.2.1 80', `${REAL}\nreal_server 192.0.2.2 {\n}`));
    expect(filled.codes).toEqual(['note duplicate-real-server']);
    expect(first(filled.tree).real_server).toHaveLength(2);
  });

  test('one that is the sorry server too decides about inhibiting', () => {
    const clear = find(virtualServer('sorry_server 192.0.2.2 80\nsorry_server_inhibit'));
    expect(clear.codes).toEqual(['warning sorry-inhibit']);
    expect(first(clear.tree).sorry_server_inhibit).toBe(false);
    const set = find(virtualServer('inhibit_on_failure\nsorry_server 192.0.2.2 80'));
    expect(set.codes).toEqual(['warning sorry-inhibit']);
    expect(first(set.tree).sorry_server_inhibit).toBe(true);
  });

  test('scripts are given once', () => {
    expect(find(realServer('notify_up /bin/a\nnotify_up /bin/b')).codes).toContain(
      'warning duplicate-keyword',
    );
    const { codes, tree } = find(virtualServer('quorum_up /bin/a\nquorum_up /bin/b'));
    expect(codes).toContain('warning duplicate-keyword');
    expect(first(tree).quorum_up?.command).toEqual(['/bin/a']);
  });
});

test('two virtual servers for one service of IPVS are noted', () => {
  expect(find(virtualServer() + virtualServer()).codes).toEqual(['note duplicate-virtual-server']);
  expect(find(virtualServer() + virtualServer('protocol UDP')).codes).toEqual([]);
});
