/** The limits of gratuitous ARPs and unsolicited neighbour advertisements in keepalived.data. */
import { type GarpLimit, garpGroupMembers, garpLimit } from '../../config/actors/announcing.ts';
import type { ConfigTree } from '../../config/model.ts';
import { exactSeconds, MILLISECOND_US, timeText } from './words.ts';

/** When the next frame of a limiter may leave, in Unix time; 0 if none has left yet. */
export type GarpTimes = (family: 'arp' | 'advertisement', limiter: string) => number;

interface Limited {
  readonly limit: GarpLimit;
  readonly interfaces: readonly string[];
}

/** keepalived: its groups, and of other interfaces those that instances use, each for itself. */
function limits(tree: ConfigTree): readonly Limited[] {
  const groups = tree.garp_group.flatMap((group): Limited[] => {
    const interfaces = garpGroupMembers(group);
    const limit = interfaces[0] === undefined ? null : garpLimit(tree, interfaces[0]);
    return limit === null ? [] : [{ limit, interfaces }];
  });
  const grouped = new Set(groups.flatMap(({ interfaces }) => interfaces));
  const used = tree.vrrp_instance.flatMap((instance) => [
    instance.interface,
    ...[...instance.virtual_ipaddress, ...instance.virtual_ipaddress_excluded].map(({ dev }) => dev),
  ]);
  const others = [...new Set(used)].flatMap((name): Limited[] => {
    const limit = name === null || grouped.has(name) ? null : garpLimit(tree, name);
    return name === null || limit === null ? [] : [{ limit, interfaces: [name] }];
  });
  return [...groups, ...others];
}

export function garpLines(tree: ConfigTree, nextWallUs: GarpTimes): string[] {
  return limits(tree).flatMap(({ limit, interfaces }) => {
    const { limiter, arpIntervalUs, advertisementIntervalUs } = limit;
    const pace = (label: string, intervalUs: number, family: 'arp' | 'advertisement'): string[] =>
      intervalUs === 0
        ? []
        : [
            ` ${label} interval = ${exactSeconds(intervalUs)}`,
            ` ${label} next time ${timeText(nextWallUs(family, limiter), false)}`,
          ];
    return [
      '------< GARP delay group >------',
      ...pace('GARP', arpIntervalUs, 'arp'),
      ...pace('GNA', advertisementIntervalUs, 'advertisement'),
      ' Interfaces',
      ...interfaces.map((name) => `  ${name}`),
    ];
  });
}

/** Of one interface. */
export function linkGarpLines(tree: ConfigTree, name: string): string[] {
  const isUsed = limits(tree).some(({ interfaces }) => interfaces.includes(name));
  const limit = isUsed ? garpLimit(tree, name) : null;
  if (limit === null) return [];
  const pace = (label: string, intervalUs: number): string[] =>
    intervalUs === 0 ? [] : [`   Gratuitous ${label} interval ${intervalUs / MILLISECOND_US}ms`];
  return [...pace('ARP', limit.arpIntervalUs), ...pace('NA', limit.advertisementIntervalUs)];
}
