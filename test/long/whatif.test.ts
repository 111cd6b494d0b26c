/** What `relive whatif` foretells of another configuration, beside what a real pair does with it under the same fault. */
import { describe, expect, it } from 'vitest';
import { Pair } from '../harness/pair.ts';
import { journals, relive } from '../harness/relive.ts';

interface Answer {
  readonly recorded: { readonly nobodyUs: number; readonly takeOvers: number };
  readonly changed: { readonly nobodyUs: number; readonly takeOvers: number };
}

/** b waits, a preempts, a is killed, b takes over: what the journals of both tell of that, and of it with a change. */
async function killed(advertInt: string, set: string): Promise<Answer> {
  const pair = await Pair.create({
    programs: { a: 'relived', b: 'relived' },
    version: 3,
    unicast: false,
    advertInt,
  });
  try {
    await pair.start('b');
    await pair.waitForHolder('b');
    await pair.start('a');
    await pair.waitForHolder('a');
    await pair.kill('a');
    await pair.waitForHolder('b');
    const both = journals(pair.journal('a'), pair.journal('b'));
    const { code, stdout, stderr } = await relive('whatif', '--set', set, '-o', 'json', ...both);
    expect(code, stderr).toBe(0);
    const [answer] = (JSON.parse(stdout) as { readonly answers: readonly Answer[] }).answers;
    if (answer === undefined) throw new Error(`no answer: ${stdout} ${stderr}`);
    return answer;
  } finally {
    await pair.destroy();
  }
}

describe('relive whatif', { timeout: 120_000 }, () => {
  it('foretells the outage of a killed master with another interval', async () => {
    const foretold = await killed('1', 'advert_int=0.2');
    const real = await killed('0.2', 'advert_int=0.1');
    const ms = (us: number): string => `${Math.round(us / 1000)} ms`;
    console.log(
      `recorded ${ms(foretold.recorded.nobodyUs)}, foretold ${ms(foretold.changed.nobodyUs)}, real ${ms(real.recorded.nobodyUs)}`,
    );
    expect([foretold.recorded.takeOvers, foretold.changed.takeOvers, real.recorded.takeOvers]).toEqual([
      1, 1, 1,
    ]);
    // When between two adverts a master dies is chance: one interval, and what a loaded machine adds.
    expect(Math.abs(foretold.changed.nobodyUs - real.recorded.nobodyUs)).toBeLessThan(300_000);
    expect(foretold.recorded.nobodyUs).toBeGreaterThan(2_500_000);
  });
});
