import { describe, expect, it } from 'vitest';
import { configuredActors } from '../actors.ts';
import { realServer, virtualServer } from '../checks/lvs.fixture.ts';
import { read } from '../config.fixture.ts';
import { planReload } from '../reload.ts';
import type { CheckerActor, RealServerActor, VirtualServerActor } from './checks.ts';
import type { TrackerActor } from './trackers.ts';

function actorsOf(text: string) {
  const { config, diagnostics } = read(text);
  if (config === null) throw new Error(`unusable: ${JSON.stringify(diagnostics)}`);
  return configuredActors(config);
}

const idsOf = (text: string) => actorsOf(text).map(({ id }) => id);

function firstOf<A>(kind: string, text: string): A {
  const found = actorsOf(text).find(({ id }) => id.startsWith(`${kind}/`));
  if (found === undefined) throw new Error(`no ${kind}`);
  return found as A;
}

const checkerOf = (text: string) => firstOf<CheckerActor>('checker', text);
const realOf = (text: string) => firstOf<RealServerActor>('real', text);
const virtualOf = (text: string) => firstOf<VirtualServerActor>('virtual', text);

describe('names', () => {
  it('are those of keepalived, checkers first and the virtual server last', () => {
    expect(idsOf(realServer('TCP_CHECK {\n}\nTCP_CHECK {\nconnect_port 81\n}'))).toEqual([
      'checker/[192.0.2.1]:tcp:80/[192.0.2.2]:tcp:80/1',
      'checker/[192.0.2.1]:tcp:80/[192.0.2.2]:tcp:80/2',
      'real/[192.0.2.1]:tcp:80/[192.0.2.2]:tcp:80',
      'virtual/[192.0.2.1]:tcp:80',
      'ipvs/table',
    ]);
    expect(idsOf(virtualServer('', 'fwmark 5'))).toEqual([
      'real/FWM 5/[192.0.2.2]:none:80',
      'virtual/FWM 5',
      'ipvs/table',
    ]);
  });

  it('of a group count the virtual servers that share it', () => {
    const group = 'virtual_server_group g {\n192.0.2.1 80\n}\n';
    const text = `${group}${virtualServer('', 'group g')}${virtualServer('', 'group g')}`;
    expect(idsOf(text).filter((id) => id.startsWith('virtual/'))).toEqual(['virtual/[g]:0', 'virtual/[g]:1']);
  });

  it('are never the same, though the services are', () => {
    const ids = idsOf(`${virtualServer()}${virtualServer()}`);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the health of gRPC', () => {
  const probeOf = (lines: string) => {
    const { probe } = checkerOf(realServer(`GRPC_CHECK {\n${lines}\n}`)).input;
    if (probe.kind !== 'grpc') throw new Error('no health of gRPC');
    return probe;
  };

  it('is that of the server as a whole, in clear, unless it is told otherwise', () => {
    expect(probeOf('')).toMatchObject({
      ...{ address: '192.0.2.2', port: 80, service: '', authority: '192.0.2.2:80', tls: null },
    });
    expect(probeOf('service a.B\nauthority grpc.example:81')).toMatchObject({
      ...{ service: 'a.B', authority: 'grpc.example:81', tls: null },
    });
  });

  it('is asked for by TLS, with the name in the handshake', () => {
    expect(probeOf('tls').tls).toEqual({ serverName: '', demands: null });
    expect(probeOf('tls\nauthority grpc.example:81').tls).toMatchObject({ serverName: 'grpc.example' });
    const demands = { ca: '', expiryWarningDays: null };
    expect(probeOf('tls_verify\nauthority grpc.example').tls).toEqual({
      ...{ serverName: 'grpc.example', demands: { ...demands, verifiedName: 'grpc.example' } },
    });
    expect(probeOf('tls_verify').tls?.demands?.verifiedName).toBe('192.0.2.2');
    expect(probeOf('tls_expiry_warning 3').tls?.demands).toEqual({
      ...{ ...demands, verifiedName: null, expiryWarningDays: 3 },
    });
  });
});

describe('pages', () => {
  const pagesOf = (text: string) => {
    const { probe } = checkerOf(text).input;
    if (!('pages' in probe)) throw new Error('no pages');
    return probe;
  };

  it('have what keepalived has by default', () => {
    const text = realServer('HTTP_GET {\nurl {\npath /\n}\n}');
    expect(checkerOf(text).input).toMatchObject({ retry: 1, delayBeforeRetryUs: 3_000_000 });
    expect(pagesOf(text)).toEqual({
      ...{ kind: 'http', address: '192.0.2.2', port: 80, timeoutUs: 5_000_000 },
      origin: { source: '', sourcePort: 0, device: '', mark: 0 },
      ...{ protocol: '1.0', fastRecovery: false },
      pages: [
        {
          ...{ path: '/', host: '192.0.2.2:80', ownHost: '', digest: '', regex: null },
          ...{ statuses: [{ from: 200, to: 299 }], serverName: '', endsCleanly: false },
        },
      ],
    });
  });

  it('name the virtual host that is nearest, and the address that is asked without one', () => {
    const hosts = (virtual: string, real: string, check: string, url: string) =>
      pagesOf(
        virtualServer(
          virtual,
          '192.0.2.1 80',
          `real_server 192.0.2.2 80 {\n${real}\nHTTP_GET {\n${check}\nurl {\npath /\n${url}\n}\nurl {\npath /b\n}\n}\n}`,
        ),
      ).pages.map(({ host, ownHost }) => [host, ownHost]);
    const [vs, rs, http, url] = ['vs', 'rs', 'http', 'url'].map((name) => `virtualhost ${name}`);
    if (!vs || !rs || !http || !url) throw new Error('no names');
    expect(hosts(vs, rs, http, url)).toEqual([
      ['url', 'url'],
      ['http', ''],
    ]);
    expect(hosts(vs, rs, '', '')[0]).toEqual(['rs', '']);
    expect(hosts(vs, '', '', '')[0]).toEqual(['vs', '']);
    expect(hosts('', '', 'connect_ip 2001:db8::1\nconnect_port 81', '')[0]).toEqual(['[2001:db8::1]:81', '']);
  });

  it('name it in the handshake only if that is asked for, and never that of a real server', () => {
    const name = (check: string, url = '', real = '', virtual = '') =>
      pagesOf(
        virtualServer(
          virtual,
          '192.0.2.1 80',
          `real_server 192.0.2.2 80 {\n${real}\nSSL_GET {\n${check}\nurl {\npath /\n${url}\n}\n}\n}`,
        ),
      ).pages[0]?.serverName;
    expect(name('virtualhost http', 'virtualhost url')).toBe('');
    expect(name('enable_sni\nvirtualhost http', 'virtualhost url')).toBe('url');
    expect(name('enable_sni\nvirtualhost http')).toBe('http');
    expect(name('enable_sni', '', 'virtualhost rs', 'virtualhost vs')).toBe('vs');
    expect(name('enable_sni', '', 'virtualhost rs')).toBe('');
    expect(name('sni_name sni\nvirtualhost http', 'virtualhost url')).toBe('sni');
  });

  it('demand nothing of certificates unless they are told to', () => {
    const demands = (check: string, url = '') =>
      pagesOf(realServer(`SSL_GET {\n${check}\nurl {\npath /\n${url}\n}\n}`)).pages[0]?.tls;
    const none = { ca: '', expiryWarningDays: null };
    expect(demands('')).toBeUndefined();
    expect(demands('tls_verify off')).toBeUndefined();
    expect(demands('tls_verify')).toEqual({ ...none, verifiedName: '192.0.2.2' });
    expect(demands('tls_verify', 'virtualhost www')).toEqual({ ...none, verifiedName: 'www' });
    expect(demands('tls_verify\nsni_name sni', 'virtualhost www')).toEqual({ ...none, verifiedName: 'sni' });
    expect(demands('tls_verify own\nsni_name sni')).toEqual({ ...none, verifiedName: 'own' });
    expect(demands('tls_expiry_warning 14\ntls_ca /a')).toEqual({
      ...{ verifiedName: null, ca: '/a', expiryWarningDays: 14 },
    });
  });

  it('have their conditions', () => {
    const text = realServer(
      `SSL_GET {\nhttp_protocol 1.0c\nfast_recovery\ntls_compliant\nurl {\npath /\ndigest ${'AB'.repeat(16)}\n` +
        'status_code 200 300-302\nregex "a b"\nregex_options caseless dotall\nregex_min_offset 3\nregex_max_offset 9\n' +
        'regex_no_match\n}\n}',
    );
    expect(pagesOf(text)).toMatchObject({
      ...{ kind: 'ssl', protocol: '1.0C', fastRecovery: true },
      pages: [
        {
          ...{ digest: 'ab'.repeat(16), endsCleanly: true },
          statuses: [
            { from: 200, to: 200 },
            { from: 300, to: 302 },
          ],
          regex: {
            ...{ pattern: 'a b', options: ['caseless', 'dotall'], noMatch: true },
            ...{ minOffset: 3, maxOffset: 9 },
          },
        },
      ],
    });
  });
});

describe('a checker', () => {
  it('has what keepalived has by default', () => {
    expect(checkerOf(realServer('TCP_CHECK {\n}'))).toMatchObject({
      warmupUs: 60_000_000,
      input: {
        name: '[192.0.2.2]:tcp:80',
        realServer: 'real/[192.0.2.1]:tcp:80/[192.0.2.2]:tcp:80',
        probe: {
          kind: 'tcp',
          address: '192.0.2.2',
          port: 80,
          origin: { source: '', sourcePort: 0, device: '', mark: 0 },
          timeoutUs: 5_000_000,
        },
        delayLoopUs: 60_000_000,
        delayBeforeRetryUs: 1_000_000,
        retry: 1,
        alpha: false,
        logAllFailures: false,
      },
    });
  });

  it('has what the blocks around it say, the nearest first', () => {
    const text = virtualServer(
      'delay_loop 10\nretry 7\nconnect_timeout 2\nalpha\ndelay_before_retry 4',
      '192.0.2.1 80',
      'real_server 192.0.2.2 80 {\nretry 5\nwarmup 1\nTCP_CHECK {\ndelay_before_retry 3\n}\n}',
    );
    expect(checkerOf(text)).toMatchObject({
      warmupUs: 1_000_000,
      input: {
        delayLoopUs: 10_000_000,
        delayBeforeRetryUs: 3_000_000,
        retry: 5,
        alpha: true,
        probe: { timeoutUs: 2_000_000 },
      },
    });
    expect(virtualOf(text).input.realServers[0]?.startWeight).toBeNull();
    expect(realOf(text).input.checkers).toEqual([{ actor: checkerOf(text).id, alpha: true }]);
  });

  it('connects to where it is told to, and from there', () => {
    const lines =
      'connect_ip 192.0.2.7\nconnect_port 81\nbindto 192.0.2.8\nbind_port 1024\nbind_if eth0\nfwmark 9';
    expect(checkerOf(realServer(`TCP_CHECK {\n${lines}\n}`)).input.probe).toMatchObject({
      address: '192.0.2.7',
      port: 81,
      origin: { source: '192.0.2.8', sourcePort: 1024, device: 'eth0', mark: 9 },
    });
  });

  it('has its number as the file has it, whatever stands between', () => {
    const text = realServer('TCP_CHECK {\nconnect_port 1\n}\nweight 2\nTCP_CHECK {\nconnect_port 2\n}');
    const ports = actorsOf(text)
      .filter(({ id }) => id.startsWith('checker/'))
      .map((actor) => [actor.id.at(-1), ((actor as CheckerActor).input.probe as { port: number }).port]);
    expect(ports).toEqual([
      ['1', 1],
      ['2', 2],
    ]);
  });

  it('may run a program, as the user and for the time that it says', () => {
    const lines = 'misc_path "/usr/bin/true a"\nmisc_timeout 3\nmisc_dynamic\nuser nobody nogroup';
    const { input } = checkerOf(realServer(`MISC_CHECK {\n${lines}\n}`));
    expect(input).toMatchObject({
      retry: 0,
      probe: {
        ...{ kind: 'misc', command: ['/usr/bin/true', 'a'], user: 'nobody', group: 'nogroup' },
        ...{ timeoutUs: 3_000_000, dynamic: true },
      },
    });
    const byDefault = checkerOf(realServer('delay_loop 7\nMISC_CHECK {\nmisc_path /usr/bin/true\n}'));
    expect(byDefault.input.probe).toMatchObject({ user: null, timeoutUs: 60_000_000, dynamic: false });
  });

  it('may follow a file or a session, which know of it', () => {
    const files = 'track_file load {\nfile /tmp/load\nweight 3\n}\n';
    const session = 'bfd_instance wan {\nneighbor_ip 192.0.2.9\n}\n';
    const text = `${files}${session}${realServer(
      'alpha\nFILE_CHECK {\ntrack_file load\n}\nFILE_CHECK {\ntrack_file load\nweight -2 reverse\n}\nBFD_CHECK {\nname wan\n}',
    )}`;
    const actors = actorsOf(text);
    const follower = (id: string) =>
      (actors.find((actor) => actor.id === id) as TrackerActor).input.followers;
    const checker = (number: number) => `checker/[192.0.2.1]:tcp:80/[192.0.2.2]:tcp:80/${number}`;
    // keepalived has those of files last.
    expect(follower('tracker/bfd/wan')).toEqual([
      { actor: checker(1), weight: 0, reverse: false, isServer: true },
    ]);
    expect(follower('tracker/file/load')).toEqual([
      { actor: checker(2), weight: 3, reverse: false, isServer: true },
      { actor: checker(3), weight: -2, reverse: true, isServer: true },
    ]);
    expect(realOf(text).input.checkers.map(({ alpha }) => alpha)).toEqual([true, false, false]);
  });

  it('of each kind has what it is given, and its own defaults', () => {
    const probesOf = (lines: string) =>
      actorsOf(realServer(lines)).flatMap(({ id, input }) =>
        id.startsWith('checker/') ? [input as CheckerActor['input']] : [],
      );
    const [smtp, dns, udp, ping] = probesOf(
      'SMTP_CHECK {\n}\nDNS_CHECK {\n}\nUDP_CHECK {\n}\nPING_CHECK {\n}',
    );
    expect(smtp).toMatchObject({ retry: 1, probe: { kind: 'smtp', heloName: 'smtpchecker.keepalived.org' } });
    expect(dns).toMatchObject({ retry: 3, delayBeforeRetryUs: 60_000_000, probe: { type: 'SOA', name: '' } });
    expect(udp).toMatchObject({ probe: { kind: 'udp', payload: null, reply: null } });
    expect(ping).toMatchObject({ probe: { kind: 'ping', address: '192.0.2.2' } });
    const [asked, strict] = probesOf(
      'DNS_CHECK {\ntype a\nname www.example.org.\n}\nUDP_CHECK {\npayload cafe\nrequire_reply 0X\nmin_reply_length 3\n}',
    );
    expect(asked?.probe).toMatchObject({ type: 'A', name: 'www.example.org' });
    expect(strict?.probe).toMatchObject({
      ...{ payload: 'CAFE', reply: { pattern: '0X', leastBytes: 3, mostBytes: 255 } },
    });
  });

  it('of mail may have hosts, each a check of its own', () => {
    const ports = (lines: string) =>
      actorsOf(realServer(`SMTP_CHECK {\nretry 4\n${lines}\n}`)).flatMap(({ id, input }) => {
        if (!id.startsWith('checker/')) return [];
        const { probe, retry } = input as CheckerActor['input'];
        expect(retry).toBe(4);
        return [(probe as { port: number }).port];
      });
    const hosts = 'host {\nconnect_port 26\n}\nhost {\nconnect_port 27\n}';
    expect(ports(hosts)).toEqual([26, 27]);
    expect(ports(`connect_port 25\n${hosts}`)).toEqual([25, 26, 27]);
    expect(ports('')).toEqual([80]);
  });
});

describe('a virtual server', () => {
  it('has its quorum, and its sorry server by name', () => {
    const lines = 'quorum 3\nhysteresis 1\nsorry_server 192.0.2.9 80\nomega\nweight 4';
    const text = virtualServer(lines);
    expect(virtualOf(text).input).toEqual({
      name: '[192.0.2.1]:tcp:80',
      service: {
        ranges: [{ protocol: 'TCP', first: '192.0.2.1', port: 80 }],
        ...{ scheduler: 'rr', flags: 0, persistenceSeconds: 0, granularity: null },
      },
      realServers: [
        {
          actor: 'real/[192.0.2.1]:tcp:80/[192.0.2.2]:tcp:80',
          destination: { address: '192.0.2.2', port: 80, method: 'NAT' },
          startWeight: 4,
        },
      ],
      quorum: 3,
      hysteresis: 1,
      sorryServer: {
        name: '[192.0.2.9]:tcp:80',
        destination: { address: '192.0.2.9', port: 80, method: 'NAT' },
      },
      notifiesStop: true,
    });
    expect(realOf(text).input).toMatchObject({ weight: 4, notifiesStop: true, notifiesStart: false });
  });

  it('whose table is flushed at the end does not take its servers down one by one', () => {
    const text = `global_defs {\nlvs_flush_on_stop\nrs_init_notifies\n}\n${virtualServer('omega')}`;
    expect(realOf(text).input).toMatchObject({ notifiesStop: false, notifiesStart: true });
    expect(virtualOf(text).input.notifiesStop).toBe(true);
  });
});

describe('a reload', () => {
  const plan = (before: string, after: string) => {
    const { kept, changed, added, removed } = planReload(actorsOf(before), actorsOf(after));
    const ids = (actors: readonly { readonly id: string }[]) => actors.map(({ id }) => id.split('/')[0]);
    return {
      kept: ids(kept),
      changed: ids(changed.map(({ to }) => to)),
      added: ids(added),
      removed: ids(removed),
    };
  };

  it('leaves everybody alone whom it does not concern', () => {
    const text = realServer('TCP_CHECK {\n}');
    expect(plan(text, text)).toEqual({
      kept: ['checker', 'real', 'virtual', 'ipvs'],
      changed: [],
      added: [],
      removed: [],
    });
    expect(plan(text, realServer('TCP_CHECK {\nretry 9\n}'))).toMatchObject({
      kept: ['real', 'virtual', 'ipvs'],
      changed: ['checker'],
    });
  });

  it('that gives a program another time leaves its check what it is, as keepalived does', () => {
    const misc = (lines: string): string => realServer(`MISC_CHECK {\nmisc_path /usr/bin/true\n${lines}\n}`);
    const before = misc('misc_timeout 3');
    expect(plan(before, misc('misc_timeout 4'))).toMatchObject({ changed: ['checker'], added: [] });
    expect(plan(before, misc('misc_timeout 3\nmisc_dynamic'))).toMatchObject({ added: ['checker'] });
    // Unlike a connection.
    const tcp = (seconds: number): string => realServer(`TCP_CHECK {\nconnect_timeout ${seconds}\n}`);
    expect(plan(tcp(3), tcp(4))).toMatchObject({ added: ['checker'], removed: ['checker'] });
  });

  it('makes another checker of one that probes elsewhere, and tells its real server', () => {
    const before = realServer('TCP_CHECK {\n}');
    expect(plan(before, realServer('TCP_CHECK {\nconnect_port 81\n}'))).toMatchObject({
      added: ['checker'],
      removed: ['checker'],
    });
    expect(plan(before, realServer(''))).toMatchObject({ changed: ['real'], removed: ['checker'] });
  });
});
