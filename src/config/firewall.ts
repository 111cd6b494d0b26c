/** What of the configuration concerns the firewall. */
import type { ConfigTree } from './model.ts';
import type { IpsetNames } from './registry/global/firewall-kinds.ts';

export interface FirewallConfig {
  readonly nftables: {
    readonly table: string;
    /** Of its chains. */
    readonly priority: number;
    readonly byIndex: boolean;
    readonly counters: boolean;
  };
  /** Null: iptables is not asked for, or nftables is as well, which goes before. */
  readonly iptables: {
    readonly input: string;
    /** Null: nothing is filtered on its way out. */
    readonly output: string | null;
    /** Null: rules without ipsets. */
    readonly sets: IpsetNames | null;
  } | null;
  /** disable_local_igmp: the kernel shall not report memberships of 224.0.0.0/24. */
  readonly localIgmpDisabled: boolean;
}

/** keepalived uses nftables where nothing is configured. */
export function firewallConfig({ global_defs: [globals] }: ConfigTree): FirewallConfig {
  const chains = globals?.nftables == null ? (globals?.vrrp_iptables ?? null) : null;
  return {
    nftables: {
      table: globals?.nftables ?? 'keepalived',
      priority: globals?.nftables_priority ?? -1,
      byIndex: globals?.nftables_ifindex ?? false,
      counters: globals?.nftables_counters ?? false,
    },
    iptables: chains === null ? null : { ...chains, sets: globals?.vrrp_ipsets || null },
    localIgmpDisabled: globals?.disable_local_igmp ?? false,
  };
}

/**
 * Who sets the rules. `iptablesVersion` is what `iptables -V` says, null without the program. One that is nftables
 * underneath leaves the work to nftables, as with keepalived; old ones do not say what they are.
 */
export function firewallBackend(
  { iptables }: Pick<FirewallConfig, 'iptables'>,
  iptablesVersion: string | null,
): 'nftables' | 'iptables' {
  if (iptables === null || iptablesVersion === null) return 'nftables';
  return iptablesVersion.trim().endsWith('(nf_tables)') ? 'nftables' : 'iptables';
}
