import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { instance, read } from '../config.fixture.ts';
import { BLOCKS } from '../registry/blocks.ts';
import { isFinding, lint } from './lint.ts';
import { RULES } from './rules.ts';

/** Files of nodes a, b, ... */
function findings(texts: readonly string[], allowed: readonly string[] = []) {
  const inputs = texts.map((text, index) => ({ label: 'abc'[index] ?? '?', result: read(text) }));
  return lint(inputs, new Set(allowed));
}

function codes(texts: readonly string[], allowed: readonly string[] = []): string[] {
  return findings(texts, allowed)
    .diagnostics.filter(isFinding)
    .map(({ code }) => code);
}

const unicast = (own: string, peer: string, more = ''): string =>
  instance(`unicast_src_ip ${own}\nunicast_peer {\n${peer}\n}\n${more}`);
const A = unicast('192.0.2.1', '192.0.2.2', 'priority 150');
const B = unicast('192.0.2.2', '192.0.2.1');
const script = (weight: number, lines = ''): string =>
  `vrrp_script up {\nscript /bin/true\nweight ${weight}\n${lines}\n}\n`;
const TRACK = 'track_script {\nup\n}';
const service = (lines: string, checker = 'TCP_CHECK {\n}'): string =>
  `virtual_server 192.0.2.9 80 {\nprotocol TCP\n${lines}\nreal_server 192.0.2.11 80 {\nweight 2\n${checker}\n}\n}\n`;

interface Case {
  readonly code: string;
  readonly bad: readonly string[];
  readonly good: readonly string[];
  /** The block that the rule looks at. */
  readonly block?: string;
}

const CASES: readonly Case[] = [
  {
    code: 'no-tracker',
    bad: [instance()],
    good: [instance('track_interface {\neth1\n}')],
    block: 'vrrp_instance/track_interface',
  },
  { code: 'strict-unreachable', bad: [instance('strict_mode on')], good: [instance('strict_mode off')] },
  { code: 'unicast-without-source', bad: [instance('unicast_peer {\n192.0.2.2\n}')], good: [A] },
  { code: 'peer-self', bad: [unicast('192.0.2.1', '192.0.2.1')], good: [A] },
  {
    code: 'advert-int-version-2',
    bad: [instance('advert_int 0.5')],
    good: [instance('advert_int 0.5\nversion 3')],
  },
  { code: 'fast-adverts', bad: [instance('advert_int 0.05\nversion 3')], good: [instance('version 3')] },
  {
    code: 'plain-password',
    bad: [instance('authentication {\nauth_type PASS\nauth_pass s3cret\n}')],
    good: [instance()],
  },
  { code: 'address-twice', bad: [instance() + instance('', 'VI_2')], good: [instance()] },
  {
    code: 'weight-clamped',
    bad: [script(100) + instance(`priority 200\n${TRACK}`)],
    good: [script(10) + instance(`priority 200\n${TRACK}`)],
    block: 'vrrp_instance/track_script',
  },
  {
    code: 'script-timeout',
    bad: [script(0, 'interval 1\ntimeout 2') + instance(TRACK)],
    good: [script(0, 'interval 2\ntimeout 1') + instance(TRACK)],
    block: 'vrrp_script',
  },
  {
    code: 'quorum-unreachable',
    bad: [service('quorum 2\nhysteresis 1')],
    good: [service('quorum 2')],
    block: 'virtual_server',
  },
  { code: 'no-checker', bad: [service('', '')], good: [service('')], block: 'virtual_server' },
  {
    code: 'extension',
    bad: [service('', 'GRPC_CHECK {\n}')],
    good: [service('')],
    block: 'virtual_server/real_server/GRPC_CHECK',
  },
  {
    code: 'router-alone',
    bad: [A, B.replace('virtual_router_id 51', 'virtual_router_id 52')],
    good: [A, B],
  },
  { code: 'version-differs', bad: [A, B.replace('interface', 'version 3\ninterface')], good: [A, B] },
  { code: 'interval-differs', bad: [A, B.replace('interface', 'advert_int 2\ninterface')], good: [A, B] },
  {
    code: 'checksum-differs',
    bad: [A, B].map((text, index) =>
      text.replace('interface', `version 3\n${index === 0 ? 'v3_checksum_as_v2\n' : ''}interface`),
    ),
    good: [A, B].map((text) => text.replace('interface', 'version 3\nv3_checksum_as_v2\ninterface')),
  },
  {
    code: 'authentication-differs',
    bad: [instance('authentication {\nauth_type PASS\nauth_pass one\n}'), instance()],
    good: [1, 2].map(() => instance('authentication {\nauth_type PASS\nauth_pass one\n}')),
  },
  { code: 'mixed-unicast', bad: [A, instance()], good: [A, B] },
  { code: 'peer-missing', bad: [A, unicast('192.0.2.3', '192.0.2.1')], good: [A, B] },
  { code: 'addresses-differ', bad: [A, B.replace('192.0.2.10/24', '192.0.2.11/24')], good: [A, B] },
  { code: 'equal-priority', bad: [B, instance()], good: [A, B] },
  { code: 'two-owners', bad: [1, 2].map(() => instance('priority 255')), good: [A, B] },
  {
    code: 'two-state-master',
    bad: [150, 100].map((priority) => instance(`state MASTER\npriority ${priority}`)),
    good: [instance('state MASTER\npriority 150'), instance()],
  },
  {
    code: 'preemption-differs',
    bad: [A, B.replace('interface', 'nopreempt\ninterface')],
    good: [A.replace('interface', 'nopreempt\ninterface'), B],
  },
  {
    code: 'weight-too-small',
    bad: [script(-20) + instance(`priority 150\n${TRACK}`), instance()],
    good: [script(-60) + instance(`priority 150\n${TRACK}`), instance()],
    block: 'vrrp_instance/track_script',
  },
  {
    code: 'nopreempt-keeps-failed',
    bad: [script(-60) + instance(`priority 150\nnopreempt\n${TRACK}`), instance('nopreempt')],
    good: [script(0) + instance(`priority 150\nnopreempt\n${TRACK}`), instance('nopreempt')],
    block: 'vrrp_instance/track_script',
  },
];

const isKnown = (block: string | undefined): boolean => block === undefined || BLOCKS.has(block);

describe('every rule', () => {
  test('has a case, and a section in the documentation', () => {
    expect(CASES.map(({ code }) => code)).toEqual(RULES.map(({ code }) => code));
    const page = fs.readFileSync(path.join(import.meta.dirname, '../../../docs/configuration.md'), 'utf8');
    for (const { code, title, why } of RULES) {
      expect(page, code).toContain(`\`${code}\``);
      expect(page, code).toContain(title);
      expect(page, code).toContain(why);
    }
  });

  test.each(CASES.map((one) => [one.code, one] as const))('%s', (code, { bad, good, block }) => {
    if (!isKnown(block)) return;
    expect(codes(bad)).toContain(code);
    expect(codes(good)).not.toContain(code);
    expect(codes(bad, [code])).not.toContain(code);
  });
});

describe('a finding', () => {
  const strict = (line: string): string => instance(line);

  test('is allowed by a comment on its line or on the line above', () => {
    const comment = '# relived: allow strict-unreachable, no-tracker';
    expect(codes([strict('strict_mode on')])).toContain('strict-unreachable');
    expect(codes([strict(`strict_mode on ${comment}`)])).not.toContain('strict-unreachable');
    expect(codes([strict(`${comment}\nstrict_mode on`)])).not.toContain('strict-unreachable');
    expect(codes([strict(`priority 90 ${comment}\nstrict_mode on`)])).toContain('strict-unreachable');
  });

  test('never shows a secret', () => {
    const texts = ['one', 'two'].map((secret) =>
      instance(`authentication {\nauth_type PASS\nauth_pass s3cret${secret}\n}`),
    );
    const { diagnostics } = findings(texts);
    expect(diagnostics.map(({ code }) => code)).toContain('authentication-differs');
    expect(JSON.stringify(diagnostics)).not.toContain('s3cret');
  });

  test('of the reader stays if it is an error, whatever is allowed', () => {
    const text = 'vrrp_instance A {\nvirtual_router_id 1 # relived: allow missing-interface\n}\n';
    const { diagnostics } = findings([text], ['missing-interface']);
    expect(diagnostics.map(({ code }) => code)).toContain('missing-interface');
  });
});

describe('holders', () => {
  test('are those of the highest priority', () => {
    expect(findings([A, B]).holders).toEqual([
      {
        address: '192.0.2.10',
        virtualRouterId: 51,
        holder: { node: 'a', instance: 'VI_1', priority: 150 },
        next: { node: 'b', instance: 'VI_1', priority: 100 },
        remark: '',
      },
    ]);
  });

  test('are not known where priorities are equal', () => {
    const [row] = findings([B, B]).holders;
    expect(row).toMatchObject({ holder: null, next: null });
    expect(row?.remark).toContain('higher source address');
  });

  test('with nopreempt are those who came first', () => {
    const [row] = findings([A.replace('interface', 'nopreempt\ninterface'), B]).holders;
    expect(row?.remark).toBe('b keeps it once it has it: a does not preempt');
  });
});

test('a hundred instances on each of three nodes take no time to speak of', () => {
  const text = Array.from({ length: 100 }, (_, index) =>
    instance('', `VI_${index}`).replace('virtual_router_id 51', `virtual_router_id ${index + 1}`),
  ).join('');
  expect(findings([text, text, text]).holders.length).toBeGreaterThan(0);
});
