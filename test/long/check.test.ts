/** `npm run check` by itself tells more; here it is so that nothing counts as tested that does not pass it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

it('npm run check passes: formatter, linter and types', { timeout: 300_000 }, () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/check.mjs')], {
    ...{ cwd: ROOT, encoding: 'utf8' },
  });
  expect(status, stdout + stderr).toBe(0);
});
