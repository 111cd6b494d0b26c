/** The Interfaces section of keepalived.data. */
import type { InstanceFacts } from './facts.ts';

export interface LinkFacts {
  readonly name: string;
  readonly index: number;
  /** null where there is none. */
  readonly mac: string | null;
  readonly isUp: boolean;
  readonly isLoopback: boolean;
  readonly mtu: number | null;
  readonly ipv4: string | null;
  readonly ipv6: string | null;
}

export function interfaceLines(link: LinkFacts, instances: readonly InstanceFacts[]): string[] {
  const users = instances.filter(({ config }) => config.interface === link.name);
  const state = [link.isUp ? 'UP, RUNNING' : 'DOWN', link.isLoopback ? ', no broadcast, loopback' : ''];
  return [
    ` Name = ${link.name}`,
    `   index = ${link.index}`,
    `   IPv4 address = ${link.ipv4 ?? '(none)'}`,
    `   IPv6 address = ${link.ipv6 ?? '(none)'}`,
    ...(link.mac === null ? [] : [`   MAC = ${link.mac}`]),
    `   State = ${state.join('')}`,
    ...(link.mtu === null ? [] : [`   MTU = ${link.mtu}`]),
    `   HW Type = ${link.isLoopback ? 'LOOPBACK' : 'ETHERNET'}`,
    '   NIC netlink status update',
    ...(users.length === 0 ? [] : ['   Tracking VRRP instances :']),
    ...users.map(({ config }) => `     ${config.name}, weight 0`),
  ];
}
