/** The real executor: one dispatch over everything a VRRP instance may ask for. */
import { performHeartbeat } from '../engine/heartbeat/perform.ts';
import type { HeartbeatPort } from '../engine/heartbeat.ts';
import { Claims } from '../engine/outputs/claims.ts';
import type { ActorEvent, ActorId, EffectExecutor } from '../engine/types.ts';
import type { KernelObjects } from '../machines/kernel-objects.ts';
import type { DeviceSpec } from '../machines/vrrp/input/device.ts';
import type { VrrpEffect } from '../machines/vrrp/vrrp.effects.ts';
import type { VrrpEvent } from '../machines/vrrp/vrrp.events.ts';
import type { DeviceExecutor } from './devices/devices.ts';
import type { Firewall } from './firewall/firewall.ts';
import type { GarpExecutor } from './garp.ts';
import type { GarpRefreshes } from './garp-refresh.ts';
import { type KernelEffect, unknownEffect } from './heartbeats.ts';
import type { ObjectExecutor } from './kernel-objects.ts';
import type { NoticeExecutor } from './notices.ts';

export interface ExecutorParts {
  readonly heartbeats: HeartbeatPort;
  readonly vips: Pick<ObjectExecutor, 'add' | 'remove'>;
  readonly garp: Pick<GarpExecutor, 'send'>;
  readonly notices: NoticeExecutor;
  readonly refreshes: Pick<GarpRefreshes, 'start' | 'stop'>;
  readonly devices: Pick<DeviceExecutor, 'create' | 'remove'>;
  readonly firewall: Pick<Firewall, 'block' | 'unblock' | 'addDevice' | 'removeDevice'>;
}

type EffectOfType<T extends VrrpEffect['type']> = Extract<VrrpEffect, { type: T }>;

interface Task {
  readonly actor: ActorId;
  readonly effect: KernelEffect;
  readonly done: (outcome: VrrpEvent) => void;
  /** Aborted once an effect asked for later made it pointless. */
  readonly abort: AbortController;
}

/** Kernel effects of one actor that may wait behind the one under way. A machine has a handful at most. */
export const MAX_WAITING_EFFECTS = 64;
/**
 * Bursts that wait or go on. Every advert of a lower priority asks for one, so their number is somebody else's choice,
 * and a paced one lasts as long as its pace makes it.
 */
export const MAX_BURSTS = 8;

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
    case 'createDevices':
      return { type: 'device.failed', error };
    case 'removeDevices':
      return { type: 'device.removeFailed', error };
    default:
      return unknownEffect(effect);
  }
}

/** Nobody may talk to an address before it is blocked, and nothing is blocked that is not there. */
async function addVips(
  parts: ExecutorParts,
  claims: Claims,
  effect: EffectOfType<'addVips'>,
): Promise<VrrpEvent> {
  const { blocked, ...objects } = effect.params;
  if (blocked !== undefined) await parts.firewall.block(objects.addresses, blocked === 'name');
  // What another instance held with other options, and gives to this one.
  const otherwise = claims.otherwise(objects);
  if (otherwise.length > 0) await parts.vips.remove({ addresses: otherwise });
  const outcome = await parts.vips.add(objects);
  claims.added(objects);
  if (blocked === undefined) await parts.firewall.unblock(objects.addresses);
  return outcome;
}

async function removeVips(parts: ExecutorParts, claims: Claims, objects: KernelObjects): Promise<VrrpEvent> {
  const outcome = await parts.vips.remove(objects);
  claims.removed(objects);
  await parts.firewall.unblock(objects.addresses);
  return outcome;
}

function createDevices(
  { devices, firewall }: ExecutorParts,
  actor: ActorId,
  specs: readonly DeviceSpec[],
): Promise<VrrpEvent> {
  // A device reports its memberships as soon as it is up.
  return devices.create(actor, specs, (spec, linkLocal) => firewall.addDevice(spec, linkLocal));
}

async function removeDevices({ devices, firewall }: ExecutorParts, actor: ActorId): Promise<VrrpEvent> {
  // Rules name a device by its index, which another one may get.
  return devices.remove(actor, (name) => firewall.removeDevice(name));
}

async function performKernel(
  parts: ExecutorParts,
  claims: Claims,
  { actor, effect, abort }: Task,
): Promise<VrrpEvent> {
  switch (effect.type) {
    case 'addVips':
      return addVips(parts, claims, effect);
    case 'removeVips':
      return removeVips(parts, claims, claims.unclaimed(actor, effect.params));
    case 'createDevices':
      return createDevices(parts, actor, effect.params.devices);
    case 'removeDevices':
      return removeDevices(parts, actor);
    case 'sendGratuitousArps':
      if (abort.signal.aborted) return refusal(effect, OVERTAKEN);
      return parts.garp.send(effect.params, abort.signal);
    default:
      return unknownEffect(effect);
  }
}

/**
 * Kernel effects of one actor, one after the other; a burst that has begun holds nothing up. A removal ends the bursts
 * before it: the other router is telling the LAN about the addresses by then, and must have the last word.
 */
class ActorQueue {
  readonly #parts: ExecutorParts;
  readonly #claims: Claims;
  readonly #emptied: () => void;
  readonly #waiting: Task[] = [];
  /** Waiting or under way. */
  readonly #bursts = new Set<Task>();
  #running = false;

  constructor(parts: ExecutorParts, claims: Claims, emptied: () => void) {
    this.#parts = parts;
    this.#claims = claims;
    this.#emptied = emptied;
  }

  put(actor: ActorId, effect: KernelEffect, done: Task['done']): void {
    const isBurst = effect.type === 'sendGratuitousArps';
    const waiting = this.#waiting.length;
    if (waiting >= MAX_WAITING_EFFECTS || (isBurst && this.#bursts.size >= MAX_BURSTS)) {
      done(refusal(effect, `${Math.max(waiting, this.#bursts.size)} effects of this instance wait already`));
      return;
    }
    if (effect.type === 'removeVips') for (const { abort } of this.#bursts) abort.abort();
    const task = { actor, effect, done, abort: new AbortController() };
    if (isBurst) this.#bursts.add(task);
    this.#waiting.push(task);
    if (this.#running) return;
    this.#running = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    // Whatever else this turn asks for goes first: an advert must not wait for a hundred netlink requests.
    await Promise.resolve();
    for (let task = this.#waiting.shift(); task !== undefined; task = this.#waiting.shift()) {
      const performed = this.#perform(task);
      if (task.effect.type !== 'sendGratuitousArps') await performed;
    }
    this.#running = false;
    this.#emptyOnce();
  }

  async #perform(task: Task): Promise<void> {
    const { effect, done } = task;
    done(
      await performKernel(this.#parts, this.#claims, task).catch((error: unknown) =>
        refusal(effect, String(error)),
      ),
    );
    if (!this.#bursts.delete(task)) return;
    this.#emptyOnce();
  }

  #emptyOnce(): void {
    if (!this.#running && this.#bursts.size === 0) this.#emptied();
  }
}

/**
 * Heartbeat effects are performed before `perform` returns; kernel effects of one actor follow one another, and each
 * posts exactly one outcome, never before `perform` has returned.
 * A heartbeat port that throws is told to the machine as `adverts.sendFailed`.
 */
export function createExecutor(parts: ExecutorParts): EffectExecutor {
  const queues = new Map<ActorId, ActorQueue>();
  const claims = new Claims();

  const queueOf = (actor: ActorId): ActorQueue => {
    const existing = queues.get(actor);
    if (existing !== undefined) return existing;
    const queue = new ActorQueue(parts, claims, () => queues.delete(actor));
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
          queueOf(actor).put(actor, asked, done);
          return;
        case 'removeVips':
          claims.release(actor, asked.params);
          queueOf(actor).put(actor, asked, done);
          return;
        case 'createDevices':
        case 'removeDevices':
        case 'sendGratuitousArps':
          queueOf(actor).put(actor, asked, done);
          return;
        case 'refreshGarps':
          parts.refreshes.start(actor, asked.params.refreshes, done);
          return;
        case 'stopRefreshingGarps':
          parts.refreshes.stop(actor);
          return;
        case 'openHeartbeat':
        case 'setSourceAddress':
        case 'announce':
        case 'reviseAnnouncement':
        case 'stopAnnouncing':
        case 'sendAdvert':
        case 'watchMaster':
        case 'adjustWatch':
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
        case 'notify':
          parts.notices.notify(asked.params, cause);
          return;
        default:
          unknownEffect(asked);
      }
    },
  };
}
