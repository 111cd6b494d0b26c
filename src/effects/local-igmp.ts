/** The membership reports of the Linux kernel for 224.0.0.0/24, the groups of routers among them. */
import { readSysctl, writeSysctl } from './sysctl.ts';

const REPORTS = 'net/ipv4/igmp_link_local_mcast_reports';

/**
 * Has the kernel of this namespace keep quiet (disable_local_igmp). Returns what gives its voice back, or null if it cannot be
 * silenced: then the reports of virtual MACs have to be moved as if nothing had been asked for (keepalived).
 */
export function silenceLocalIgmp(): (() => void) | null {
  const before = readSysctl(REPORTS);
  if (before === null || writeSysctl(REPORTS, 0) !== null) return null;
  return () => {
    if (before !== '0') writeSysctl(REPORTS, before);
  };
}
