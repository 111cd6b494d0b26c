/** The planner, as it is built, beside Node: the same plan, byte for byte, or none. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/harness/leftovers.ts';
import { builtWithSanitizers, PLANNER_CODE } from '../../test/harness/starter-sources.ts';

const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'build/program/relived.js');
const directory = fs.realpathSync(temporaryDirectory('planner'));
const at = (name: string): string => join(directory, name);
const JOURNAL = at('journal');
const PLAN = `${JOURNAL}.start`;
const PLANNER = at('relived-planner');

beforeAll(() => {
  expect(builtWithSanitizers(PLANNER, 'planner')).toBe('');
});

interface Planned {
  readonly status: number | null;
  /** The plan, or why there is none. */
  readonly text: string;
}

interface Words {
  readonly words?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

function byPlanner(file: string, { words = [], environment = {} }: Words = {}): Planned {
  const argv = [PLANNER_CODE, PROGRAM, '-n', '-f', file, '--journal', JOURNAL, ...words];
  const { status, stdout, stderr } = spawnSync(PLANNER, argv, {
    ...{ cwd: directory, encoding: 'utf8', env: { ...process.env, ...environment } },
  });
  expect(stderr).toBe('');
  return { status, text: stdout };
}

/** `relived --prepare-start`. Null: no plan. */
function byNode(file: string, { words = [], environment = {} }: Words = {}): string | null {
  fs.rmSync(PLAN, { force: true });
  const argv = ['-n', '-f', file, '--journal', JOURNAL, ...words, '--prepare-start'];
  spawnSync(join(ROOT, 'bin/relived'), argv, {
    ...{ cwd: directory, env: { ...process.env, ...environment, RELIVED_PROGRAM: 'bundle' } },
  });
  return fs.existsSync(PLAN) ? fs.readFileSync(PLAN, 'utf8') : null;
}

function written(text: string, name = 'keepalived.conf'): string {
  fs.writeFileSync(at(name), text);
  return at(name);
}

const server = (head: string, ...lines: readonly string[]): string =>
  `virtual_server ${head} {\n  lb_algo wrr\n  lb_kind NAT\n  protocol TCP\n  ${lines.join('\n  ')}\n}\n`;
const real = (address: string, ...lines: readonly string[]): string =>
  `real_server ${address} 80 {\n    ${lines.join('\n    ')}\n  }`;
const TCP = 'TCP_CHECK { connect_timeout 3 }';
const PLAIN = server('10.0.0.1 80', real('10.1.0.1', TCP), real('10.1.0.2', 'weight 3', TCP));

const CONFIGURATIONS: Readonly<Record<string, string>> = {
  plain: PLAIN,
  'every kind of service': [
    server(
      '2001:db8::1 443',
      'persistence_timeout 60',
      'persistence_granularity 64',
      real('2001:db8:1::1', TCP),
    ),
    server('fwmark 7', 'lb_algo sh', 'flag-1', real('10.1.0.1', 'lvs_method TUN', TCP)),
    'virtual_server_group G {\n  10.0.1.1-5 80\n  10.0.2.1 8080\n  fwmark 9\n}\n',
    server(
      'group G',
      'alpha',
      'quorum 2',
      'sorry_server 10.9.9.9 80',
      real('10.1.0.7', 'inhibit_on_failure', TCP),
    ),
    server(
      '10.0.3.1 53',
      'protocol UDP',
      'ops',
      real('10.1.0.9', 'uthreshold 5', 'lthreshold 2', 'DNS_CHECK { }'),
    ),
    server(
      '10.0.3.2 5060',
      'protocol SCTP',
      'lvs_method TUN type gue port 6080',
      real('10.1.0.9', 'PING_CHECK { }'),
    ),
  ].join(''),
  'what is left out': [
    PLAIN,
    server('10.0.0.2 80', real('10.1.0.1', 'FILE_CHECK { track_file nowhere }')),
    server('10.0.0.3 80', 'alpha', real('10.1.0.1', `MISC_CHECK { misc_path ${at('check')} }`)),
    server('10.0.0.4 80', real('10.1.0.1', 'MISC_CHECK { misc_path /bin/true }')),
  ].join(''),
  'other lines': `$VIP=10.0.0.5\n@left x\n@^left ${server('10.0.0.6 80', real('10.1.0.1', TCP))}${server('$VIP 80', real('10.1.0.1', TCP))}`,
  'an environment variable': server(`\${_ENV_PLANNER_VIP} 80`, real('10.1.0.1', TCP)).replace(
    '_ENV_',
    '_ENV ',
  ),
  includes: `include conf.d/*.conf\ninclude none.conf\n${PLAIN}`,
  'VRRP beside it': `vrrp_script S {\n  script "/bin/false"\n}\nvrrp_instance V {\n  interface nowhere0\n  virtual_router_id 1\n}\n${PLAIN}`,
  'umlauts and a mark of order': `\uFEFF! \u00e4\u00f6\u00fc \u{1F600}\n${PLAIN}`,
  'something to complain about': `nonsense 3\n${PLAIN.replace('weight 3', 'weight 70000')}`,
  'other checks': server(
    '10.0.0.1 80',
    real(
      '10.1.0.1',
      'HTTP_GET {',
      '  url { path / status_code 200-299 digest 0123456789abcdef0123456789abcdef }',
      '}',
    ),
    real('10.1.0.2', 'SMTP_CHECK { helo_name x }'),
    real('10.1.0.3', 'UDP_CHECK { payload deadbeef require_reply 0xff }'),
  ),
};

describe('a plan', () => {
  fs.mkdirSync(at('conf.d'));
  written(server('10.0.7.1 80', real('10.1.0.1', TCP)), 'conf.d/a.conf');
  written(server('10.0.7.2 80', real('10.1.0.1', TCP)), 'conf.d/\u00e4.conf');
  fs.writeFileSync(at('check'), '#!/bin/sh\n', { mode: 0o755 });

  it.each(Object.entries(CONFIGURATIONS))('is that of Node: %s', (name, text) => {
    const file = written(text);
    const how = name === 'an environment variable' ? { environment: { PLANNER_VIP: '10.0.0.9' } } : {};
    const { status, text: plan } = byPlanner(file, how);
    const expected = byNode(file, how);
    if (expected === null)
      expect({ status, plan: plan.startsWith('relived start plan') }).toEqual({ status: 1, plan: false });
    else expect(plan).toBe(expected);
    if (name === 'plain') expect(plan).toMatch(/^relived start plan [\s\S]*\nserver /);
  });

  it.each([
    ['-i', 'left'],
    ['--config-id=other', '-D', '-D'],
    ['-s', 'nowhere'],
    ['--vrrp'],
    ['--pid=/tmp/x.pid', '-r', 'y.pid'],
    ['--journal-size', '2G', 'a-word'],
  ])('is that of Node: with %s %s', (...words) => {
    const file = written(CONFIGURATIONS['other lines'] ?? '');
    const { status, text } = byPlanner(file, { words });
    const expected = byNode(file, { words });
    if (expected === null) expect({ status, text }).toEqual({ status: 1, text: '' });
    else expect(text).toBe(expected);
  });
});

describe('no plan', () => {
  it.each([
    ['without a virtual server', 'global_defs {\n}\n', ''],
    [
      'that Node would not make',
      `global_defs {\n  lvs_flush\n}\n${PLAIN}`,
      'lvs_flush empties the table first',
    ],
    [
      'of what does not start',
      `${PLAIN}vrrp_instance V {\n  interface lo\n  virtual_router_id 1\n}\n`,
      'it would not start',
    ],
    [
      'that depends on what only Node knows',
      server(
        '10.0.0.1 80',
        real('10.1.0.1', 'HTTP_GET {', '  url {', '    path /', '    regex "(x"', '  }', '}'),
      ),
      'only Node can find out the module #native-addon',
    ],
    [
      'of bytes that are no text',
      Buffer.concat([Buffer.from('! \xff\n', 'latin1'), Buffer.from(PLAIN)]),
      'only Node can find out a text that is not UTF-8',
    ],
  ])('%s', (_name, text, why) => {
    fs.writeFileSync(at('keepalived.conf'), text);
    expect(byPlanner(at('keepalived.conf'))).toEqual({ status: 1, text: why });
  });

  it('for a command line that is no start', () => {
    const file = written(PLAIN);
    for (const words of [['-t'], ['-v'], ['--signum', 'STOP'], ['--help'], ['--prepare-start']])
      expect(byPlanner(file, { words })).toEqual({ status: 1, text: '' });
    expect(byPlanner(file, { words: ['--nonsense'] })).toMatchObject({
      status: 1,
      text: expect.stringContaining('Unknown option'),
    });
  });

  it('from code of another build', () => {
    const code = fs.readFileSync(PLANNER_CODE);
    for (const [name, bytes] of [
      ['other', Buffer.concat([Buffer.from('relived planner 0123456789abcdef\n'), code.subarray(33)])],
      ['empty', Buffer.alloc(0)],
    ] as const) {
      fs.writeFileSync(at(name), bytes);
      const { status, stdout, stderr } = spawnSync(PLANNER, [at(name), PROGRAM], { encoding: 'utf8' });
      expect({ status, stdout, stderr }).toEqual({
        ...{ status: 2, stdout: 'the code is of another build', stderr: '' },
      });
    }
  });
});
