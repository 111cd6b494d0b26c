/** What of the configuration concerns the firewall. */
import type { ConfigTree } from './model.ts';

export interface FirewallConfig {
  readonly nftables: {
    readonly table: string;
    /** Of its chains. */
    readonly priority: number;
    readonly byIndex: boolean;
    readonly counters: boolean;
  };
  /** disable_local_igmp: the kernel shall not report memberships of 224.0.0.0/24. */
  readonly localIgmpDisabled: boolean;
}

/** keepalived uses nftables where nothing is configured, and where iptables(8) turns out to be nftables. */
export function firewallConfig({ global_defs: [globals] }: ConfigTree): FirewallConfig {
  return {
    nftables: {
      table: globals?.nftables ?? 'keepalived',
      priority: globals?.nftables_priority ?? -1,
      byIndex: globals?.nftables_ifindex ?? false,
      counters: globals?.nftables_counters ?? false,
    },
    localIgmpDisabled: globals?.disable_local_igmp ?? false,
  };
}
