/** The Interfaces section of keepalived.data. */
import type { ConfigTree } from '../../config/model.ts';
import type { DeviceSpec } from '../../machines/vrrp/input/device.ts';
import { linkGarpLines } from './data-garp.ts';
import { linkFollowers } from './data-tracker.ts';
import type { InstanceFacts } from './facts.ts';
import { listed } from './words.ts';

export interface LinkFacts {
  readonly name: string;
  readonly index: number;
  /** null where there is none. */
  readonly mac: string | null;
  readonly isUp: boolean;
  readonly isLoopback: boolean;
  readonly mtu: number | null;
  readonly group: number;
  readonly ipv4: string | null;
  readonly ipv6: string | null;
}

export function interfaceLines(
  link: LinkFacts,
  tree: ConfigTree,
  instances: readonly InstanceFacts[],
): string[] {
  const made = instances.flatMap(({ devices }) => devices).find(({ name }) => name === link.name);
  const state = [link.isUp ? 'UP, RUNNING' : 'DOWN', link.isLoopback ? ', no broadcast, loopback' : ''];
  return [
    ` Name = ${link.name}`,
    `   index = ${link.index}`,
    `   IPv4 address = ${link.ipv4 ?? '(none)'}`,
    `   IPv6 address = ${link.ipv6 ?? '(none)'}`,
    ...(link.mac === null ? [] : [`   MAC = ${link.mac}`]),
    `   State = ${state.join('')}`,
    `   Group = ${link.group}`,
    ...(made === undefined ? [] : madeLines(made)),
    ...(link.mtu === null ? [] : [`   MTU = ${link.mtu}`]),
    `   HW Type = ${link.isLoopback ? 'LOOPBACK' : 'ETHERNET'}`,
    '   NIC netlink status update',
    ...linkGarpLines(tree, link.name),
    ...listed('Tracking VRRP instances :', linkFollowers(tree, link.name)).map((line) => `   ${line}`),
  ];
}

function madeLines({ device, base }: DeviceSpec): string[] {
  const type = device.kind === 'macvlan' ? 'VMAC type private' : `IPVLAN type L2 ${device.flags}`;
  return [`   ${type}, underlying interface = ${base}, state = UP, RUNNING`, '   I/f created by keepalived'];
}
