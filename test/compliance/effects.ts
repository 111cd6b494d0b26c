/** What every executor of VRRP effects must do, whether the kernel behind it is real or simulated. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActorEvent, ActorId } from '../../src/engine/types.ts';
import type { KernelObjects, VirtualAddress } from '../../src/machines/kernel-objects.ts';
import type { VrrpEffect } from '../../src/machines/vrrp/vrrp.effects.ts';
import type { Route } from '../../src/protocol/rtnetlink/route.ts';
import type { Rule } from '../../src/protocol/rtnetlink/rule.ts';
import { MISSING_INTERFACE } from '../harness/heartbeat-recorder.ts';
import { wireIdentity } from '../harness/wire-identity.ts';

export interface Step {
  readonly actor: ActorId;
  readonly effect: VrrpEffect;
  readonly cause: number;
}

export interface Outcome {
  readonly actor: ActorId;
  readonly event: ActorEvent;
  readonly cause: number | null;
}

/** How things stood when the last `perform` of a batch had returned. */
export interface AtReturn {
  readonly heartbeatCalls: readonly string[];
  readonly outcomes: number;
}

export interface EffectsHarness {
  /** An interface with ARP, and one without. */
  readonly withArp: string;
  readonly withoutArp: string;
  /** Performs the steps in one go. */
  perform(steps: readonly Step[]): Promise<AtReturn>;
  /** The next `count` outcomes that nobody has taken yet; rejects if they do not come. */
  take(count: number): Promise<readonly Outcome[]>;
  /** Addresses of an interface, `10.0.0.1/24`. */
  held(interfaceName: string): Promise<readonly string[]>;
  /** Destinations of keepalived's routes, `10.4.0.0/24`, and preferences of its rules. */
  heldRoutes(): Promise<readonly string[]>;
  heldRules(): Promise<readonly number[]>;
  holdForeign(address: VirtualAddress): Promise<void>;
  close(): Promise<void>;
}

const openOn = (interfaceName: string): VrrpEffect => ({
  type: 'openHeartbeat',
  params: { identity: wireIdentity({ interface: interfaceName }) },
});

/** Runs the suite against one implementation. */
export function effectsCompliance(name: string, start: () => Promise<EffectsHarness>): void {
  describe(`${name} performs effects`, () => {
    let harness: EffectsHarness;
    let nextCause = 1;
    let nextHost = 1;

    beforeAll(async () => {
      harness = await start();
    });
    afterAll(async () => {
      await harness?.close();
    });

    const fresh = (interfaceName = harness.withArp): VirtualAddress => {
      const host = nextHost++;
      return { address: `10.4.${host >> 8}.${host & 255}`, prefixLength: 32, interface: interfaceName };
    };
    const text = (vip: VirtualAddress): string => `${vip.address}/${vip.prefixLength}`;
    const step = (effect: VrrpEffect, actor = 'vrrp/A'): Step => ({ actor, effect, cause: nextCause++ });
    const add = (...addresses: VirtualAddress[]): VrrpEffect => ({ type: 'addVips', params: { addresses } });
    const remove = (...addresses: VirtualAddress[]): VrrpEffect => ({
      type: 'removeVips',
      params: { addresses },
    });
    const garp = (repeat: number, ...addresses: VirtualAddress[]): VrrpEffect => ({
      type: 'sendGratuitousArps',
      params: { addresses, repeat },
    });
    const outcomeOf = async (effect: VrrpEffect): Promise<ActorEvent> => {
      await harness.perform([step(effect)]);
      const [outcome] = await harness.take(1);
      return outcome?.event ?? { type: 'none' };
    };

    test('an address is held once it was added, and the outcome names actor and cause', async () => {
      const vip = fresh();
      const asked = step(add(vip), 'vrrp/other');
      const atReturn = await harness.perform([asked]);
      expect(atReturn.outcomes).toBe(0);
      expect(await harness.take(1)).toEqual([
        { actor: 'vrrp/other', event: { type: 'vips.added' }, cause: asked.cause },
      ]);
      expect(await harness.held(vip.interface)).toContain(text(vip));
    });

    test('an address that somebody else added counts as set', async () => {
      const vip = fresh();
      await harness.holdForeign(vip);
      expect(await outcomeOf(add(vip))).toEqual({ type: 'vips.added' });
      expect(await outcomeOf(add(vip))).toEqual({ type: 'vips.added' });
      expect((await harness.held(vip.interface)).filter((held) => held === text(vip))).toHaveLength(1);
    });

    test('a removed address is gone, and one that is not there counts as removed', async () => {
      const vip = fresh();
      await outcomeOf(add(vip));
      expect(await outcomeOf(remove(vip))).toEqual({ type: 'vips.removed' });
      expect(await harness.held(vip.interface)).not.toContain(text(vip));
      expect(await outcomeOf(remove(vip))).toEqual({ type: 'vips.removed' });
      expect(await outcomeOf(remove(fresh(MISSING_INTERFACE)))).toEqual({ type: 'vips.removed' });
    });

    test('the prefix length is the one asked for, and is part of what is removed', async () => {
      const vip = { ...fresh(), prefixLength: 24 };
      await outcomeOf(add(vip));
      expect(await outcomeOf(remove({ ...vip, prefixLength: 25 }))).toEqual({ type: 'vips.removed' });
      expect(await harness.held(vip.interface)).toContain(text(vip));
      await outcomeOf(remove(vip));
      expect(await harness.held(vip.interface)).not.toContain(text(vip));
    });

    test('a missing interface fails with its name, once, and the other addresses are set all the same', async () => {
      const [before, lost, after] = [fresh(), fresh(MISSING_INTERFACE), fresh()];
      const outcome = await outcomeOf(add(before, lost, after));
      expect(outcome).toMatchObject({ type: 'vips.addFailed', address: lost.address });
      expect(String(outcome.error)).toContain(MISSING_INTERFACE);
      expect(await harness.held(harness.withArp)).toEqual(
        expect.arrayContaining([text(before), text(after)]),
      );
    });

    test('what is no address fails with its text', async () => {
      for (const bad of [
        { ...fresh(), address: '10.4.0' },
        { ...fresh(), prefixLength: 33 },
      ]) {
        for (const [effect, type] of [
          [add(bad), 'vips.addFailed'],
          [remove(bad), 'vips.removeFailed'],
        ] as const) {
          const outcome = await outcomeOf(effect);
          expect(outcome).toMatchObject({ type, address: bad.address });
          expect(String(outcome.error)).toContain(text(bad));
        }
      }
      expect(await outcomeOf(garp(1, { ...fresh(), address: 'x' }))).toMatchObject({ type: 'garps.failed' });
    });

    test('routes and rules come and go with the addresses, and those that are not there count as removed', async () => {
      const vip = fresh();
      const table = { table: 100, protocol: 18 };
      const route: Route = {
        family: 'inet',
        type: 1,
        to: '10.60.0.0/16',
        interface: harness.withArp,
        ...table,
      };
      // The source is an address that the same effect adds: it has to be there first.
      const sourced: Route = { ...route, to: '10.61.0.0/16', preferredSource: vip.address };
      const six: Route = { family: 'inet6', type: 1, to: '2001:db8:60::/48', interface: 'lo', ...table };
      const rule: Rule = { family: 'inet', preference: 500, action: 'table', from: '10.60.0.0/16', ...table };
      const objects: KernelObjects = { addresses: [vip], routes: [route, sourced, six], rules: [rule] };
      for (let round = 0; round < 2; round++) {
        expect(await outcomeOf({ type: 'addVips', params: objects })).toEqual({ type: 'vips.added' });
        expect(await outcomeOf({ type: 'addVips', params: objects })).toEqual({ type: 'vips.added' });
        expect([...(await harness.heldRoutes())].sort()).toEqual([
          '10.60.0.0/16',
          '10.61.0.0/16',
          '2001:db8:60::/48',
        ]);
        expect(await harness.heldRules()).toEqual([500]);
        expect(await outcomeOf({ type: 'removeVips', params: objects })).toEqual({ type: 'vips.removed' });
        expect(await outcomeOf({ type: 'removeVips', params: objects })).toEqual({ type: 'vips.removed' });
        expect([await harness.heldRoutes(), await harness.heldRules()]).toEqual([[], []]);
      }
      const lost: Route = { ...route, interface: MISSING_INTERFACE };
      const outcome = await outcomeOf({ type: 'addVips', params: { ...objects, routes: [lost, route] } });
      expect(outcome).toMatchObject({ type: 'vips.addFailed' });
      expect(String(outcome.address)).toContain('route 10.60.0.0/16');
      expect(String(outcome.error)).toContain(MISSING_INTERFACE);
      expect(await harness.heldRoutes()).toEqual(['10.60.0.0/16']);
      const removal = { ...objects, routes: [lost, route] };
      expect(await outcomeOf({ type: 'removeVips', params: removal })).toEqual({ type: 'vips.removed' });
    });

    test('nothing to do is done', async () => {
      expect(await outcomeOf(add())).toEqual({ type: 'vips.added' });
      expect(await outcomeOf(remove())).toEqual({ type: 'vips.removed' });
      expect(await outcomeOf(garp(5))).toEqual({ type: 'garps.sent' });
    });

    test('gratuitous ARP passes over an interface without ARP, and fails on a missing one', async () => {
      expect(await outcomeOf(garp(2, fresh(), fresh(harness.withoutArp)))).toEqual({ type: 'garps.sent' });
      const outcome = await outcomeOf(garp(2, fresh(), fresh(MISSING_INTERFACE)));
      expect(outcome.type).toBe('garps.failed');
      expect(String(outcome.error)).toContain(MISSING_INTERFACE);
    });

    test('effects of one actor keep their order', async () => {
      const vips = Array.from({ length: 70 }, () => fresh());
      const [first = fresh(), ...others] = vips;
      const steps = [add(...vips), remove(...vips), add(...vips), remove(...others), garp(2, first)];
      await harness.perform(steps.map((effect) => step(effect)));
      const outcomes = await harness.take(steps.length);
      expect(outcomes.map(({ event }) => event.type)).toEqual([
        'vips.added',
        'vips.removed',
        'vips.added',
        'vips.removed',
        'garps.sent',
      ]);
      const held = await harness.held(harness.withArp);
      expect(vips.filter((vip) => held.includes(text(vip)))).toEqual(vips.slice(0, 1));
    });

    test('each actor gets its own outcome, one for each effect', async () => {
      const steps = Array.from({ length: 20 }, (_, n) => step(add(fresh(), fresh()), `vrrp/${n}`));
      await harness.perform(steps);
      const outcomes = await harness.take(steps.length);
      expect(new Map(outcomes.map(({ actor, cause }) => [actor, cause]))).toEqual(
        new Map(steps.map(({ actor, cause }) => [actor, cause])),
      );
      expect(new Set(outcomes.map(({ event }) => event.type))).toEqual(new Set(['vips.added']));
    });

    test('heartbeats are performed before perform returns, whatever waits in the kernel', async () => {
      const vips = Array.from({ length: 300 }, () => fresh());
      const awaited = {
        source: '10.4.0.9',
        priority: 100,
        advertIntervalUs: 1_000_000,
        addresses: ['10.4.0.1'],
      };
      const { heartbeatCalls, outcomes } = await harness.perform(
        [
          add(...vips),
          openOn(harness.withArp),
          { type: 'setSourceAddress', params: { address: '10.4.0.8' } } as const,
          { type: 'announce', params: { priority: 150 } } as const,
          { type: 'sendAdvert', params: { priority: 0 } } as const,
          { type: 'stopAnnouncing', params: {} } as const,
          {
            type: 'watchMaster',
            params: {
              ...{ awaited, allowedUs: 3_609_375, expectedIntervalUs: 1_000_000 },
              thenAnnounce: { priority: 150 },
            },
          } as const,
          { type: 'stopWatching', params: {} } as const,
          { type: 'closeHeartbeat', params: {} } as const,
        ].map((effect) => step(effect)),
      );
      expect(outcomes).toBe(0);
      expect(heartbeatCalls).toEqual([
        `open "vrrp/A" "${harness.withArp}"`,
        'setSource "vrrp/A" "10.4.0.8"',
        'announce "vrrp/A" {"priority":150}',
        'sendOnce "vrrp/A" {"priority":0}',
        'stopAnnouncing "vrrp/A"',
        `watch "vrrp/A" ${JSON.stringify(awaited)} 3609375 1000000 {"priority":150}`,
        'stopWatching "vrrp/A"',
        'close "vrrp/A"',
      ]);
      expect((await harness.take(1))[0]?.event).toEqual({ type: 'vips.added' });
      expect(await outcomeOf(remove(...vips))).toEqual({ type: 'vips.removed' });
    });

    test('a heartbeat port that throws becomes a fact', async () => {
      const outcome = await outcomeOf(openOn(MISSING_INTERFACE));
      expect(outcome).toEqual({ type: 'adverts.sendFailed', error: 'openHeartbeat: no such interface' });
    });
  });
}
