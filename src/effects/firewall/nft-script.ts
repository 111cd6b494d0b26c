/**
 * What nftables is told, in the words of nft(8): keepalived's tables, chains and sets by their names, so that what an
 * operator greps for is there. Each piece is set up when it is first needed.
 */
import type { IpFamily } from '../../protocol/ip.ts';

export interface NftOptions {
  readonly table: string;
  /** Of the chains. */
  readonly priority: number;
  /** nftables_ifindex: interfaces are told apart by index where names would do. */
  readonly byIndex: boolean;
  readonly counters: boolean;
}

/** An address that nobody may talk to or from. */
export interface BlockedAddress {
  readonly address: string;
  /** Of a link-local one: the link that it is on. */
  readonly link: { readonly name: string; readonly index: number } | null;
  /** The link is known by its name: it may come and go. */
  readonly byName: boolean;
}

/** A virtual MAC, whose membership reports have to come from the interface below it. */
export interface ReportingDevice {
  readonly name: string;
  readonly index: number;
  readonly baseIndex: number;
  readonly families: readonly IpFamily[];
  /** Link-local address of the base, which the device has as well; null: none. */
  readonly linkLocal: string | null;
}

type Piece = 'out' | 'vips' | 'linkNames' | 'linkIndexes' | 'reports';

const NEIGHBOUR_DISCOVERY = 'nd-neighbor-solicit, nd-neighbor-advert';
const REPORTS = 'mld-listener-report, mld2-listener-report';
const FAMILY: Readonly<Record<IpFamily, 'ip' | 'ip6'>> = { inet: 'ip', inet6: 'ip6' };

/** Which family a blocked address is in. */
function familyOf({ address }: BlockedAddress): IpFamily {
  return address.includes(':') ? 'inet6' : 'inet';
}

/** Builds scripts; remembers what is set up already. */
export class NftScript {
  readonly #options: NftOptions;
  #setUp = new Set<string>();
  #lines: string[] = [];

  constructor(options: NftOptions) {
    this.#options = options;
  }

  /** Returns what forgets everything that is set up from now on. */
  begin(): () => void {
    const before = new Set(this.#setUp);
    return () => {
      this.#setUp = before;
    };
  }

  /** The lines since the last call. */
  take(): string {
    const script = this.#lines.map((line) => `${line}\n`).join('');
    this.#lines = [];
    return script;
  }

  /** Removes tables, whether or not they are there: a predecessor that was killed left its own. */
  removeTables(): void {
    for (const family of ['ip', 'ip6'] as const) {
      this.#lines.push(
        `add table ${family} ${this.#options.table}`,
        `delete table ${family} ${this.#options.table}`,
      );
    }
    this.#setUp.clear();
  }

  change(verb: 'add' | 'delete', addresses: readonly BlockedAddress[]): void {
    for (const blocked of addresses) {
      const family = familyOf(blocked);
      this.#need(family, 'vips');
      const set = this.#setFor(blocked);
      this.#lines.push(`${verb} element ${this.#in(family)} ${set.name} { ${set.element} }`);
    }
  }

  changeDevice(verb: 'add' | 'delete', device: ReportingDevice): void {
    const { name, index, baseIndex, linkLocal } = device;
    for (const family of device.families) {
      this.#need(family, 'reports');
      const table = this.#in(family);
      const to = verb === 'add' ? ` : ${baseIndex}` : '';
      this.#lines.push(`${verb} element ${table} vmac_map { ${index}${to} }`);
      if (family === 'inet') continue;
      this.#lines.push(`${verb} element ${table} vmac_set { ${index} }`);
      if (linkLocal === null) continue;
      const link = this.#options.byIndex ? index : quoted(name);
      this.#lines.push(`${verb} element ${table} parent_link_local { ${linkLocal} . ${link} }`);
    }
  }

  #in(family: IpFamily): string {
    return `${FAMILY[family]} ${this.#options.table}`;
  }

  get #drop(): string {
    return this.#options.counters ? 'counter drop' : 'drop';
  }

  #setFor(blocked: BlockedAddress): { readonly name: string; readonly element: string } {
    const { address, link, byName } = blocked;
    if (link === null) return { name: 'vips', element: address };
    const usesName = byName && !this.#options.byIndex;
    this.#need('inet6', usesName ? 'linkNames' : 'linkIndexes');
    return usesName
      ? { name: 'vips_link_local_name', element: `${address} . ${quoted(link.name)}` }
      : { name: 'vips_link_local', element: `${address} . ${link.index}` };
  }

  #need(family: IpFamily, piece: Piece): void {
    const key = `${family} ${piece}`;
    if (this.#setUp.has(key)) return;
    if (piece !== 'out') this.#need(family, 'out');
    this.#setUp.add(key);
    const table = this.#in(family);
    const setUp: Readonly<Record<Piece, () => void>> = {
      out: () => this.#setUpChain(table, 'out'),
      vips: () => this.#setUpVips(family, table),
      linkNames: () => this.#setUpLinkLocal(table, 'vips_link_local_name', 'ifname', 'name'),
      linkIndexes: () => this.#setUpLinkLocal(table, 'vips_link_local', 'iface_index', ''),
      reports: () => this.#setUpReports(family, table),
    };
    setUp[piece]();
  }

  #setUpChain(table: string, hook: 'in' | 'out'): void {
    const { priority } = this.#options;
    if (hook === 'out') this.#lines.push(`add table ${table}`);
    this.#lines.push(
      `add chain ${table} ${hook} { type filter hook ${hook}put priority ${priority}; policy accept; }`,
    );
  }

  #set(table: string, name: string, type: string): string {
    return `add set ${table} ${name} { type ${type};${this.#options.counters ? ' counter;' : ''} }`;
  }

  #setUpVips(family: IpFamily, table: string): void {
    this.#setUpChain(table, 'in');
    if (family === 'inet') {
      this.#lines.push(
        this.#set(table, 'vips', 'ipv4_addr'),
        `add rule ${table} in ip daddr @vips ${this.#drop}`,
        `add rule ${table} out ip saddr @vips ${this.#drop}`,
      );
      return;
    }
    const accept = this.#options.counters ? 'counter accept' : 'accept';
    this.#lines.push(
      this.#set(table, 'vips', 'ipv6_addr'),
      `add set ${table} neighbor-discovery { type icmpv6_type; flags constant; elements = { ${NEIGHBOUR_DISCOVERY} }; }`,
      `add chain ${table} in_link_local`,
      `add chain ${table} out_link_local`,
      // The others must find out where an address is, whoever may talk to it.
      `add rule ${table} in icmpv6 type @neighbor-discovery ${accept}`,
      `add rule ${table} in ip6 daddr fe80::/10 goto in_link_local`,
      `add rule ${table} in ip6 daddr @vips ${this.#drop}`,
      `add rule ${table} out icmpv6 type @neighbor-discovery ${accept}`,
      `add rule ${table} out ip6 saddr fe80::/10 goto out_link_local`,
      `add rule ${table} out ip6 saddr @vips ${this.#drop}`,
    );
  }

  #setUpLinkLocal(table: string, set: string, type: string, suffix: string): void {
    this.#lines.push(
      this.#set(table, set, `ipv6_addr . ${type}`),
      `add rule ${table} in_link_local ip6 daddr . iif${suffix} @${set} ${this.#drop}`,
      `add rule ${table} out_link_local ip6 saddr . oif${suffix} @${set} ${this.#drop}`,
    );
  }

  /** A switch that heard a report from the virtual MAC would look for it at this port, whoever is master. */
  #setUpReports(family: IpFamily, table: string): void {
    const macvlan = 'meta oifkind "macvlan"';
    const move = (address: string) => `dup to ${address} device oif map @vmac_map ${this.#drop}`;
    this.#lines.push(`add map ${table} vmac_map { type iface_index : iface_index; }`);
    if (family === 'inet') {
      this.#lines.push(`insert rule ${table} out ip protocol igmp ${macvlan} ${move('ip daddr')}`);
      return;
    }
    const [type, oif] = this.#options.byIndex ? ['iface_index', 'oif'] : ['ifname', 'oifname'];
    this.#lines.push(
      this.#set(table, 'vmac_set', 'iface_index'),
      `add set ${table} mld-report { type icmpv6_type; flags constant; elements = { ${REPORTS} }; }`,
      this.#set(table, 'parent_link_local', `ipv6_addr . ${type}`),
      // Inserted, the last one first: what accepts neighbour discovery may be there already.
      `insert rule ${table} out icmpv6 type nd-router-solicit ${macvlan} oif @vmac_set ${this.#drop}`,
      `insert rule ${table} out icmpv6 type @mld-report ${macvlan} ${move('ip6 daddr')}`,
      `insert rule ${table} out icmpv6 type nd-neighbor-advert ${macvlan} ip6 saddr . ${oif} @parent_link_local ${this.#drop}`,
    );
  }
}

function quoted(name: string): string {
  return `"${name}"`;
}
