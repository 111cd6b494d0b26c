// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is keepalived's own notation
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seedOfRun } from '../../test/harness/seed.ts';
import { memoryFiles } from './config.fixture.ts';
import { configTestExitCode, formatDiagnostics, startExitCode } from './diagnostics.ts';
import type { FileSource } from './file-source.ts';
import { MAX_DIAGNOSTICS } from './problems.ts';
import { readConfig, readConsolidated } from './read.ts';
import { redact } from './redact.ts';
import { BLOCKS, keywordsOf } from './registry/blocks.ts';

/** `npm run fuzz` makes more. */
const RUNS = 3_000;
const SECRET = 'hunter2secret';

const SAMPLE = `$IF=eth0
$PASS=${SECRET}
$RS= \\
real_server 192.0.2.\${i} 80 { \\
  weight \${i} \\
}
global_defs {
  router_id left
  vrrp_version 3
  notification_email {
    admin@example.com
  }
}
include conf.d/*.conf
vrrp_instance VI_1 {
  state BACKUP
  interface $IF
  virtual_router_id 51
  priority 100 # comment
  advert_int 0.25
  authentication {
    auth_type PASS
    auth_pass $PASS
  }
  unicast_src_ip 192.0.2.1
  unicast_peer {
    192.0.2.2
  }
  virtual_ipaddress {
    192.0.2.10/24 dev eth1 label "eth1:1"
    ~SEQ(n, 11, 13) 192.0.2.$n
  }
  notify_master { chk }
  track_script { chk weight -5 reverse }
}
vrrp_script chk { script "/bin/true a" }
vrrp_instance VI_6 {
  interface eth0
  virtual_router_id 6
  auth_hmac { key 1 ${SECRET}${SECRET}${SECRET}\n active_key 1 }
  virtual_ipaddress { fe80::1 }
  use_vmac name v6 02:00:00:00:06
}
vrrp_sync_group G { group { VI_1 VI_6 } track_interface { eth1 weight 5 } }
bfd_instance b { neighbor_ip 192.0.2.7 }
garp_group { garp_interval 0.1\n interfaces { eth0 eth1 } }
static_ipaddress { 192.0.2.9/24 brd + track_group T }
@localhost virtual_server 192.0.2.10 80 { real_server 192.0.2.20 80 { weight 1 }
~LST({i,j}, {1,2}, {3,4}) $RS
}
`;

const WORDS = [...BLOCKS.values()].flatMap((block) => Object.keys(keywordsOf(block)));
const scraps = fc.oneof(
  fc.constantFrom(
    '{',
    '}',
    '"',
    '#',
    '!',
    '\\',
    '\0',
    '\r',
    '\n',
    '\t',
    '$',
    '${',
    '$X=',
    '@',
    '~SEQ(',
    '~SEQ(i,1,9)',
    '~LST(i,1,a) ',
    '@^localhost ',
    '\n$IF=$RS\n',
    '\n$RS=$IF \\\n',
    '\n$PASS=$PASS',
    '$RS\n',
    '\\\n',
    '${_HASH}',
    '${_RANDOM}',
    '$IF ',
    'é',
    '😀',
    '\ud800',
  ),
  fc.constantFrom('{'.repeat(3000), '}'.repeat(3000), '{}'.repeat(2000), '{\n'.repeat(2000), '"'.repeat(999)),
  fc.constantFrom('x'.repeat(1023), 'x'.repeat(5000), ' '.repeat(4000), '9'.repeat(400), '\n'.repeat(3000)),
  fc.constantFrom(
    '\ninclude self\n',
    '\ninclude a\n',
    '\nincludea {a,b}{a,b}{a,b}\n',
    '\ninclude *\n',
    '\ninclude {{{{\n',
  ),
  fc.constantFrom(...WORDS),
  fc.string({ maxLength: 30, unit: 'binary' }),
);

type Mutation = (text: string) => string;

function cut(text: string, at: number, length: number, insert: string): string {
  const start = Math.floor(at * text.length);
  return text.slice(0, start) + insert + text.slice(start + length);
}

const position = fc.double({ min: 0, max: 1, noNaN: true });
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(position, scraps).map(
    ([at, scrap]): Mutation =>
      (text) =>
        cut(text, at, 0, scrap),
  ),
  fc.tuple(position, fc.nat(60)).map(
    ([at, length]): Mutation =>
      (text) =>
        cut(text, at, length, ''),
  ),
  fc.tuple(position, fc.nat(255)).map(
    ([at, byte]): Mutation =>
      (text) =>
        cut(text, at, 1, String.fromCharCode(byte)),
  ),
  fc.tuple(position, position, fc.nat(300)).map(
    ([from, to, length]): Mutation =>
      (text) => {
        const start = Math.floor(from * text.length);
        return cut(text, to, 0, text.slice(start, start + length));
      },
  ),
  position.map(
    (at): Mutation =>
      (text) =>
        text.slice(0, Math.floor(at * text.length)),
  ),
);

/** Counts what the reader asks for: an endless include must not become an endless test. */
function counted(files: FileSource): { source: FileSource; calls: () => number } {
  let calls = 0;
  return {
    source: {
      read: (path) => {
        calls++;
        return files.read(path);
      },
      glob: (pattern, relativeTo) => {
        calls++;
        return files.glob(pattern, relativeTo);
      },
    },
    calls: () => calls,
  };
}

test(`${RUNS} mutated configurations end with a result`, { timeout: 120_000 }, () => {
  const outcomes = { usable: 0, refused: 0 };
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), fc.nat(3), (mutations, included) => {
      const text = mutations.reduce((current, mutate) => mutate(current), SAMPLE);
      const files: Record<string, string> = {
        '/c/self': text,
        '/c/a': text.slice(0, 400),
        '/c/b': 'include a\ninclude b\n',
      };
      if (included > 1) files['/c/conf.d/x.conf'] = text.slice(200);
      const { source, calls } = counted(memoryFiles(files));
      const result = readConfig('/c/self', source);
      if (included === 0) {
        const again = readConsolidated(result.consolidated);
        // With too many problems, which of them are shown depends on the order in which they were met.
        if (result.diagnostics.length <= MAX_DIAGNOSTICS) {
          expect(again.diagnostics).toEqual(result.diagnostics);
        }
        expect(startExitCode(again.diagnostics)).toBe(startExitCode(result.diagnostics));
        expect(JSON.stringify(again.config)).toBe(JSON.stringify(result.config));
      }
      const refused = startExitCode(result.diagnostics) !== 0;
      if (!refused) expect(result.config).not.toBeNull();
      outcomes[refused ? 'refused' : 'usable']++;
      expect(calls()).toBeLessThan(300_000);
      expect(result.diagnostics.length).toBeLessThanOrEqual(MAX_DIAGNOSTICS + 1);
      for (const diagnostic of result.diagnostics) {
        expect(diagnostic.line).toBeGreaterThanOrEqual(1);
        expect(diagnostic.width).toBeGreaterThanOrEqual(1);
        expect(diagnostic.column).toBeGreaterThanOrEqual(1);
        expect(diagnostic.column + diagnostic.width).toBeLessThanOrEqual(
          Math.max(2, diagnostic.source.length + 1),
        );
      }
      // The message itself may have characters that are not shown as they are.
      expect(formatDiagnostics(result.diagnostics)).toContain(result.diagnostics[0]?.code ?? '');
      expect([0, 2, 4, 5, 6]).toContain(configTestExitCode(result.diagnostics));
      expect([0, 2, 6]).toContain(startExitCode(result.diagnostics));
      for (const instance of result.config?.tree.vrrp_instance ?? []) {
        expect(instance.virtual_router_id).toBeGreaterThanOrEqual(1);
        expect(instance.priority).toBeLessThanOrEqual(255);
        expect(instance.advert_int).toBeGreaterThanOrEqual(10_000);
      }
    }),
    { numRuns: RUNS, seed: seedOfRun() },
  );
  console.log(outcomes);
  // Mutations that always break the file, or never do, would test little.
  expect(Math.min(outcomes.usable, outcomes.refused)).toBeGreaterThan(0);
});

test('redaction keeps the number of lines and never grows with the secret', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200, unit: 'binary' }), (text) => {
      const masked = redact(`${text}\nauth_pass ${SECRET}\n`);
      expect(masked.split('\n')).toHaveLength(text.split('\n').length + 2);
      expect(masked).not.toContain(SECRET);
    }),
    { numRuns: 1000, seed: seedOfRun() },
  );
});
