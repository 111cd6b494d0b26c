/** The firewall as the configuration wants it and the machine has it. */
import { type FirewallConfig, firewallBackend } from '../config/firewall.ts';
import { Firewall, type FirewallBackend } from '../effects/firewall/firewall.ts';
import { createIptables } from '../effects/firewall/iptables.ts';
import { createNftables } from '../effects/firewall/nftables.ts';
import { callProgram } from '../effects/firewall/run-program.ts';
import { silenceLocalIgmp } from '../effects/local-igmp.ts';

export interface FirewallSide {
  readonly firewall: Firewall;
  /**
   * A reload: its settings hold from now on, also for what is set already. The name of the table and disable_local_igmp are
   * as before: a change of them is refused.
   */
  reconfigure(config: FirewallConfig): Promise<void>;
  /** Takes everything back. */
  close(): Promise<void>;
}

/** `failed` hears of what could not be done: the instance goes on without. `log` takes a line. */
export function createFirewall(
  config: FirewallConfig,
  failed: (error: string) => void,
  log: (line: string) => void,
): FirewallSide {
  const giveBack = config.localIgmpDisabled ? silenceLocalIgmp() : null;
  const backendFor = (wanted: FirewallConfig): FirewallBackend =>
    wanted.iptables === null ? createNftables(wanted.nftables) : chosenLate(wanted, log);
  const firewall = new Firewall({
    backend: backendFor(config),
    localIgmpDisabled: giveBack !== null,
    failed,
  });
  let inForce = config;
  return {
    firewall,
    async reconfigure(wanted) {
      if (JSON.stringify(wanted) === JSON.stringify(inForce)) return;
      inForce = wanted;
      await firewall.use(backendFor(wanted));
    },
    close: async () => {
      await firewall.close();
      giveBack?.();
    },
  };
}

/** The programs are asked what they are once a rule is needed. */
function chosenLate(config: FirewallConfig, log: (line: string) => void): FirewallBackend {
  let chosen: Promise<FirewallBackend> | null = null;
  const backend = (): Promise<FirewallBackend> => {
    chosen ??= chooseBackend(config, log);
    return chosen;
  };
  return {
    change: async (verb, addresses) => (await backend()).change(verb, addresses),
    changeDevice: async (verb, device) => (await backend()).changeDevice(verb, device),
    close: async () => (chosen === null ? null : (await chosen).close()),
  };
}

async function chooseBackend(config: FirewallConfig, log: (line: string) => void): Promise<FirewallBackend> {
  const { error, output } = await callProgram('iptables', ['-V'], '');
  const { iptables } = config;
  if (iptables === null || firewallBackend(config, error === null ? output : null) === 'nftables') {
    const reason = error === null ? 'iptables uses nf_tables' : 'no iptables command was found';
    log(`Using nftables since ${reason} - please update the configuration`);
    return createNftables(config.nftables);
  }
  if (iptables.sets === null) return createIptables(iptables);
  const ipset = await callProgram('ipset', ['list', '-n'], '');
  if (ipset.error === null) return createIptables(iptables);
  log(`Not using ipsets: ${ipset.error}`);
  return createIptables({ ...iptables, sets: null });
}
