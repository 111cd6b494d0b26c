/** One instance speaks one family of addresses: that of the first address in its block. */
import type { IpFamily } from '../../protocol/ip.ts';
import type { Place } from '../problems.ts';
import { type CheckContext, type InstanceNode, retain, warn } from './context.ts';

/** IPv6 if an address says so. Sound once `checkFamily` has dropped what differs. */
export function familyOf(node: InstanceNode): IpFamily {
  const one = [
    node.lines('virtual_ipaddress')[0]?.value.address,
    node.lines('unicast_peer')[0]?.value.address,
    node.get('unicast_src_ip'),
    node.get('mcast_src_ip'),
    node.isSet('mcast_dst_ip') ? node.get('mcast_dst_ip') : null,
  ].find((address) => address !== undefined && address !== null);
  if (one === undefined || one === null) return node.get('native_ipv6') ? 'inet6' : 'inet';
  return familyOfText(one);
}

export function familyOfText(address: string): IpFamily {
  return address.includes(':') ? 'inet6' : 'inet';
}

interface Mention {
  readonly family: IpFamily;
  readonly index: number;
}

/** Drops addresses of the other family, and settles what follows from the family. */
export function checkFamily(node: InstanceNode, context: CheckContext): void {
  const first = firstMention(node);
  const family = first?.family ?? 'inet';
  dropAddresses(node, family, context);
  dropSettings(node, family, context);
  if (family === 'inet') return;
  correctVersion(node, first?.index ?? 0, context);
  if (!node.isSet('mcast_dst_ip')) {
    const group = node.root.globals?.value('vrrp_mcast_group6');
    if (typeof group === 'string') node.correct('mcast_dst_ip', group);
  }
  if (!node.isSet('unicast_ttl')) node.correct('unicast_ttl', null);
}

function firstMention(node: InstanceNode): Mention | null {
  const mentions: Mention[] = [];
  for (const list of [...node.blocks('virtual_ipaddress'), ...node.blocks('unicast_peer')]) {
    const [line] = list.lines;
    if (line !== undefined) mentions.push({ family: familyOfText(line.value.address), index: list.index });
  }
  for (const keyword of ['unicast_src_ip', 'mcast_src_ip', 'mcast_dst_ip'] as const) {
    for (const { value, index } of node.given(keyword)) {
      if (typeof value === 'string') mentions.push({ family: familyOfText(value), index });
    }
  }
  for (const { index } of node.given('native_ipv6')) mentions.push({ family: 'inet6', index });
  return mentions.sort((a, b) => a.index - b.index)[0] ?? null;
}

function dropAddresses(node: InstanceNode, family: IpFamily, { problems }: CheckContext): void {
  const fits = ({
    value,
    words,
  }: {
    value: { address: string };
    words: readonly [Place, ...Place[]];
  }): boolean => {
    if (familyOfText(value.address) === family) return true;
    warn(problems, 'address-family', words[0], `${mustBe(node, family)}: this line is ignored`);
    return false;
  };
  retain(node.blocks('virtual_ipaddress'), fits);
  retain(node.blocks('unicast_peer'), fits);
}

function dropSettings(node: InstanceNode, family: IpFamily, { problems }: CheckContext): void {
  const wrong = (address: unknown): boolean =>
    typeof address === 'string' && familyOfText(address) !== family;
  for (const keyword of ['unicast_src_ip', 'mcast_src_ip', 'mcast_dst_ip'] as const) {
    if (!node.isSet(keyword) || !wrong(node.get(keyword))) continue;
    warn(problems, 'address-family', node.place(keyword), `${mustBe(node, family)}: this line is ignored`);
    if (keyword === 'mcast_dst_ip') {
      node.correct(
        keyword,
        node.root.globals?.value(`vrrp_mcast_group${family === 'inet' ? 4 : 6}`) as string,
      );
    } else node.correct(keyword, null);
  }
  if (family === 'inet6' || !node.get('native_ipv6')) return;
  node.correct('native_ipv6', false);
  const message = "the instance has IPv4 addresses: 'native_ipv6' is ignored";
  warn(problems, 'address-family', node.place('native_ipv6'), message);
}

function mustBe(node: InstanceNode, family: IpFamily): string {
  return `'${node.name}' has ${family === 'inet' ? 'IPv4' : 'IPv6'} addresses, which this is not`;
}

/** IPv6 means version 3, unless version 2 was asked for before the first IPv6 address. */
function correctVersion(node: InstanceNode, firstAddress: number, { problems }: CheckContext): void {
  const given = node.given('version').find(({ value }) => value !== null);
  if (given === undefined) {
    node.correct('version', 3);
    return;
  }
  if (given.value !== 2 || given.index < firstAddress) return;
  node.correct('version', 3);
  warn(
    problems,
    'version-corrected',
    given.keyword,
    'version 2 comes after an IPv6 address: version 3 is in force',
  );
}
