/** Routers that are broken on purpose, each in one way: the simulator is worth something only if it finds them out. */

import type { HeartbeatPort } from '../../src/engine/heartbeat.ts';
import type { ActorEvent, EffectExecutor } from '../../src/engine/types.ts';
import type { MachineDefinition } from '../../src/machines/registry.ts';
import { syncGroupMachine } from '../../src/machines/sync-group/sync-group.machine.ts';
import type { VrrpContext } from '../../src/machines/vrrp/vrrp.context.ts';
import type { AdvertFact } from '../../src/machines/vrrp/vrrp.events.ts';
import type { VrrpInput } from '../../src/machines/vrrp/vrrp.input.ts';
import { vrrpMachine } from '../../src/machines/vrrp/vrrp.machine.ts';
import type { Sabotage } from './world/life.ts';

type Guard = (args: {
  readonly context: VrrpContext;
  readonly event: AdvertFact & { readonly type: string };
}) => boolean;

function vrrpWith(guards: Readonly<Record<string, Guard>>): Sabotage {
  const machine = vrrpMachine.provide({ guards: guards as never });
  return {
    definition: (definition: MachineDefinition) =>
      definition.name.startsWith('vrrp@') ? { ...definition, machine } : definition,
  };
}

/** Effects of this type are said to be done, and are not. */
function undone(
  type: string,
  outcome: ActorEvent | null,
  when: (params: object) => boolean = () => true,
): Sabotage {
  return { executor: without(type, outcome, when) };
}

const APPLIED: ActorEvent = { type: 'table.applied', added: 0, changed: 0, removed: 0 };

type Wrap = (executor: EffectExecutor) => EffectExecutor;

function without(
  type: string,
  outcome: ActorEvent | null,
  when: (params: object) => boolean = () => true,
): Wrap {
  return (executor) => ({
    perform: (actor, effect, cause, post) => {
      if (effect.type !== type || !when(effect.params)) executor.perform(actor, effect, cause, post);
      else if (outcome !== null) post(actor, outcome, cause);
    },
  });
}

/** Of servers about which nothing is known yet none stays in the table. */
const tidiesUp: Wrap = (executor) => ({
  perform: (actor, effect, cause, post) => {
    const { weights } = effect.params as { readonly weights?: readonly unknown[] };
    const known = weights?.map((weight) => (typeof weight === 'number' ? weight : null));
    const params = known === undefined ? effect.params : { ...effect.params, weights: known };
    executor.perform(actor, { ...effect, params }, cause, post);
  },
});

function inputWith(change: (input: VrrpInput) => VrrpInput): Sabotage {
  return { input: (actor, input) => (actor.startsWith('vrrp/') ? change(input as VrrpInput) : input) };
}

/** A heartbeat service that gets one call wrong. */
function heartbeatsWith(wrong: (port: HeartbeatPort) => Partial<HeartbeatPort>): Sabotage {
  return {
    heartbeats: (port) => {
      const own = wrong(port);
      return new Proxy(port, {
        get: (target, key) => {
          const replaced = own[key as keyof HeartbeatPort];
          if (replaced !== undefined) return replaced;
          const value = target[key as keyof HeartbeatPort] as unknown;
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  };
}

/** By name: what is broken, and how. */
export const CANARIES: Readonly<Record<string, Sabotage>> = {
  /** Equal priorities: the address decides nothing. */
  'no-tie-break': vrrpWith({
    winsAgainstUs: ({ context, event }) => event.priority > context.effectivePriority,
  }),
  /** Whoever has the lower priority preempts, too. */
  'worse-wins': vrrpWith({ winsAgainstUs: () => true }),
  'no-resignation': undone('sendAdvert', null, (params) => (params as { priority?: number }).priority === 0),
  'keeps-addresses': undone('removeVips', { type: 'vips.removed' }),
  'no-gratuitous-arp': undone('sendGratuitousArps', { type: 'garps.sent' }),
  'ignores-nopreempt': inputWith((input) => ({ ...input, nopreempt: false })),
  'ignores-preempt-delay': inputWith((input) => ({ ...input, preemptDelayUs: 0 })),
  'two-adverts-are-enough': inputWith((input) => ({ ...input, downTimerAdverts: 2 })),
  /** Master_Down_Interval without the skew: backups do not take turns. */
  'no-skew': heartbeatsWith((port) => ({
    watch: (actor, awaited, allowedUs, expectedUs) =>
      port.watch(actor, awaited, Math.min(allowedUs, 3 * expectedUs), expectedUs),
  })),
  /** A member of a sync group does not follow the others when they give up. */
  'loner-in-a-group': vrrpWith({ isDemoted: () => false, isDemotedForNow: () => false }),
  /** The group takes the first claim for everybody's. */
  'hasty-group': {
    definition: (definition) =>
      definition.name.startsWith('group@')
        ? { ...definition, machine: syncGroupMachine.provide({ guards: { claimIsAgreed: () => true } }) }
        : definition,
  },
  /** A fault that is over is not noticed. */
  'stays-in-fault': vrrpWith({
    hasFault: ({ context }) => context.faultReasons.length > 0 || context.started,
  }),
  /** A worker that takes the place of a dead one begins from the beginning. */
  'forgets-who-it-was': vrrpWith({ mayResume: () => false }),
  /** Servers that fail, and recover, stay as they are in the table. */
  'leaves-the-dead-in-the-table': { virtual: without('setDestinations', APPLIED) },
  /** What others do to the table stays. */
  'lets-others-be': { looksAtTable: false },
  'silent-quorum': { virtual: without('notify', null) },
  /** After a kill all are taken out whose checks have not passed yet. */
  'tidies-up-after-a-kill': { virtual: tidiesUp },
  /** The journal says something else than what happened. */
  'untrue-journal': {
    row: (row) => (row.event.type === 'vips.added' ? { ...row, effects: [] } : row),
  },
};
