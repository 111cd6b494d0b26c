/** The table of IPVS as a whole: services by `targetKey`, destinations of each by `destinationKey`. */
import type { DestinationSettings, DestinationTarget } from './destination.ts';
import type { ServiceSettings, ServiceTarget } from './service.ts';

export interface TableDestination {
  readonly target: DestinationTarget;
  readonly settings: DestinationSettings;
}

export interface TableService {
  readonly target: ServiceTarget;
  readonly settings: ServiceSettings;
  readonly destinations: ReadonlyMap<string, TableDestination>;
}

export type IpvsTable = ReadonlyMap<string, TableService>;

/** Whether the kernel would make no difference between them. */
export function sameService(one: ServiceSettings, other: ServiceSettings): boolean {
  return (
    one.scheduler === other.scheduler &&
    one.flags === other.flags &&
    one.persistenceSeconds === other.persistenceSeconds &&
    one.netmask === other.netmask &&
    one.engine === other.engine
  );
}

/** As above. */
export function sameDestination(one: DestinationSettings, other: DestinationSettings): boolean {
  return (
    one.method === other.method &&
    one.weight === other.weight &&
    one.upperThreshold === other.upperThreshold &&
    one.lowerThreshold === other.lowerThreshold &&
    one.tunnel?.type === other.tunnel?.type &&
    one.tunnel?.port === other.tunnel?.port &&
    one.tunnel?.checksum === other.tunnel?.checksum
  );
}
