/**
 * What iptables and ipset are told: keepalived's rules and sets by their names and in its order, each rule in the words
 * that `iptables -S` has for it, so that it can be found again.
 */
import type { IpFamily } from '../../protocol/ip.ts';
import type { BlockedAddress, ReportingDevice } from './nft-script.ts';

/** Names of the ipsets. */
export interface SetNames {
  readonly address: string;
  readonly address6: string;
  readonly interface6: string;
  readonly igmp: string;
  readonly mld: string;
  readonly nd: string;
}

export interface IptablesOptions {
  /** Chains of the table `filter`; they have to be there. */
  readonly input: string;
  /** Null: nothing is filtered on its way out. */
  readonly output: string | null;
  /** Null: a rule for each address and device. */
  readonly sets: SetNames | null;
}

export interface Rule {
  readonly chain: string;
  readonly body: string;
  /** It stands before what is in the chain. */
  readonly first: boolean;
}

/** A set, of one theme: addresses that must not be used, or reports of devices. */
export type Theme = 'vips' | 'reports';

/** Words of a rule before and after its protocol. */
interface Match {
  readonly before?: string;
  readonly after?: string;
}

const NEIGHBOUR_SOLICITATION = 135;
const NEIGHBOUR_ADVERTISEMENT = 136;
const MLD_REPORT = 131;
const MLD2_REPORT = 143;

export function familyOf({ address }: BlockedAddress): IpFamily {
  return address.includes(':') ? 'inet6' : 'inet';
}

/** Lines of `ipset restore` that make the sets of a theme. */
export function setsOf(names: SetNames, family: IpFamily, theme: Theme): [name: string, create: string][] {
  const make = (name: string, type: string): [string, string] => [
    name,
    `create ${name} ${type} family ${family}`,
  ];
  if (theme === 'reports') {
    const reports = family === 'inet' ? [names.igmp] : [names.mld, names.nd];
    return reports.map((name) => make(name, 'hash:net,iface'));
  }
  if (family === 'inet') return [make(names.address, 'hash:ip')];
  return [make(names.address6, 'hash:ip'), make(names.interface6, 'hash:net,iface')];
}

/** The rules that make the sets of a theme count. */
export function setRules(options: IptablesOptions, family: IpFamily, theme: Theme): Rule[] {
  const { input, output, sets } = options;
  if (sets === null) return [];
  if (theme === 'reports') return output === null ? [] : reportRules(output, sets, family);
  const pairs: [name: string, into: string, out: string][] =
    family === 'inet'
      ? [[sets.address, 'dst', 'src']]
      : [
          [sets.interface6, 'dst,src', 'src,dst'],
          [sets.address6, 'dst', 'src'],
        ];
  return [
    ...pairs.flatMap(([name, into]) => blocking(input, inSet(name, into), family)),
    ...(output === null ? [] : pairs.flatMap(([name, , out]) => blocking(output, inSet(name, out), family))),
  ];
}

/** The element of an address, with its set. */
export function addressElement(names: SetNames, blocked: BlockedAddress): string {
  const { address, link } = blocked;
  if (link !== null) return `${names.interface6} ${address},${link.name}`;
  return `${familyOf(blocked) === 'inet' ? names.address : names.address6} ${address}`;
}

/** The elements of a device, with their sets. */
export function deviceElements(names: SetNames, family: IpFamily, device: ReportingDevice): string[] {
  const { name, linkLocal } = device;
  if (family === 'inet') return [`${names.igmp} 0.0.0.0/0,${name}`];
  return [`${names.mld} ::/0,${name}`, ...(linkLocal === null ? [] : [`${names.nd} ${linkLocal},${name}`])];
}

/** The rules of one address, where there are no sets. */
export function addressRules({ input, output }: IptablesOptions, blocked: BlockedAddress): Rule[] {
  const family = familyOf(blocked);
  const address = `${blocked.address}/${family === 'inet' ? 32 : 128}`;
  const link = (flag: string) => (blocked.link === null ? '' : ` ${flag} ${blocked.link.name}`);
  return [
    ...blocking(input, { before: `-d ${address}${link('-i')}` }, family),
    ...(output === null ? [] : blocking(output, { before: `-s ${address}${link('-o')}` }, family)),
  ];
}

/** The rules of one device, where there are no sets. */
export function deviceRules({ output }: IptablesOptions, family: IpFamily, device: ReportingDevice): Rule[] {
  if (output === null) return [];
  const through = `-o ${device.name}`;
  const drop = (match: Match, protocol: string, type?: number): Rule => ({
    ...rule(output, match, 'DROP', protocol, type),
    first: true,
  });
  if (family === 'inet') return [drop({ before: through }, 'igmp')];
  const advertised = device.linkLocal === null ? null : { before: `-s ${device.linkLocal}/128 ${through}` };
  return [
    drop({ before: through }, 'ipv6-icmp', MLD2_REPORT),
    drop({ before: through }, 'ipv6-icmp', MLD_REPORT),
    ...(advertised === null ? [] : [drop(advertised, 'ipv6-icmp', NEIGHBOUR_ADVERTISEMENT)]),
  ];
}

/** A switch that heard a report from the virtual MAC would look for it at this port, whoever is master. */
function reportRules(chain: string, sets: SetNames, family: IpFamily): Rule[] {
  if (family === 'inet') return [rule(chain, inSet(sets.igmp, 'dst,dst'), 'DROP', 'igmp')];
  return [
    rule(chain, inSet(sets.mld, 'dst,dst'), 'DROP', 'ipv6-icmp', MLD2_REPORT),
    rule(chain, inSet(sets.mld, 'dst,dst'), 'DROP', 'ipv6-icmp', MLD_REPORT),
    rule(chain, inSet(sets.nd, 'src,dst'), 'DROP', 'ipv6-icmp', NEIGHBOUR_ADVERTISEMENT),
  ];
}

/** The others must find out where an address is, whoever may talk to it. */
function blocking(chain: string, match: Match, family: IpFamily): Rule[] {
  const found = family === 'inet' ? [] : [NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT];
  return [
    ...found.map((type) => rule(chain, match, 'ACCEPT', 'ipv6-icmp', type)),
    rule(chain, match, 'DROP'),
  ];
}

function inSet(name: string, flags: string): Match {
  return { after: `-m set --match-set ${name} ${flags}` };
}

function rule(
  chain: string,
  { before, after }: Match,
  target: 'ACCEPT' | 'DROP',
  protocol?: string,
  type?: number,
): Rule {
  const words = [
    before,
    protocol === undefined ? undefined : `-p ${protocol}`,
    after,
    type === undefined ? undefined : `-m icmp6 --icmpv6-type ${type}`,
    `-j ${target}`,
  ];
  return { chain, body: words.filter((word) => word !== undefined).join(' '), first: false };
}

/** The chain of the rules that `iptables -S` does not list; null: all are there. */
export function missingChain(listing: readonly string[], rules: readonly Rule[]): string | null {
  const chains = new Set(listing.filter((line) => /^-[PN] /.test(line)).map((line) => line.split(' ')[1]));
  return rules.find(({ chain }) => !chains.has(chain))?.chain ?? null;
}

/**
 * Input of `iptables-restore --noflush` after which each rule to add is there once, and none to remove is; empty if
 * there is nothing to do. `listing` is what `iptables -S` says: a rule that is not there cannot be deleted.
 */
export function restoreInput(
  listing: readonly string[],
  add: readonly Rule[],
  remove: readonly Rule[],
): string {
  const deleted = [...add, ...remove].flatMap(({ chain, body }) =>
    listing.filter((line) => line === `-A ${chain} ${body}`).map(() => `-D ${chain} ${body}`),
  );
  const added = add.map(({ chain, body, first }) =>
    first ? `-I ${chain} 1 ${body}` : `-A ${chain} ${body}`,
  );
  const lines = [...deleted, ...added];
  return lines.length === 0 ? '' : `*filter\n${lines.join('\n')}\nCOMMIT\n`;
}
