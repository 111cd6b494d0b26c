/** What of the configuration concerns the firewall. */
import type { ConfigTree } from './model.ts';
import type { IpsetNames } from './registry/global/firewall-kinds.ts';

export interface IptablesConfig {
  readonly input: string;
  /** null: nothing is filtered on its way out. */
  readonly output: string | null;
  /** false: a rule for each address. */
  readonly sets: IpsetNames | false;
}

export interface FirewallConfig {
  readonly nftables: {
    readonly table: string;
    readonly priority: number;
    readonly byIndex: boolean;
    readonly counters: boolean;
  };
  /** Set where iptables are asked for and nftables are not; they may turn out to be nftables all the same. */
  readonly iptables: IptablesConfig | null;
  readonly localIgmpDisabled: boolean;
}

/** keepalived: nftables where both are configured, and where neither is. */
export function firewallConfig({ global_defs: [globals] }: ConfigTree): FirewallConfig {
  const chains = globals?.vrrp_iptables ?? null;
  const table = globals?.nftables ?? null;
  return {
    nftables: {
      table: table ?? 'keepalived',
      priority: globals?.nftables_priority ?? -1,
      byIndex: globals?.nftables_ifindex ?? false,
      counters: globals?.nftables_counters ?? false,
    },
    iptables:
      chains === null || table !== null
        ? null
        : { input: chains.input, output: chains.output, sets: globals?.vrrp_ipsets ?? false },
    localIgmpDisabled: globals?.disable_local_igmp ?? false,
  };
}
