/**
 * What instances ask for, done by the simulated kernel: one request of an actor after the other, each with one outcome and
 * none before the call returns, as the real executor has it (src/effects/executor.ts).
 */
import { performHeartbeat } from '../../../src/engine/heartbeat/perform.ts';
import type { HeartbeatPort } from '../../../src/engine/heartbeat.ts';
import { Claims } from '../../../src/engine/outputs/claims.ts';
import type { ActorEvent, ActorId, EffectExecutor, Post, Scheduler } from '../../../src/engine/types.ts';
import type { KernelObjects, VirtualAddress } from '../../../src/machines/kernel-objects.ts';
import type { GarpRefresh, VrrpEffect } from '../../../src/machines/vrrp/vrrp.effects.ts';
import type { VrrpEvent } from '../../../src/machines/vrrp/vrrp.events.ts';
import type { HostKernel } from './host-kernel.ts';

export interface ExecutorParts {
  readonly heartbeats: HeartbeatPort;
  readonly kernel: HostKernel;
  readonly nowUs: () => number;
  readonly scheduler: Scheduler;
  /** A gratuitous ARP, or an unsolicited advertisement, leaves. Null, or why it does not. */
  readonly garp: (vip: VirtualAddress) => string | null;
}

type KernelEffect = Extract<VrrpEffect, { type: 'addVips' | 'removeVips' | 'sendGratuitousArps' }>;

interface Queue {
  /** Until then the kernel is at work for it. */
  busyUs: number;
  waiting: number;
  /** Counts removals: each ends the bursts before it. */
  removals: number;
}

export class SimulatedExecutor implements EffectExecutor {
  readonly #parts: ExecutorParts;
  readonly #claims = new Claims();
  readonly #queues = new Map<ActorId, Queue>();
  readonly #refreshes = new Map<ActorId, (() => void)[]>();

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
  }

  /** Requests of an actor that have no outcome yet. */
  waiting(actor: ActorId): number {
    return this.#queues.get(actor)?.waiting ?? 0;
  }

  perform(
    actor: ActorId,
    effect: { readonly type: string; readonly params: object },
    cause: number,
    post: Post,
  ): void {
    const asked = effect as VrrpEffect;
    switch (asked.type) {
      case 'addVips':
        this.#claims.claim(actor, asked.params);
        this.#ask(actor, asked, cause, post);
        return;
      case 'removeVips':
        this.#claims.release(actor, asked.params);
        this.#queueOf(actor).removals += 1;
        this.#ask(actor, asked, cause, post);
        return;
      case 'sendGratuitousArps':
        this.#ask(actor, asked, cause, post);
        return;
      case 'refreshGarps':
        this.#refresh(actor, asked.params.refreshes);
        return;
      case 'stopRefreshingGarps':
        this.#stopRefreshing(actor);
        return;
      case 'notify':
        return;
      case 'createDevices':
      case 'removeDevices':
        throw new Error(`${asked.type}: there are no devices in stories`);
      default:
        performHeartbeat(this.#parts.heartbeats, actor, asked);
    }
  }

  #queueOf(actor: ActorId): Queue {
    const known = this.#queues.get(actor);
    if (known !== undefined) return known;
    const queue = { busyUs: 0, waiting: 0, removals: 0 };
    this.#queues.set(actor, queue);
    return queue;
  }

  #ask(actor: ActorId, effect: KernelEffect, cause: number, post: Post): void {
    const { kernel, nowUs, scheduler } = this.#parts;
    const queue = this.#queueOf(actor);
    const { removals } = queue;
    const isBurst = effect.type === 'sendGratuitousArps';
    const atUs = Math.max(nowUs(), queue.busyUs) + (isBurst ? 0 : kernel.lateUs);
    queue.busyUs = atUs;
    queue.waiting += 1;
    scheduler.at(atUs, () => {
      queue.waiting -= 1;
      const isOvertaken = isBurst && queue.removals !== removals;
      const outcome = isOvertaken ? OVERTAKEN : this.#carryOut(actor, effect);
      post(actor, outcome as ActorEvent, cause);
    });
  }

  #carryOut(actor: ActorId, effect: KernelEffect): VrrpEvent {
    const { kernel } = this.#parts;
    switch (effect.type) {
      case 'addVips': {
        const { addresses } = effect.params;
        const failed = firstFailure(addresses, (vip) => kernel.add(vip));
        this.#claims.added(effect.params);
        return failed === null ? { type: 'vips.added' } : { type: 'vips.addFailed', ...failed };
      }
      case 'removeVips': {
        const free: KernelObjects = this.#claims.unclaimed(actor, effect.params);
        const failed = firstFailure(free.addresses, (vip) => kernel.remove(vip, true));
        this.#claims.removed(free);
        return failed === null ? { type: 'vips.removed' } : { type: 'vips.removeFailed', ...failed };
      }
      case 'sendGratuitousArps': {
        const { addresses, repeat } = effect.params;
        const rounds = Array.from({ length: repeat }, () => addresses).flat();
        const failed = firstFailure(rounds, (vip) => this.#parts.garp(vip));
        return failed === null ? { type: 'garps.sent' } : { type: 'garps.failed', error: failed.error };
      }
    }
  }

  #refresh(actor: ActorId, refreshes: readonly GarpRefresh[]): void {
    this.#stopRefreshing(actor);
    const { nowUs, scheduler, garp } = this.#parts;
    const cancels = refreshes.map(({ addresses, repeat, firstUs, everyUs }) => {
      let cancel = () => {};
      const due = (): void => {
        for (let round = 0; round < repeat; round++) for (const vip of addresses) garp(vip);
        cancel = scheduler.at(nowUs() + everyUs, due);
      };
      cancel = scheduler.at(nowUs() + firstUs, due);
      return () => cancel();
    });
    this.#refreshes.set(actor, cancels);
  }

  #stopRefreshing(actor: ActorId): void {
    for (const cancel of this.#refreshes.get(actor) ?? []) cancel();
    this.#refreshes.delete(actor);
  }
}

const OVERTAKEN: VrrpEvent = {
  type: 'garps.failed',
  error: 'given up, because the addresses are to be removed',
};

function firstFailure(
  addresses: readonly VirtualAddress[],
  perform: (vip: VirtualAddress) => string | null,
): { address: string; error: string } | null {
  let first: { address: string; error: string } | null = null;
  for (const vip of addresses) {
    const error = perform(vip);
    if (error !== null) first ??= { address: vip.address, error };
  }
  return first;
}
