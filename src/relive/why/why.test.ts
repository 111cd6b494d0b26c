import { afterEach, describe, expect, it } from 'vitest';
import type { ActorEvent } from '../../engine/types.ts';
import { JournalReader } from '../../journal/reader.ts';
import { type Pair, peacefulPair, STORY_BEGIN_US, takeOver } from '../story.fixture.ts';
import { explain, explanationLines, MAX_LINES } from './explain.ts';
import { findFocus } from './focus.ts';
import type { Explanation } from './model.ts';

const pairs: Pair[] = [];

function begin(): Pair {
  const pair = peacefulPair();
  pairs.push(pair);
  return pair;
}

afterEach(async () => {
  for (const { story, r1, r2 } of pairs.splice(0)) {
    await Promise.all([r1.end(), r2.end()]);
    story.remove();
  }
});

/** The explanation of the newest change, by the journals of these directories. */
async function whyOf(
  { r1, r2 }: Pair,
  directories = [r1.journal, r2.journal],
  wallUs: number | null = null,
): Promise<Explanation> {
  await Promise.all([r1.flush(), r2.flush()]);
  const readers = directories.map((directory) => new JournalReader(directory));
  try {
    const witnesses = readers.map((reader) => ({ name: reader.node, reader }));
    const change = findFocus(witnesses, null, wallUs);
    if (change === null) throw new Error('no change of mastership');
    const explanation = explain(change, witnesses);
    expect(explanationLines(explanation, true).length).toBeLessThanOrEqual(MAX_LINES);
    return explanation;
  } finally {
    for (const reader of readers) reader.close();
  }
}

const rootOf = ({ chain }: Explanation): string | undefined => chain.find(({ isRoot }) => isRoot)?.text;

describe('why', () => {
  it('a killed master', async () => {
    const pair = begin();
    await pair.r1.end();
    takeOver(pair);
    const told = await whyOf(pair);
    expect(told).toMatchObject({ verdict: 'peer-killed', node: 'r2', actor: 'vrrp/VI_1' });
    expect(told.sentence).toMatch(/^r2 took VI_1 over from r1, whose process was killed or died/);
    expect(rootOf(told)).toMatch(/^process \d+ ended without a stop/);
    expect(told.missing.join()).toMatch(/3 adverts of 10\.0\.0\.1 \(priority 150\), one every 1 s/);
    expect(told.missing.join()).toContain('due ');
    expect(told.chain.at(-1)?.text).toMatch(/^addresses added after/);
  });

  it('a killed master that was started again meanwhile', async () => {
    const pair = begin();
    await pair.r1.end();
    pair.story.pass(2_000_000);
    pair.r1.start();
    pair.story.pass(1_609_375);
    pair.r2.silence(3_609_375);
    const told = await whyOf(pair);
    expect(told.verdict).toBe('peer-killed');
    expect(told.chain.map(({ text }) => text).join()).toContain('started again');
  });

  it('a silent master of which no journal is at hand: says what is not known', async () => {
    const pair = begin();
    await pair.r1.end();
    takeOver(pair);
    const told = await whyOf(pair, [pair.r2.journal]);
    expect(told.verdict).toBe('peer-silent');
    expect(told.unknown.join()).toMatch(
      /10\.0\.0\.1 died or the path to it is broken; its journal would tell/,
    );
  });

  it('a killed master, from its own journal only', async () => {
    const pair = begin();
    await pair.r1.end();
    takeOver(pair);
    const told = await whyOf(pair, [pair.r1.journal]);
    expect(told).toMatchObject({ verdict: 'killed', node: 'r1', seq: null });
  });

  it('a cut link, seen from both sides', async () => {
    const pair = begin();
    pair.r1.post({ type: 'link.down' });
    const own = pair.r1.engine.seq;
    takeOver(pair);
    const cutUs = STORY_BEGIN_US + pair.story.nowUs - 1_000_000;
    const told = await whyOf(pair);
    expect(told).toMatchObject({ verdict: 'link-cut', node: 'r2' });
    expect(told.sentence).toMatch(/over from r1, whose link went down/);
    expect(rootOf(told)).toMatch(/link went down: master -> fault/);
    const before = await whyOf(pair, undefined, cutUs);
    expect(before).toMatchObject({ verdict: 'link-cut', node: 'r1' });
    expect(before.seq).toBeLessThanOrEqual(own);
  });

  it('a stop in good order, down to the signal', async () => {
    const pair = begin();
    await pair.r1.stop('SIGTERM');
    pair.r2.hear(pair.r1, 0);
    pair.story.pass(609_375);
    pair.r2.silence(609_375);
    const told = await whyOf(pair);
    expect(told).toMatchObject({ verdict: 'peer-stopped', node: 'r2' });
    expect(told.sentence).toContain('SIGTERM');
    expect(rootOf(told)).toBe('signal SIGTERM');
    const alone = await whyOf(pair, [pair.r2.journal]);
    expect(alone.verdict).toBe('peer-resigned');
    expect(alone.unknown.join()).toMatch(/why 10\.0\.0\.1 resigned/);
  });

  it('a stop whose resignation was lost', async () => {
    const pair = begin();
    await pair.r1.stop('SIGTERM');
    takeOver(pair);
    const told = await whyOf(pair);
    expect(told.verdict).toBe('peer-stopped');
    expect(told.sentence).toContain('its resignation was not heard');
  });

  /** r1 was killed, r2 took over, r1 came back and claimed. */
  async function preempted(): Promise<Pair> {
    const pair = begin();
    const { story, r1, r2 } = pair;
    await r1.end();
    takeOver(pair);
    story.pass(5_000_000);
    r1.start();
    r1.hear(r2);
    story.pass(1_000_000);
    r1.hear(r2);
    story.pass(2_414_062);
    r1.silence(3_414_062);
    return pair;
  }

  it('a preemption, from the side that took and from the side that lost', async () => {
    const pair = await preempted();
    const taken = await whyOf(pair, [pair.r1.journal]);
    expect(taken).toMatchObject({ verdict: 'preemption', node: 'r1' });
    expect(taken.sentence).toMatch(
      /r1 \(priority 150\) took VI_1 over from 10\.0\.0\.2 \(priority 100\): preemption after it was started/,
    );
    expect(taken.prevention.join()).toContain('nopreempt');
  });

  it('a preemption, told by both', async () => {
    const pair = await preempted();
    pair.story.pass(300);
    pair.r2.hear(pair.r1);
    const told = await whyOf(pair);
    expect(told).toMatchObject({ verdict: 'preemption', node: 'r2' });
    expect(told.sentence).toMatch(
      /r2 gave VI_1 up to r1 .*priority 150 against 100.*preemption after r1 was started/,
    );
  });

  it('a broken path, and its mending', async () => {
    const pair = begin();
    const { story, r1, r2 } = pair;
    takeOver(pair);
    story.pass(30_000_000);
    r1.run('sent', r1, 40);
    r2.run('sent', r2, 30);
    const told = await whyOf(pair);
    expect(told.verdict).toBe('path-broken');
    expect(told.sentence).toMatch(/r1, which stayed master unheard/);
  });

  it('the mending of a broken path', async () => {
    const pair = begin();
    takeOver(pair);
    pair.story.pass(30_000_000);
    pair.r2.hear(pair.r1);
    const told = await whyOf(pair);
    expect(told.verdict).toBe('path-healed');
    expect(told.sentence).toContain('both had been master for 30 s');
  });

  it('the first master after a start', async () => {
    const { story, r1, r2 } = begin();
    const told = await whyOf({ story, r1, r2 }, [r1.journal]);
    expect(told).toMatchObject({ verdict: 'start-up', node: 'r1' });
  });

  /** r2 did not run for a while, and took over when it did again. */
  function stalled(): Pair {
    const pair = begin();
    const { story, r2 } = pair;
    story.pass(5_000_000);
    r2.post({ type: 'self.stalled', stalledUs: 4_000_000 });
    r2.silence(5_000_000, 1_400_000);
    return pair;
  }

  it('an own stall: the master is heard again at once', async () => {
    const pair = stalled();
    pair.story.pass(300_000);
    const takenUs = STORY_BEGIN_US + pair.story.nowUs;
    pair.story.pass(300_000);
    pair.r2.hear(pair.r1);
    const told = await whyOf(pair, [pair.r2.journal], takenUs);
    expect(told.verdict).toBe('own-stall');
    expect(told.sentence).toContain('it had not run itself for 4 s');
  });

  it('an own stall, and a master that is not heard again: it may have died meanwhile', async () => {
    const pair = stalled();
    const told = await whyOf(pair, [pair.r2.journal]);
    expect(told.verdict).toBe('peer-silent');
    expect(told.unknown.join()).toContain('r2 itself did not run for 4 s');
  });

  it('a master that did not run for a while', async () => {
    const pair = begin();
    takeOver(pair);
    pair.story.pass(1_000_000);
    pair.r1.post({ type: 'self.stalled', stalledUs: 4_000_000 });
    const told = await whyOf(pair);
    expect(told.verdict).toBe('peer-stalled');
    expect(told.sentence).toContain('r1, which did not run for 4 s');
  });

  it('a master whose statecharts did not run, and whose adverts were ended meanwhile', async () => {
    const pair = begin();
    pair.r2.hear(pair.r1, 0);
    pair.story.pass(609_375);
    pair.r2.silence(609_375);
    pair.story.pass(1_000_000);
    pair.r1.post({ type: 'self.leaseLost', leaseUs: 3_000_000, lateUs: 1_609_375, resigned: true });
    const told = await whyOf(pair, undefined, STORY_BEGIN_US + pair.story.nowUs - 500_000);
    expect(told).toMatchObject({ verdict: 'peer-stalled', node: 'r2' });
    expect(told.sentence).toContain('r2 took VI_1 over from r1, whose statecharts did not run for 4.609 s');
  });

  it('a master that ran again after a pause and won its mastership back', async () => {
    const pair = begin();
    takeOver(pair);
    pair.story.pass(1_000_000);
    pair.r1.post({ type: 'self.stalled', stalledUs: 4_500_000 });
    pair.story.pass(2000);
    pair.r2.hear(pair.r1);
    const told = await whyOf(pair);
    expect(told).toMatchObject({ verdict: 'peer-stalled', node: 'r2' });
    expect(told.sentence).toContain('when r1 ran again: it had not run for 4.5 s');
  });

  it('a master that lives, of which nothing is stored since', async () => {
    const pair = begin();
    takeOver(pair);
    const told = await whyOf(pair);
    expect(told.verdict).toBe('path-broken');
    expect(told.unknown.join()).toContain('whether r1 really sent');
  });

  it('an address that somebody deleted', async () => {
    const pair = begin();
    pair.r1.post({ type: 'object.deleted', object: 'address', name: '10.0.0.100' });
    const lost = await whyOf(pair);
    expect(lost).toMatchObject({ verdict: 'object-deleted', node: 'r1' });
  });

  it('the claim after an address was deleted', async () => {
    const pair = begin();
    pair.r1.post({ type: 'object.deleted', object: 'address', name: '10.0.0.100' });
    pair.story.pass(414_062);
    pair.r1.silence(414_062);
    const told = await whyOf(pair);
    expect(told).toMatchObject({ verdict: 'object-deleted', node: 'r1' });
    expect(rootOf(told)).toMatch(/^the address 10\.0\.0\.100 was deleted: master -> backup\.skewing/);
  });

  it('a statechart that crashed', async () => {
    const pair = begin();
    const broken = {
      type: 'advert.received',
      source: '10.0.0.9',
      get priority(): number {
        throw new Error('broken fact');
      },
      toJSON: () => ({ type: 'advert.received', source: '10.0.0.9' }),
    };
    pair.r1.post(broken as unknown as ActorEvent);
    const told = await whyOf(pair);
    expect(told).toMatchObject({ verdict: 'crashed', node: 'r1' });
    expect(told.sentence).toContain('broken fact');
  });
});
