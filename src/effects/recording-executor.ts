/**
 * An executor for simulations and tests: keeps a list of what was asked for, holds addresses in a table of its own
 * as the kernel would, and posts the outcomes that the real executor posts. Deterministic; touches no kernel.
 */
import { performHeartbeat } from '../engine/heartbeat/perform.ts';
import type { HeartbeatPort } from '../engine/heartbeat.ts';
import type { ActorEvent, ActorId, EffectExecutor } from '../engine/types.ts';
import type { KernelObjects, VirtualAddress } from '../machines/kernel-objects.ts';
import type { VrrpEffect } from '../machines/vrrp/vrrp.effects.ts';
import type { VrrpEvent } from '../machines/vrrp/vrrp.events.ts';
import { addressBits, parseIp } from '../protocol/ip.ts';
import { parseIpv4 } from '../protocol/ipv4.ts';
import { type Route, routeText } from '../protocol/rtnetlink/route.ts';
import { ruleText } from '../protocol/rtnetlink/rule.ts';
import { unknownEffect } from './heartbeats.ts';

export interface SimulatedInterface {
  readonly name: string;
  /** False: the interface has no ARP (IFF_NOARP), so gratuitous ARP passes it over. */
  readonly arp: boolean;
}

export interface PerformedEffect {
  readonly actor: ActorId;
  readonly effect: VrrpEffect;
  readonly cause: number;
}

export interface SentGarp {
  readonly interface: string;
  readonly address: string;
}

export interface RecordingExecutorOptions {
  readonly interfaces: readonly SimulatedInterface[];
  /** Heartbeat effects are handed on to it; without one they are only recorded. */
  readonly heartbeats?: HeartbeatPort;
  /** Runs an outcome later, never at once. The default is a microtask; a simulation gives its own queue. */
  readonly later?: (task: () => void) => void;
}

export interface RecordingExecutor extends EffectExecutor {
  readonly performed: readonly PerformedEffect[];
  /** Every gratuitous ARP request, in the order sent. */
  readonly garps: readonly SentGarp[];
  /** Addresses the interface holds, `10.0.0.1/24`, in the order added. */
  held(interfaceName: string): readonly string[];
  /** Routes and rules, as ip(8) names them, in the order added. */
  readonly routes: ReadonlySet<string>;
  readonly rules: ReadonlySet<string>;
  /** Somebody else adds or deletes an address. */
  holdForeign(address: VirtualAddress): void;
  deleteForeign(address: VirtualAddress): void;
  /** From now on adding, removing and sending on this interface fails with this error; null: works again. */
  breakInterface(name: string, error: string | null): void;
  addInterface(added: SimulatedInterface): void;
  /** The interface and its addresses are gone. */
  removeInterface(name: string): void;
}

const textOf = (vip: VirtualAddress): string => `${vip.address}/${vip.prefixLength}`;
const wellFormed = ({ address, prefixLength }: VirtualAddress): boolean => {
  const parsed = parseIp(address);
  if (parsed === null) return false;
  return Number.isInteger(prefixLength) && prefixLength >= 0 && prefixLength <= addressBits(parsed.family);
};

/** The kernel's side of the simulation. Each method returns null, or what is wrong. */
class SimulatedKernel {
  readonly garps: SentGarp[] = [];
  readonly routes = new Set<string>();
  readonly rules = new Set<string>();
  readonly #interfaces = new Map<
    string,
    { readonly arp: boolean; readonly held: Set<string>; error: string | null }
  >();

  addInterface({ name, arp }: SimulatedInterface): void {
    this.#interfaces.set(name, { arp, held: new Set(), error: null });
  }

  removeInterface(name: string): void {
    this.#interfaces.delete(name);
  }

  breakInterface(name: string, error: string | null): void {
    const target = this.#interfaces.get(name);
    if (target !== undefined) target.error = error;
  }

  held(name: string): readonly string[] {
    return [...(this.#interfaces.get(name)?.held ?? [])];
  }

  add(vip: VirtualAddress): string | null {
    const target = this.#interfaces.get(vip.interface);
    if (target === undefined) return `interface ${vip.interface} does not exist`;
    if (!wellFormed(vip)) return `${textOf(vip)} is not an address with a prefix length`;
    if (target.error !== null) return `${target.error} (adding ${textOf(vip)} on ${vip.interface})`;
    target.held.add(textOf(vip));
    return null;
  }

  remove(vip: VirtualAddress): string | null {
    const target = this.#interfaces.get(vip.interface);
    if (target === undefined) return null;
    if (!wellFormed(vip)) return `${textOf(vip)} is not an address with a prefix length`;
    if (target.error !== null) return `${target.error} (removing ${textOf(vip)} on ${vip.interface})`;
    target.held.delete(textOf(vip));
    return null;
  }

  addRoute(route: Route): string | null {
    const missing = this.#missingInterface(route);
    if (missing === null) this.routes.add(routeText(route));
    return missing;
  }

  removeRoute(route: Route): void {
    this.routes.delete(routeText(route));
  }

  #missingInterface({ interface: name, legs = [] }: Route): string | null {
    const needed = [name, ...legs.map((leg) => leg.interface)].filter((each) => each !== undefined);
    const missing = needed.find((each) => !this.#interfaces.has(each));
    return missing === undefined ? null : `interface ${missing} does not exist`;
  }

  sendGarp(vip: VirtualAddress): string | null {
    const target = this.#interfaces.get(vip.interface);
    if (target === undefined) return `interface ${vip.interface} does not exist`;
    if (!target.arp) return null;
    if (parseIpv4(vip.address) === null) return `${vip.address} is not an IPv4 address`;
    if (target.error !== null) return `${target.error} on ${vip.interface}`;
    this.garps.push({ interface: vip.interface, address: vip.address });
    return null;
  }
}

interface Failed {
  readonly address: string;
  readonly error: string;
}

function failures<T>(
  objects: readonly T[],
  nameOf: (object: T) => string,
  perform: (object: T) => string | null,
): Failed[] {
  return objects.flatMap((object) => {
    const error = perform(object);
    return error === null ? [] : [{ address: nameOf(object), error }];
  });
}

function firstOf(failed: readonly Failed[]): Failed | null {
  const [first] = failed;
  if (first === undefined) return null;
  const more = failed.length > 1 ? `; ${failed.length} failed` : '';
  return { address: first.address, error: `${first.error}${more}` };
}

const addressName = (vip: VirtualAddress): string => vip.address;
const routeName = (route: Route): string => `route ${routeText(route)}`;

function addAll(
  kernel: SimulatedKernel,
  { addresses, routes = [], rules = [] }: KernelObjects,
): Failed | null {
  const failed = [
    ...failures(addresses, addressName, (vip) => kernel.add(vip)),
    ...failures(routes, routeName, (route) => kernel.addRoute(route)),
  ];
  for (const rule of rules) kernel.rules.add(ruleText(rule));
  return firstOf(failed);
}

function removeAll(
  kernel: SimulatedKernel,
  { addresses, routes = [], rules = [] }: KernelObjects,
): Failed | null {
  for (const rule of rules) kernel.rules.delete(ruleText(rule));
  for (const route of routes) kernel.removeRoute(route);
  return firstOf(failures(addresses, addressName, (vip) => kernel.remove(vip)));
}

/** Performs an effect on the simulated kernel; null if it has no outcome. */
function simulate(
  kernel: SimulatedKernel,
  asked: VrrpEffect,
  heartbeats?: HeartbeatPort,
  actor = '',
): VrrpEvent | null {
  switch (asked.type) {
    case 'addVips': {
      const failed = addAll(kernel, asked.params);
      return failed === null ? { type: 'vips.added' } : { type: 'vips.addFailed', ...failed };
    }
    case 'removeVips': {
      const failed = removeAll(kernel, asked.params);
      return failed === null ? { type: 'vips.removed' } : { type: 'vips.removeFailed', ...failed };
    }
    case 'sendGratuitousArps': {
      const { addresses, repeat } = asked.params;
      const rounds = Array.from({ length: repeat }, () => addresses).flat();
      const failed = firstOf(failures(rounds, addressName, (vip) => kernel.sendGarp(vip)));
      return failed === null ? { type: 'garps.sent' } : { type: 'garps.failed', error: failed.error };
    }
    case 'createDevices':
      return { type: 'device.created' };
    case 'removeDevices':
      return { type: 'device.removed' };
    // Time is none of the simulated kernel's business.
    case 'refreshGarps':
    case 'stopRefreshingGarps':
      return null;
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
        if (heartbeats !== undefined) performHeartbeat(heartbeats, actor, asked);
        return null;
      } catch (error) {
        return {
          type: 'adverts.sendFailed',
          error: `${asked.type}: ${error instanceof Error ? error.message : error}`,
        };
      }
    case 'notify':
      return null;
    default:
      return unknownEffect(asked);
  }
}

/** Effects take hold at once, so their order needs no queue; outcomes are posted by `later`. */
export function createRecordingExecutor(options: RecordingExecutorOptions): RecordingExecutor {
  const later = options.later ?? queueMicrotask;
  const kernel = new SimulatedKernel();
  const performed: PerformedEffect[] = [];
  for (const added of options.interfaces) kernel.addInterface(added);

  return {
    performed,
    garps: kernel.garps,
    routes: kernel.routes,
    rules: kernel.rules,
    perform(actor, effect, cause, post) {
      const asked = effect as VrrpEffect;
      performed.push({ actor, effect: asked, cause });
      const outcome = simulate(kernel, asked, options.heartbeats, actor);
      if (outcome !== null) later(() => post(actor, outcome as ActorEvent, cause));
    },
    held: (name) => kernel.held(name),
    holdForeign(address) {
      kernel.add(address);
    },
    deleteForeign(address) {
      kernel.remove(address);
    },
    breakInterface: (name, error) => kernel.breakInterface(name, error),
    addInterface: (added) => kernel.addInterface(added),
    removeInterface: (name) => kernel.removeInterface(name),
  };
}
