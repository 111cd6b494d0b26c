import { describe, expect, test } from 'vitest';
import { FILE, memoryFiles } from '../config.fixture.ts';
import { UNKNOWN_ENVIRONMENT } from '../environment.ts';
import { readConfig } from '../read.ts';
import { find, first, realServer, virtualServer } from './lvs.fixture.ts';

function checker(name: string, lines: string) {
  const { codes, tree } = find(realServer(`${name} {\n${lines}\n}`));
  return { codes, real: first(tree).real_server[0] };
}

describe('pages', () => {
  test('a url needs a path, a checker a url', () => {
    const { codes, real } = checker('HTTP_GET', 'url {\nstatus_code 200\n}');
    expect(codes).toEqual(['warning no-url', 'warning no-path']);
    expect(real?.HTTP_GET).toEqual([]);
    const some = checker('SSL_GET', 'url {\n}\nurl {\npath /\n}');
    expect(some.codes).toEqual(['warning no-path']);
    expect(some.real?.SSL_GET[0]?.url).toHaveLength(1);
  });

  test('the first digest counts, status codes add up', () => {
    const digests = ['0', '1'].map((digit) => `digest ${digit.repeat(32)}`).join('\n');
    const { codes, real } = checker(
      'HTTP_GET',
      `url {\npath /\n${digests}\nstatus_code 200\nstatus_code 300-301\n}`,
    );
    expect(codes).toEqual(['warning duplicate-keyword']);
    expect(real?.HTTP_GET[0]?.url[0]).toMatchObject({
      digest: '0'.repeat(32),
      status_code: [
        { from: 200, to: 200 },
        { from: 300, to: 301 },
      ],
    });
  });

  test('a bad status code leaves the others', () => {
    const { codes, real } = checker('HTTP_GET', 'url {\npath /\nstatus_code 200 many 301\n}');
    expect(codes).toEqual(['warning invalid-status']);
    expect(real?.HTTP_GET[0]?.url[0]?.status_code.map(({ from }) => from)).toEqual([200, 301]);
  });

  test('settings of a pattern need one', () => {
    expect(checker('HTTP_GET', 'url {\npath /\nregex_no_match\n}').codes).toEqual(['note no-regex']);
    const offsets = 'regex a\nregex_min_offset 6\nregex_max_offset 5';
    const { codes, real } = checker('HTTP_GET', `url {\npath /\n${offsets}\n}`);
    expect(codes).toEqual(['note invalid-regex']);
    expect(real?.HTTP_GET[0]?.url[0]).toMatchObject({ regex_min_offset: 0, regex_max_offset: null });
  });

  test('a pattern that PCRE2 does not understand is an error, where it stands', () => {
    const lines = 'HTTP_GET {\nurl {\npath /\nregex "a(b"\nregex_options caseless\n}\n}';
    const files = memoryFiles({ [FILE]: realServer(lines) });
    const asked: unknown[] = [];
    const regexFault = (...about: readonly unknown[]): string => {
      asked.push(about);
      return 'a brace is missing at character 4';
    };
    const { config, diagnostics } = readConfig(FILE, files, { ...UNKNOWN_ENVIRONMENT, regexFault });
    expect(config).toBeNull();
    const found = diagnostics.find(({ code }) => code === 'broken-regex');
    expect(found?.message).toBe('the regex cannot be used: a brace is missing at character 4');
    expect(found?.severity).toBe('error');
    expect(asked).toEqual([['a(b', ['caseless']]]);
  });

  test('sni_name implies enable_sni', () => {
    expect(checker('SSL_GET', 'sni_name a\nurl {\npath /\n}').real?.SSL_GET[0]?.enable_sni).toBe(true);
  });
});

describe('connections', () => {
  test.each([
    ['bindto 2001:db8::8', null, null],
    ['connect_ip 2001:db8::7\nbindto 192.0.2.8', '2001:db8::7', null],
    ['bindto 192.0.2.8\nconnect_ip 2001:db8::7', null, '192.0.2.8'],
    ['bindto 2001:db8::8\nconnect_ip 2001:db8::7', '2001:db8::7', null],
  ])('%s: one family, judged line by line', (lines, target, source) => {
    const { codes, real } = checker('TCP_CHECK', lines);
    expect(codes).toEqual(['warning mixed-families']);
    expect(real?.TCP_CHECK[0]).toMatchObject({ connect_ip: target, bindto: source });
  });

  test('SMTP_CHECK does not know the address of its server so early', () => {
    expect(checker('SMTP_CHECK', 'bindto 2001:db8::8').codes).toEqual(['note mixed-families']);
    expect(checker('SMTP_CHECK', 'bindto 2001:db8::8\nconnect_ip 2001:db8::7').codes).toEqual([]);
  });

  test('a link-local address needs an interface', () => {
    const { codes, real } = checker('PING_CHECK', 'connect_ip fe80::1');
    expect(codes).toEqual(['warning no-bind-if']);
    expect(real?.PING_CHECK).toEqual([]);
    expect(checker('PING_CHECK', 'connect_ip fe80::1\nbind_if eth0').codes).toEqual([]);
  });

  test('an answer must be possible', () => {
    expect(checker('UDP_CHECK', 'max_reply_length 4\nmin_reply_length 5').codes).toEqual([
      'warning reply-length',
    ]);
  });

  test('the first DNS name counts', () => {
    const { codes, real } = checker('DNS_CHECK', 'name a.example\nname b.example');
    expect(codes).toEqual(['warning duplicate-keyword']);
    expect(real?.DNS_CHECK[0]?.name).toBe('a.example');
  });
});

describe('what checkers refer to', () => {
  const DEFINED = 'track_file f {\nfile /run/f\n}\nbfd_instance b {\nneighbor_ip 192.0.2.9\n}\n';
  const FILE_LINES = 'FILE_CHECK {\ntrack_file f\n}';
  const BFD_LINES = 'BFD_CHECK {\nname b\n}';

  test('is defined before the virtual server', () => {
    const server = realServer(`${FILE_LINES}\n${BFD_LINES}`);
    expect(find(DEFINED + server).codes).toEqual([]);
    for (const text of [server, server + DEFINED]) {
      const { codes, tree } = find(text);
      expect(codes).toEqual(['warning unknown-track-file', 'warning unknown-bfd-instance']);
      expect(first(tree).real_server[0]).toMatchObject({ FILE_CHECK: [], BFD_CHECK: [] });
    }
  });

  test('BFD_CHECK follows a session once', () => {
    const { codes, tree } = find(DEFINED + realServer(`${BFD_LINES}\n${BFD_LINES}`));
    expect(codes).toEqual(['warning duplicate-bfd-check']);
    expect(first(tree).real_server[0]?.BFD_CHECK).toEqual([{ name: 'b', alpha: false }]);
    expect(checker('BFD_CHECK', 'alpha').codes).toEqual(['warning no-bfd-name']);
  });

  test('FILE_CHECK needs a track_file, MISC_CHECK a program', () => {
    expect(checker('FILE_CHECK', 'weight 1').codes).toEqual(['warning no-track-file']);
    expect(checker('MISC_CHECK', 'misc_timeout 1').codes).toEqual(['warning no-misc-path']);
    expect(checker('MISC_CHECK', 'misc_path').codes).toEqual([
      'warning no-misc-path',
      'note missing-parameter',
    ]);
  });

  test('MISC_CHECK with a user that does not exist is left out', () => {
    const text = realServer('MISC_CHECK {\nmisc_path /bin/true\nuser nobody\n}');
    const environment = { ...UNKNOWN_ENVIRONMENT, user: () => null };
    const { config, diagnostics } = readConfig(FILE, memoryFiles({ [FILE]: text }), environment);
    expect(diagnostics.map(({ code }) => code)).toContain('unknown-user');
    expect(config?.tree.virtual_server[0]?.real_server[0]?.MISC_CHECK).toEqual([]);
  });
});

describe('inheritance', () => {
  const ALL = ['HTTP_GET', 'TCP_CHECK', 'DNS_CHECK', 'MISC_CHECK'] as const;

  function timing(server: string, real: string, own: string) {
    const checkers = ALL.map((name) => {
      const needs =
        name === 'HTTP_GET' ? 'url {\npath /\n}' : name === 'MISC_CHECK' ? 'misc_path /bin/true' : '';
      return `${name} {\n${needs}\n${own}\n}`;
    });
    const reals = `real_server 192.0.2.2 80 {\n${real}\n${checkers.join('\n')}\n}`;
    const found = first(find(virtualServer(server, '192.0.2.1 80', reals)).tree).real_server[0];
    return ALL.map((name) => {
      const one = found?.[name][0];
      return [one?.retry, one?.delay_before_retry, one?.warmup, one?.delay_loop, one?.alpha];
    });
  }

  test('the defaults of each type', () => {
    const [loop, us] = [60_000_000, 1_000_000];
    expect(timing('', '', '')).toEqual([
      [1, 3 * us, loop, loop, false],
      [1, us, loop, loop, false],
      [3, loop, loop, loop, false],
      [0, us, loop, loop, false],
    ]);
  });

  test('a virtual server beats the types', () => {
    const same = [7, 2_000_000, 5_000_000, 5_000_000, true];
    expect(timing('retry 7\ndelay_before_retry 2\ndelay_loop 5\nalpha', '', '')).toEqual([
      same,
      same,
      same,
      same,
    ]);
  });

  test('a real server beats the virtual server, a checker both', () => {
    const server = 'retry 7\ndelay_before_retry 2\ndelay_loop 5\nwarmup 9\nalpha';
    const real = 'retry 8\ndelay_before_retry 3\ndelay_loop 6\nwarmup 0\nalpha off';
    const same = [8, 3_000_000, 0, 6_000_000, false];
    expect(timing(server, real, '')).toEqual([same, same, same, same]);
    const own = [0, 0, 1_000_000, 7_000_000, true];
    expect(timing(server, real, 'retry 0\ndelay_before_retry 0\ndelay_loop 7\nwarmup 1\nalpha')).toEqual([
      own,
      own,
      own,
      own,
    ]);
  });

  test('warmup and delay_before_retry follow the delay_loop of the checker itself', () => {
    const [, , dns] = timing('', '', 'delay_loop 4');
    expect(dns).toEqual([3, 4_000_000, 4_000_000, 4_000_000, false]);
  });

  test('weight, method, inhibit_on_failure and connect_timeout go from server to server', () => {
    const { tree } = find(
      virtualServer(
        'weight 4\nlvs_method DR\ninhibit_on_failure\nconnect_timeout 3',
        '192.0.2.1 80',
        'real_server 192.0.2.2 80 {\nTCP_CHECK {\n}\n}',
      ),
    );
    expect(first(tree).real_server[0]).toMatchObject({
      weight: 4,
      lvs_method: { method: 'DR' },
      inhibit_on_failure: true,
      connect_timeout: 3_000_000,
      TCP_CHECK: [{ connect_timeout: 3_000_000 }],
    });
  });

  test('virtualhost: url, checker, real server, virtual server', () => {
    const url = (server: string, real: string, own: string, inner: string) =>
      first(
        find(
          virtualServer(
            server,
            '192.0.2.1 80',
            `real_server 192.0.2.2 80 {\n${real}\nHTTP_GET {\n${own}\nurl {\npath /\n${inner}\n}\n}\n}`,
          ),
        ).tree,
      ).real_server[0]?.HTTP_GET[0]?.url[0]?.virtualhost;
    const [vs, rs, own, inner] = ['a', 'b', 'c', 'd'].map((name) => `virtualhost ${name}`) as [
      string,
      string,
      string,
      string,
    ];
    expect(url(vs, rs, own, inner)).toBe('d');
    expect(url(vs, rs, own, '')).toBe('c');
    expect(url(vs, rs, '', '')).toBe('b');
    expect(url(vs, '', '', '')).toBe('a');
    expect(url('', '', '', '')).toBeNull();
  });

  test('smtp_alert: smtp_alert_checker, smtp_alert, else true for real servers alone', () => {
    const alerts = (globals: string) => {
      const server = first(find(`global_defs {\n${globals}\n}\n${virtualServer()}`).tree);
      return [server.smtp_alert, server.real_server[0]?.smtp_alert];
    };
    expect(alerts('')).toEqual([false, true]);
    expect(alerts('smtp_alert off')).toEqual([false, false]);
    expect(alerts('smtp_alert off\nsmtp_alert_checker on')).toEqual([true, true]);
  });

  test('log_all_failures: checker_log_all_failures', () => {
    const text = `global_defs {\nchecker_log_all_failures\n}\n${realServer('TCP_CHECK {\n}\nPING_CHECK {\nlog_all_failures off\n}')}`;
    const real = first(find(text).tree).real_server[0];
    expect(real?.TCP_CHECK[0]?.log_all_failures).toBe(true);
    expect(real?.PING_CHECK[0]?.log_all_failures).toBe(false);
  });

  test('host takes what SMTP_CHECK says', () => {
    const lines =
      'SMTP_CHECK {\nconnect_port 25\nretry 6\nlog_all_failures\nhost {\nconnect_ip 192.0.2.7\n}\n}';
    const host = first(find(realServer(lines)).tree).real_server[0]?.SMTP_CHECK[0]?.host[0];
    expect(host).toMatchObject({
      connect_ip: '192.0.2.7',
      connect_port: 25,
      retry: 6,
      log_all_failures: true,
    });
  });

  test('misc_timeout is the delay_loop of the virtual server, not of the real server', () => {
    const real = 'real_server 192.0.2.2 80 {\ndelay_loop 4\nMISC_CHECK {\nmisc_path /bin/true\n}\n}';
    const { tree } = find(virtualServer('delay_loop 9', '192.0.2.1 80', real));
    expect(first(tree).real_server[0]?.MISC_CHECK[0]?.misc_timeout).toBe(9_000_000);
  });
});
