/** The configuration after reading: typed, every default and inheritance applied. Times are in microseconds. */
import type { VrrpInput } from '../machines/vrrp/vrrp.context.ts';
import type { VirtualAddress } from '../machines/vrrp/vrrp.effects.ts';
import type { Diagnostic } from './diagnostics.ts';
import type { ROOT } from './registry/blocks.ts';
import type { Values } from './registry/spec.ts';

/** The whole configuration under keepalived's own words, every default applied; durations in microseconds. */
export type ConfigTree = Values<typeof ROOT.keywords>;

/** One vrrp_instance: what its statechart is given, under the names of the file. */
export interface VrrpInstanceConfig extends Omit<VrrpInput, 'startAsMaster' | 'addresses'> {
  readonly state: 'MASTER' | 'BACKUP';
  /** Each on its `dev`, else on the instance's interface. */
  readonly virtualAddresses: readonly VirtualAddress[];
}

export interface GlobalConfig {
  readonly routerId: string | null;
}

export interface Config {
  readonly global: GlobalConfig;
  readonly instances: readonly VrrpInstanceConfig[];
  readonly tree: ConfigTree;
}

/** `config` is null if an error makes it unusable. Warnings alone leave it usable. */
export interface ConfigResult {
  readonly config: Config | null;
  readonly diagnostics: readonly Diagnostic[];
}
