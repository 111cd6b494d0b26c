import { describe, expect, it } from 'vitest';
import type { ActorState } from '../../journal/model.ts';
import { bisect, parsePredicate } from './bisect.ts';

describe('bisect', () => {
  it('finds the first of a thousand in twelve looks', async () => {
    for (const first of [1, 2, 500, 999, 1000]) {
      const found = await bisect(0, 1000, (at) => at >= first);
      expect(found).toMatchObject({ first, before: false });
      expect(found?.looks).toBeLessThanOrEqual(12);
    }
  });

  it('finds what is no longer so, too, and nothing where both ends are alike', async () => {
    expect(await bisect(0, 100, (at) => at < 40)).toMatchObject({ first: 40, before: true });
    expect(await bisect(0, 100, () => true)).toBeNull();
  });
});

describe('a predicate', () => {
  const state = (protocol: ActorState['state'], priority: number): ActorState => ({
    ...{ actor: 'vrrp/VI_1', seq: 1, machine: 'vrrp@2', uncertain: false },
    state: { protocol, addresses: 'absent' },
    context: { effectivePriority: priority, sourceAddress: '10.0.0.1' },
  });
  const holds = (text: string, at: ActorState | null) => parsePredicate(text)?.holds(at);

  it('is about a role, a state or something that is known', () => {
    const backup = state({ backup: 'listening' }, 90);
    expect(holds('VI_1 is backup', backup)).toBe(true);
    expect(holds('VI_1 is backup.listening', backup)).toBe(true);
    expect(holds('VI_1 is not backup', backup)).toBe(false);
    expect(holds('VI_1 is master', null)).toBe(false);
    expect(holds('VI_1.effectivePriority < 100', backup)).toBe(true);
    expect(holds('VI_1.effectivePriority >= 91', backup)).toBe(false);
    expect(holds('VI_1.sourceAddress == 10.0.0.1', backup)).toBe(true);
  });

  it('is refused if it is anything else', () => {
    for (const text of ['', 'VI_1', 'VI_1 was backup', 'VI_1.x = 1']) expect(parsePredicate(text)).toBeNull();
  });
});
