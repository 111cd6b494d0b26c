/**
 * relived and Debian's keepalived on one LAN, in both roles, in both versions, multicast and unicast: after each event the
 * address is where keepalived with keepalived has it.
 */
import { describe, it } from 'vitest';
import { type Host, type Pair, type Program, withPair } from './pair.ts';

type Programs = readonly [a: Program, b: Program];

/** What happens, and who holds the address after it. Router a has the higher priority. */
const STORY: readonly (readonly [act: (pair: Pair) => Promise<void>, holder: Host])[] = [
  [(pair) => pair.start('b'), 'b'],
  // Preemption: the higher priority returns.
  [(pair) => pair.start('a'), 'a'],
  // Priority 0: the backup takes over after its skew.
  [(pair) => pair.stop('a'), 'b'],
  [(pair) => pair.start('a'), 'a'],
  [(pair) => pair.kill('a'), 'b'],
  // It comes back, deletes what its predecessor left, and preempts.
  [(pair) => pair.start('a'), 'a'],
];

export function tellElections(version: 2 | 3, pairs: readonly Programs[]): void {
  // Version 2 knows whole seconds only.
  const advertInt = version === 2 ? '1' : '0.2';
  describe.concurrent.each([false, true])(`version ${version}, unicast %s`, (unicast) => {
    it.concurrent.each(pairs)(
      '%s above %s: election, preemption, stop, kill',
      async (a, b) => {
        await withPair({ programs: { a, b }, version, advertInt, unicast }, async (pair) => {
          for (const [act, holder] of STORY) {
            await act(pair);
            await pair.waitForHolder(holder);
          }
        });
      },
      90_000,
    );
  });
}

export function tellMore(pairs: readonly Programs[]): void {
  describe.concurrent('version 3 multicast', () => {
    nopreempt(pairs);
    equals(pairs);
    otherLink(pairs);
    owner(pairs);
  });
}

function nopreempt(pairs: readonly Programs[]): void {
  it.concurrent.each(pairs)(
    '%s with nopreempt above %s stays backup',
    async (a, b) => {
      const extra = { a: 'nopreempt' };
      await withPair(
        { programs: { a, b }, version: 3, unicast: false, extra, advertInt: '0.2' },
        async (pair) => {
          await pair.start('b');
          await pair.waitForHolder('b');
          await pair.start('a');
          await pair.waitForLog('a', 'Entering BACKUP STATE (init)');
          // Its Master_Down_Interval is 0.7 s: twice that shows that it does not claim.
          await pair.keepsHolder('b', 1_500);
          await pair.stop('b');
          await pair.waitForHolder('a');
        },
      );
    },
    60_000,
  );
}

function equals(pairs: readonly Programs[]): void {
  it.concurrent.each(pairs)(
    '%s and %s of one priority: the higher address wins',
    async (a, b) => {
      const priorities = { a: 100, b: 100 };
      const advertInt = '0.2';
      await withPair(
        { programs: { a, b }, version: 3, unicast: false, priorities, advertInt },
        async (pair) => {
          // While they cannot hear each other both claim; then one of two masters has to yield.
          await pair.lan.block('b');
          await Promise.all([pair.start('a'), pair.start('b')]);
          await pair.waitUntilHeld('a');
          await pair.waitUntilHeld('b');
          await pair.lan.heal('b');
          await pair.waitForHolder('b');
        },
      );
    },
    60_000,
  );
}

function otherLink(pairs: readonly Programs[]): void {
  it.concurrent.each(pairs)(
    '%s gives up to %s when the link of an address on another interface goes',
    async (a, b) => {
      const second = 'virtual_ipaddress {\n    10.78.0.100/24 dev eth1\n  }';
      const options = { extra: { a: second, b: second }, advertInt: '0.2' };
      await withPair({ programs: { a, b }, version: 3, unicast: false, ...options }, async (pair) => {
        const link = (host: Host, ...args: string[]) => pair.lan.exec(host, ['ip', 'link', ...args]);
        for (const host of ['a', 'b'] as const) {
          await link(host, 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'far1');
          await link(host, 'set', 'eth1', 'up');
          await link(host, 'set', 'far1', 'up');
        }
        await pair.start('b');
        await pair.waitForHolder('b');
        await pair.start('a');
        await pair.waitForHolder('a');
        await link('a', 'set', 'far1', 'down');
        await pair.waitForHolder('b');
        await link('a', 'set', 'far1', 'up');
        await pair.waitForHolder('a');
        // Made anew it has another index, and nothing on it.
        await link('a', 'del', 'eth1');
        await pair.waitForHolder('b');
        await link('a', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'far1');
        await link('a', 'set', 'eth1', 'up');
        await link('a', 'set', 'far1', 'up');
        await pair.waitForHolder('a');
      });
    },
    60_000,
  );
}

function owner(pairs: readonly Programs[]): void {
  it.concurrent.each(pairs)(
    '%s as owner claims at once from %s',
    async (a, b) => {
      const priorities = { a: 255, b: 100 };
      const states = { a: 'MASTER' } as const;
      await withPair({ programs: { a, b }, version: 3, unicast: false, priorities, states }, async (pair) => {
        await pair.start('b');
        await pair.waitForHolder('b');
        await pair.start('a');
        // Less than a Master_Down_Interval.
        await pair.waitForHolder('a', 3_000);
      });
    },
    60_000,
  );
}
