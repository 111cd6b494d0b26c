/**
 * An executor for simulations and tests: keeps a list of what was asked for, holds addresses in a table of its own
 * as the kernel would, and posts the outcomes that the real executor posts. Deterministic; touches no kernel.
 */
import type { HeartbeatPort } from '../engine/heartbeat.ts';
import type { ActorEvent, ActorId, EffectExecutor } from '../engine/types.ts';
import type { VirtualAddress, VrrpEffect } from '../machines/vrrp/vrrp.effects.ts';
import type { VrrpEvent } from '../machines/vrrp/vrrp.events.ts';
import { addressBits, parseIp } from '../protocol/ip.ts';
import { parseIpv4 } from '../protocol/ipv4.ts';
import { performHeartbeat, unknownEffect } from './heartbeats.ts';

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

function firstFailure(
  addresses: readonly VirtualAddress[],
  perform: (vip: VirtualAddress) => string | null,
): { readonly address: string; readonly error: string } | null {
  const failures = addresses.flatMap((vip) => {
    const error = perform(vip);
    return error === null ? [] : [{ address: vip.address, error }];
  });
  const [first] = failures;
  if (first === undefined) return null;
  const more = failures.length > 1 ? `; ${failures.length} of ${addresses.length} addresses failed` : '';
  return { address: first.address, error: `${first.error}${more}` };
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
      const failed = firstFailure(asked.params.addresses, (vip) => kernel.add(vip));
      return failed === null ? { type: 'vips.added' } : { type: 'vips.addFailed', ...failed };
    }
    case 'removeVips': {
      const failed = firstFailure(asked.params.addresses, (vip) => kernel.remove(vip));
      return failed === null ? { type: 'vips.removed' } : { type: 'vips.removeFailed', ...failed };
    }
    case 'sendGratuitousArps': {
      const { addresses, repeat } = asked.params;
      const rounds = Array.from({ length: repeat }, () => addresses).flat();
      const failed = firstFailure(rounds, (vip) => kernel.sendGarp(vip));
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
