import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seedOfRun } from '../../../test/harness/seed.ts';
import { instance, read } from '../config.fixture.ts';
import { readConsolidated } from '../read.ts';

const SECRET = 'tops3cret';
const { consolidated } = read(
  `$PW=${SECRET}\n~SEQ(i, 1, 2) vrrp_script s$i {\nunknown\nscript /bin/true\n}\n` +
    instance('authentication {\nauth_type PASS\nauth_pass $PW\n}'),
);

const codes = (text: string): string[] => readConsolidated(text).diagnostics.map(({ code }) => code);

test.each([
  ['no text', ''],
  ['another format', consolidated.replace('#consolidated 1', '#consolidated 2')],
  ['a line after the last', `${consolidated}x\n`],
  ['an unknown mark', consolidated.replace('#secrets', '#unknown {}\n#secrets')],
  ['no JSON', consolidated.replace(/^#file .*$/m, '#file [')],
  ['JSON of another shape', consolidated.replace(/^#file .*$/m, '#file {"a":1}')],
  ['a number that is none', consolidated.replace(/^#file .*$/m, '#file ["/a",-1]')],
  ['secrets that are none', consolidated.replace(/^#secrets .*$/m, '#secrets {"names":[1]}')],
])('a text with %s is an error with its place', (_what, text) => {
  const { config, diagnostics } = readConsolidated(text);
  expect(config).toBeNull();
  const found = diagnostics.find(({ code }) => code === 'malformed-consolidated');
  expect(found).toMatchObject({ severity: 'error', file: 'consolidated configuration' });
  expect(found?.line).toBeLessThanOrEqual(text.split('\n').length);
});

test('a text that was cut off anywhere is an error', () => {
  const length = consolidated.trimEnd().length;
  for (let end = 0; end < length; end += 7) {
    expect(codes(consolidated.slice(0, end))).toContain('malformed-consolidated');
  }
  expect(codes(consolidated)).not.toContain('malformed-consolidated');
});

test('a text with any change to its marks ends with a result', () => {
  const scrap = fc.constantFrom(
    '',
    '#',
    '{',
    '"',
    'null',
    '-1',
    '1e99',
    '[]',
    '\n',
    '#line {}',
    '#step [9,{}]',
  );
  fc.assert(
    fc.property(fc.nat(consolidated.length), fc.nat(20), scrap, (at, width, text) => {
      const mutated = consolidated.slice(0, at) + text + consolidated.slice(at + width);
      expect(() => readConsolidated(mutated)).not.toThrow();
    }),
    { numRuns: 500, seed: seedOfRun() },
  );
});
