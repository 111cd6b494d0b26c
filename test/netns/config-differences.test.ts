import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DIFFERENCES, explanation } from '../oracle/differences.ts';
import { compatibilityDocument } from '../oracle/document.ts';
import { Judge } from '../oracle/judge.ts';

/** Where `-t` judges otherwise than Debian's keepalived, it does so on purpose. All else is alike: test/long/config-verdicts. */
let judge: Judge;

beforeAll(async () => {
  judge = await Judge.create();
});

afterAll(() => judge?.destroy());

test.each(DIFFERENCES.map((difference) => [difference.id, difference] as const))(
  'the known difference %s is still there',
  async (_id, difference) => {
    const verdicts = await judge.verdicts(difference.example);
    expect(verdicts.ours.accepted, verdicts.theirs.output).not.toBe(verdicts.theirs.accepted);
    expect(explanation(difference.example, verdicts)).toBe(difference);
  },
);

test('docs/keepalived-compat.md lists them', () => {
  const written = readFileSync(new URL('../../docs/keepalived-compat.md', import.meta.url), 'utf8');
  expect(written, 'sh scripts/node.sh scripts/compat-doc.mjs').toBe(compatibilityDocument());
});
