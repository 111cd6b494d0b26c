/** A bug that no statechart contains: the router resigns, takes its addresses along, says why it ended, and is there again. */
import { expect, it } from 'vitest';
import { Pair } from '../harness/pair.ts';
import { journals, relive } from '../harness/relive.ts';

/** Loaded into the daemon before anything else: a bug that strikes on demand. */
const BUG = `process.on('SIGUSR2', () => { throw new Error('a bug somewhere'); });`;

it('an uncaught exception gives the address up at once, and another process begins', async () => {
  const pair = await Pair.create({
    programs: { a: 'relived', b: 'relived' },
    version: 3,
    unicast: false,
    // They claim after one interval.
    states: { a: 'MASTER', b: 'MASTER' },
  });
  try {
    await pair.start('b');
    await pair.waitForHolder('b');
    await pair.start('a', { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(BUG)}` });
    await pair.waitForHolder('a');
    const ended = pair.signal('a', 'SIGUSR2');
    // Less than a Master_Down_Interval (3.6 s): it was told, by priority 0.
    await pair.waitForHolder('b', 2_500);
    expect(pair.holds('a')).toBe(false);
    await pair.waitForLog('a', 'a bug somewhere');
    await pair.waitForLog('a', 'died: Respawning');
    const { stdout } = await relive('log', ...journals(pair.journal('a')));
    expect(stdout).toMatch(/stopped \(internal error: a bug somewhere\)/);
    const why = await relive('why', ...journals(pair.journal('a'), pair.journal('b')));
    expect(why.stdout).toMatch(
      /b took VI_1 over from a, which ended itself .* internal error: a bug somewhere/,
    );
    // It has the higher priority.
    await pair.waitForHolder('a');
    await pair.stop('a');
    expect(await ended).toBe(0);
  } finally {
    await pair.destroy();
  }
}, 60_000);
