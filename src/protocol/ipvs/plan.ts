/**
 * What a virtual server wants of the table of IPVS, as effects carry it: ranges of services, and destinations that stand
 * in each of them.
 */
import { formatIpBytes, type IpFamily, ipBytes } from '../ip.ts';
import type { DestinationSettings, DestinationTarget, ForwardingMethod, Tunnel } from './destination.ts';
import {
  familyOfTarget,
  type ServiceProtocol,
  type ServiceSettings,
  type ServiceTarget,
  wholeNetmask,
} from './service.ts';

/** Services of consecutive addresses, both ends included, or of one firewall mark. */
export type ServiceRange =
  | {
      readonly protocol: ServiceProtocol;
      readonly first: string;
      /** Absent: `first` alone. */
      readonly last?: string;
      readonly port: number;
    }
  | { readonly fwmark: number; readonly family: IpFamily };

export type ServicePlan = {
  readonly ranges: readonly ServiceRange[];
  readonly scheduler: string;
  readonly flags: number;
  readonly persistenceSeconds: number;
  /** As `netmask` of a service; null: every client by itself. */
  readonly granularity: number | null;
  readonly engine?: string;
};

/** A destination but for its weight, which changes. What is absent is 0, or the plain tunnel. */
export type DestinationPlan = {
  readonly address: string;
  readonly port: number;
  readonly method: ForwardingMethod;
  readonly tunnel?: Tunnel;
  readonly upperThreshold?: number;
  readonly lowerThreshold?: number;
};

/** Of one range. Whoever writes more than all addresses of 16 bits means something else, and nobody's table is endless. */
export const MOST_SERVICES = 65_536;

/** Each service of a range, in ascending order of addresses; none if an end is no address. */
export function targetsOf(range: ServiceRange): readonly ServiceTarget[] {
  if ('fwmark' in range) return [range];
  const { protocol, first, last = first, port } = range;
  const bytes = ipBytes(first);
  const end = ipBytes(last);
  if (bytes === null || end === null || bytes.length !== end.length) return [];
  const family: IpFamily = bytes.length === 4 ? 'inet' : 'inet6';
  const targets: ServiceTarget[] = [];
  while (targets.length < MOST_SERVICES) {
    targets.push({ protocol, address: formatIpBytes(bytes, 0, family), port });
    if (bytes.every((byte, at) => byte === end[at])) break;
    increment(bytes);
  }
  return targets;
}

function increment(bytes: Uint8Array): void {
  for (let at = bytes.length - 1; at >= 0; at--) {
    const next = ((bytes[at] ?? 0) + 1) & 255;
    bytes[at] = next;
    if (next !== 0) return;
  }
}

export function settingsAt(plan: ServicePlan, target: ServiceTarget): ServiceSettings {
  const { scheduler, flags, persistenceSeconds, granularity, engine } = plan;
  return {
    scheduler,
    flags,
    persistenceSeconds,
    netmask: granularity ?? wholeNetmask(familyOfTarget(target)),
    ...(engine === undefined ? {} : { engine }),
  };
}

/** keepalived: packets keep their port unless their addresses are translated, so it is that of the service then. */
export function destinationAt(plan: DestinationPlan, service: ServiceTarget): DestinationTarget {
  const { address, method } = plan;
  if (method === 'NAT') return { address, port: plan.port };
  return { address, port: 'fwmark' in service ? 0 : service.port };
}

export function destinationSettings(plan: DestinationPlan, weight: number): DestinationSettings {
  const { method, tunnel, upperThreshold = 0, lowerThreshold = 0 } = plan;
  return { method, ...(tunnel === undefined ? {} : { tunnel }), weight, upperThreshold, lowerThreshold };
}
