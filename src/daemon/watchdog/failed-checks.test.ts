import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../../test/harness/leftovers.ts';
import type { Configured } from '../../config/reload.ts';
import type { JournalRow } from '../../engine/types.ts';
import { beginningFailed, FailedChecks } from './failed-checks.ts';
import { LifePage, PAGE_BYTES } from './life-page.ts';

function page(): LifePage {
  const file = join(temporaryDirectory('page'), 'page');
  const memory = Buffer.alloc(PAGE_BYTES);
  memory.writeUInt32LE(0x524c5750, 0);
  writeFileSync(file, memory);
  return new LifePage(file);
}

const told = (actor: string, passed: boolean): JournalRow =>
  ({
    actor,
    effects: [
      {
        type: 'signalActor',
        params: { actor: 'real/1', event: { type: 'checker.changed', checker: actor, passed } },
      },
    ],
  }) as unknown as JournalRow;

describe('checks that have failed', () => {
  it('are known to the next worker, for some time', async () => {
    const memory = page();
    const checks = new FailedChecks(memory, () => 1_000);
    expect(checks.former().size).toBe(0);
    for (const name of ['checker/a', 'checker/b', 'checker/c']) checks.see(told(name, false));
    checks.see(told('checker/b', true));
    await expect
      .poll(() => [...new FailedChecks(memory, () => 2_000).former()])
      .toEqual(['checker/a', 'checker/c']);
    expect(new FailedChecks(memory, () => 400_000_000).former().size).toBe(0);
    checks.see(told('checker/a', true));
    checks.see(told('checker/c', true));
    await expect.poll(() => new FailedChecks(memory, () => 2_000).former().size).toBe(0);
  });

  it('that do not fit are left out, and no half of a name is kept', () => {
    const memory = page();
    const names = Array.from({ length: 30_000 }, (_, index) => `checker/${'x'.repeat(40)}${index}`);
    memory.setFailedChecks(names.join('\n'), 1);
    const kept = new FailedChecks(memory, () => 2).former();
    expect(kept.size).toBeGreaterThan(10_000);
    expect(names).toEqual(expect.arrayContaining([[...kept].at(-1)]));
  });

  it('begin as those with alpha, and their servers down', () => {
    const actors = [
      {
        id: 'virtual/v',
        input: {
          realServers: [
            { actor: 'real/1', startWeight: 5 },
            { actor: 'real/2', startWeight: 5 },
          ],
        },
      },
      {
        id: 'real/1',
        input: {
          checkers: [
            { actor: 'checker/a', alpha: false },
            { actor: 'checker/b', alpha: false },
          ],
        },
      },
      { id: 'real/2', input: { checkers: [{ actor: 'checker/c', alpha: false }] } },
      { id: 'checker/a', input: { alpha: false } },
      { id: 'checker/b', input: { alpha: false } },
      { id: 'checker/c', input: { alpha: false } },
    ] as unknown as readonly Configured[];
    expect(beginningFailed(actors, new Set())).toBe(actors);
    const begun = beginningFailed(actors, new Set(['checker/a', 'checker/gone']));
    expect(begun.map(({ input }) => input)).toEqual([
      {
        realServers: [
          { actor: 'real/1', startWeight: null },
          { actor: 'real/2', startWeight: 5 },
        ],
      },
      {
        checkers: [
          { actor: 'checker/a', alpha: true },
          { actor: 'checker/b', alpha: false },
        ],
      },
      { checkers: [{ actor: 'checker/c', alpha: false }] },
      { alpha: true },
      { alpha: false },
      { alpha: false },
    ]);
  });
});
