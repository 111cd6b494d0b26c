/** Which firewall there is to use. */
import { spawnSync } from 'node:child_process';

/**
 * Whether iptables(8) speaks to a firewall of its own. keepalived: one that is nftables in disguise is not used, for its
 * rules would be in two places, and one that is missing cannot be.
 */
export function hasOwnIptables(): boolean {
  const { stdout, status } = spawnSync('iptables', ['-V'], { encoding: 'utf8', timeout: 5_000 });
  return status === 0 && !stdout.includes('nf_tables');
}
