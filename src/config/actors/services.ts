/** Virtual servers as the kernel's table (IPVS) has them. */
import { parseIpv4 } from '../../protocol/ipv4.ts';
import type { DestinationPlan, ServicePlan, ServiceRange } from '../../protocol/ipvs/plan.ts';
import { SERVICE_FLAGS } from '../../protocol/ipvs/service.ts';
import type { ConfigTree } from '../model.ts';
import { type GroupMember, isRange } from '../registry/lvs/group-line.ts';
import type { LvsMethod } from '../registry/lvs/method.ts';
import type { Endpoint } from '../registry/lvs/service.ts';
import type { RealServerConfig, VirtualServerConfig } from './checkers/planned.ts';

const SECOND_US = 1_000_000;

export function servicePlan(tree: ConfigTree, block: VirtualServerConfig): ServicePlan {
  const persistenceSeconds = Math.floor(block.persistence_timeout / SECOND_US);
  // keepalived: what belongs to persistence is not asked for without it.
  const engine = persistenceSeconds === 0 ? null : block.persistence_engine;
  return {
    ranges: rangesOf(tree, block),
    scheduler: block.lvs_sched,
    flags: flagsOf(block),
    persistenceSeconds,
    granularity: persistenceSeconds === 0 ? null : granularityOf(block),
    ...(engine === null ? {} : { engine }),
  };
}

function rangesOf(tree: ConfigTree, block: VirtualServerConfig): readonly ServiceRange[] {
  const { name, ip_family: family } = block;
  if (name.by === 'fwmark') return [{ fwmark: name.fwmark, family }];
  const members: readonly GroupMember[] =
    name.by === 'address'
      ? [{ first: name.address, last: name.address, port: name.port }]
      : (tree.virtual_server_group.find((group) => group.name === name.group)?.lines ?? []);
  return members.map((member) => {
    if (!isRange(member)) return { fwmark: member.fwmark, family: member.family ?? family };
    const { first, last, port } = member;
    // Without a protocol no group has addresses.
    const protocol = block.protocol ?? 'UDP';
    return first === last ? { protocol, first, port } : { protocol, first, last, port };
  });
}

/** Scheduler flags have a name of their own for each scheduler (linux/ip_vs.h). */
function flagsOf(block: VirtualServerConfig): number {
  const { onePacket, scheduler1, scheduler2, scheduler3 } = SERVICE_FLAGS;
  const given: readonly (readonly [boolean, number])[] = [
    [block.ops, onePacket],
    [block['flag-1'] || block['sh-fallback'] || block['mh-fallback'], scheduler1],
    [block['flag-2'] || block['sh-port'] || block['mh-port'], scheduler2],
    [block['flag-3'], scheduler3],
  ];
  return given.reduce((flags, [isSet, flag]) => (isSet ? flags | flag : flags), 0);
}

function granularityOf({ persistence_granularity: value }: VirtualServerConfig): number | null {
  if (value === null) return null;
  return 'netmask' in value ? parseIpv4(value.netmask) : value.prefixLength;
}

export function realDestination({
  name,
  lvs_method: method,
  uthreshold,
  lthreshold,
}: RealServerConfig): DestinationPlan {
  return {
    ...destination(name, method),
    ...(uthreshold === 0 ? {} : { upperThreshold: uthreshold }),
    ...(lthreshold === 0 ? {} : { lowerThreshold: lthreshold }),
  };
}

export function destination({ address, port }: Endpoint, how: LvsMethod): DestinationPlan {
  const { method, type, checksum } = how;
  const tunnel = method === 'TUN' && type !== 'ipip' ? { type, port: how.port ?? 0, checksum } : null;
  return { address, port, method, ...(tunnel === null ? {} : { tunnel }) };
}
