/** The configuration after reading: typed, every default and inheritance applied. Times are in microseconds. */
import type { Diagnostic } from './diagnostics.ts';

export type VirtualAddressConfig = {
  readonly address: string;
  readonly prefixLength: number;
  /** Interface that carries it: `dev`, else the instance's. */
  readonly interface: string;
};

export interface VrrpInstanceConfig {
  readonly name: string;
  readonly state: 'MASTER' | 'BACKUP';
  readonly interface: string;
  readonly virtualRouterId: number;
  /** 1 to 255; 255 is the address owner. */
  readonly priority: number;
  readonly version: 2 | 3;
  readonly advertIntervalUs: number;
  readonly nopreempt: boolean;
  readonly virtualAddresses: readonly VirtualAddressConfig[];
  /** unicast_src_ip; null: the interface's first address. */
  readonly sourceAddress: string | null;
  /** Empty: multicast. */
  readonly unicastPeers: readonly string[];
  readonly checksumWithoutPseudoHeader: boolean;
  /** Gratuitous ARP: burst size, and delay of the second burst in microseconds (0: none). */
  readonly garpMasterRepeat: number;
  readonly garpMasterDelayUs: number;
  readonly garpLowerPriorityRepeat: number;
  /** vrrp_lower_prio_no_advert: true means a lower priority is not answered. */
  readonly lowerPriorityNoAdvert: boolean;
}

export interface GlobalConfig {
  readonly routerId: string | null;
}

export interface Config {
  readonly global: GlobalConfig;
  readonly instances: readonly VrrpInstanceConfig[];
}

/** `config` is null if an error makes it unusable. Warnings alone leave it usable. */
export interface ConfigResult {
  readonly config: Config | null;
  readonly diagnostics: readonly Diagnostic[];
}
