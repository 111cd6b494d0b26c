export interface InstanceSettings {
  readonly version: 2 | 3;
  readonly priority: number;
  /** With prefix length. */
  readonly virtualAddresses: readonly string[];
  /** BACKUP. */
  readonly state?: 'MASTER' | 'BACKUP';
  /** Seconds, as advert_int takes them; 1. */
  readonly advertInt?: string;
  /** This router's address and its peer's; multicast without. */
  readonly unicast?: { readonly own: string; readonly peer: string } | null;
  /** Further lines of the vrrp_instance. */
  readonly extra?: string;
}

/** keepalived.conf with one instance: VI_1, virtual router 51 on eth0. */
export function instanceConfiguration(settings: InstanceSettings): string {
  const { version, priority, virtualAddresses, state = 'BACKUP', advertInt = '1', unicast, extra } = settings;
  const peers = unicast ? `unicast_src_ip ${unicast.own}\n  unicast_peer {\n    ${unicast.peer}\n  }\n` : '';
  return `vrrp_instance VI_1 {
  state ${state}
  interface eth0
  virtual_router_id 51
  priority ${priority}
  version ${version}
  advert_int ${advertInt}
  ${peers}${extra ?? ''}
  virtual_ipaddress {
    ${virtualAddresses.join('\n    ')}
  }
}
`;
}
