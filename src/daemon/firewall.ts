/** The firewall as the configuration wants it and the machine has it. */
import type { FirewallConfig } from '../config/firewall.ts';
import { Firewall } from '../effects/firewall/firewall.ts';
import { createNftables } from '../effects/firewall/nftables.ts';
import { silenceLocalIgmp } from '../effects/local-igmp.ts';

export interface FirewallSide {
  readonly firewall: Firewall;
  /** Takes everything back. */
  close(): Promise<void>;
}

/** `failed` hears of what could not be done: the instance goes on without. */
export function createFirewall(config: FirewallConfig, failed: (error: string) => void): FirewallSide {
  const giveBack = config.localIgmpDisabled ? silenceLocalIgmp() : null;
  const firewall = new Firewall({
    backend: createNftables(config.nftables),
    localIgmpDisabled: giveBack !== null,
    failed,
  });
  return {
    firewall,
    close: async () => {
      await firewall.close();
      giveBack?.();
    },
  };
}
