/** The firewall as the configuration wants it and the machine has it. */
import type { FirewallConfig } from '../config/firewall.ts';
import { Firewall } from '../effects/firewall/firewall.ts';
import { createNftables } from '../effects/firewall/nftables.ts';

/** `failed` hears of what could not be done: the instance goes on without. */
export function createFirewall(config: FirewallConfig, failed: (error: string) => void): Firewall {
  return new Firewall({
    backend: createNftables(config.nftables),
    localIgmpDisabled: config.localIgmpDisabled,
    failed,
  });
}
