/** The real executor: one dispatch over everything a VRRP instance may ask for. */
import type { HeartbeatPort } from '../engine/heartbeat.ts';
import type { ActorEvent, ActorId, EffectExecutor } from '../engine/types.ts';
import type { VrrpEffect } from '../machines/vrrp/vrrp.effects.ts';
import type { VrrpEvent } from '../machines/vrrp/vrrp.events.ts';
import { Claims } from './claims.ts';
import type { GarpExecutor } from './garp.ts';
import { type KernelEffect, performHeartbeat, unknownEffect } from './heartbeats.ts';
import type { ObjectExecutor } from './kernel-objects.ts';

export interface ExecutorParts {
  readonly heartbeats: HeartbeatPort;
  readonly vips: Pick<ObjectExecutor, 'add' | 'remove'>;
  readonly garp: Pick<GarpExecutor, 'send'>;
}

interface Task {
  readonly effect: KernelEffect;
  readonly done: (outcome: VrrpEvent) => void;
  /** False once an effect asked for later made it pointless. */
  wanted: boolean;
}

/** Kernel effects of one actor that may wait behind the one under way. A machine has a handful at most. */
export const MAX_WAITING_EFFECTS = 64;
/** Bursts among them. Every advert of a lower priority asks for one, so their number is somebody else's choice. */
export const MAX_WAITING_BURSTS = 8;

const OVERTAKEN = 'given up, because the addresses are to be removed';

/** What an effect becomes that cannot even be tried. */
function refusal(effect: KernelEffect, error: string): VrrpEvent {
  switch (effect.type) {
    case 'addVips':
      return { type: 'vips.addFailed', address: effect.params.addresses[0]?.address ?? '', error };
    case 'removeVips':
      return { type: 'vips.removeFailed', address: effect.params.addresses[0]?.address ?? '', error };
    case 'sendGratuitousArps':
      return { type: 'garps.failed', error };
    default:
      return unknownEffect(effect);
  }
}

async function performKernel(parts: ExecutorParts, claims: Claims, task: Task): Promise<VrrpEvent> {
  const { effect } = task;
  switch (effect.type) {
    case 'addVips':
      return parts.vips.add(effect.params);
    case 'removeVips':
      return parts.vips.remove(claims.unclaimed(effect.params));
    case 'sendGratuitousArps':
      if (!task.wanted) return refusal(effect, OVERTAKEN);
      return parts.garp.send(effect.params.addresses, effect.params.repeat, () => task.wanted);
    default:
      return unknownEffect(effect);
  }
}

/**
 * Kernel effects of one actor, one after the other. A removal ends the bursts before it: the other router is telling
 * the LAN about the addresses by then, and must have the last word.
 */
function createActorQueue(
  parts: ExecutorParts,
  claims: Claims,
  emptied: () => void,
): (effect: KernelEffect, done: Task['done']) => void {
  const waiting: Task[] = [];
  let current: Task | null = null;
  let running = false;

  const run = async (): Promise<void> => {
    // Whatever else this turn asks for goes first: an advert must not wait for a hundred netlink requests.
    await Promise.resolve();
    for (current = waiting.shift() ?? null; current !== null; current = waiting.shift() ?? null) {
      const { effect, done } = current;
      done(
        await performKernel(parts, claims, current).catch((error: unknown) => refusal(effect, String(error))),
      );
    }
    running = false;
    emptied();
  };

  return (effect, done) => {
    const bursts = waiting.filter((task) => task.effect.type === 'sendGratuitousArps').length;
    const tooManyBursts = effect.type === 'sendGratuitousArps' && bursts >= MAX_WAITING_BURSTS;
    if (tooManyBursts || waiting.length >= MAX_WAITING_EFFECTS) {
      done(refusal(effect, `${waiting.length} effects of this instance wait already`));
      return;
    }
    if (effect.type === 'removeVips') for (const task of [current, ...waiting]) if (task) task.wanted = false;
    waiting.push({ effect, done, wanted: true });
    if (running) return;
    running = true;
    void run();
  };
}

/**
 * Heartbeat effects are performed before `perform` returns; kernel effects of one actor follow one another, and each
 * posts exactly one outcome, never before `perform` has returned.
 * A heartbeat port that throws is told to the machine as `adverts.sendFailed`.
 */
export function createExecutor(parts: ExecutorParts): EffectExecutor {
  const queues = new Map<ActorId, ReturnType<typeof createActorQueue>>();
  const claims = new Claims();

  const queueOf = (actor: ActorId): ReturnType<typeof createActorQueue> => {
    const existing = queues.get(actor);
    if (existing !== undefined) return existing;
    const queue = createActorQueue(parts, claims, () => queues.delete(actor));
    queues.set(actor, queue);
    return queue;
  };

  return {
    perform(actor, effect, cause, post) {
      // A turn of its own: outcomes are found inside native callbacks, where an exception would end the process.
      const done = (outcome: VrrpEvent): void => {
        setImmediate(() => post(actor, outcome as ActorEvent, cause));
      };
      const asked = effect as VrrpEffect;
      switch (asked.type) {
        case 'addVips':
          claims.claim(actor, asked.params);
          queueOf(actor)(asked, done);
          return;
        case 'removeVips':
          claims.release(actor, asked.params);
          queueOf(actor)(asked, done);
          return;
        case 'sendGratuitousArps':
          queueOf(actor)(asked, done);
          return;
        case 'openHeartbeat':
        case 'setSourceAddress':
        case 'announce':
        case 'stopAnnouncing':
        case 'sendAdvert':
        case 'watchMaster':
        case 'stopWatching':
        case 'closeHeartbeat':
          try {
            performHeartbeat(parts.heartbeats, actor, asked);
          } catch (error) {
            done({
              type: 'adverts.sendFailed',
              error: `${asked.type}: ${error instanceof Error ? error.message : error}`,
            });
          }
          return;
        default:
          unknownEffect(asked);
      }
    },
  };
}
