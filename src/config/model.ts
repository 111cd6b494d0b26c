/** The configuration after reading: typed, every default and inheritance applied. Times are in microseconds. */
import type { Diagnostic } from './diagnostics.ts';
import type { ROOT } from './registry/blocks.ts';
import type { Values } from './registry/spec.ts';

/** The whole configuration under keepalived's own words, every default applied; durations in microseconds. */
export type ConfigTree = Values<typeof ROOT.keywords>;

/** One vrrp_instance as it is in force. */
export type VrrpInstanceConfig = ConfigTree['vrrp_instance'][number];

export interface GlobalConfig {
  readonly routerId: string | null;
}

export interface Config {
  readonly global: GlobalConfig;
  readonly tree: ConfigTree;
}

/** `config` is null if an error makes it unusable. Warnings alone leave it usable. */
export interface ConfigResult {
  readonly config: Config | null;
  readonly diagnostics: readonly Diagnostic[];
}
