import type { BfdInput } from '../../machines/bfd/bfd.input.ts';
import type { Config, ConfigTree } from '../model.ts';
import type { Configured } from '../reload.ts';

/** A session that the configuration asks for: `bfd/NAME`. */
export interface BfdActor extends Configured {
  readonly input: BfdInput;
}

/** keepalived 2.4.3 (bfd_complete_init): at a reload a session is known by its name alone. */
export function bfdActors(config: Config): readonly BfdActor[] {
  return config.tree.bfd_instance.flatMap((instance) => {
    const { name, neighbor_ip: neighbor } = instance;
    // It has been reported that the session cannot run.
    if (neighbor === null) return [];
    return [{ id: `bfd/${name}`, identity: `bfd ${name}`, input: bfdInput(instance, neighbor) }];
  });
}

function bfdInput(instance: ConfigTree['bfd_instance'][number], neighbor: string): BfdInput {
  return {
    name: instance.name,
    neighbor,
    source: instance.source_ip,
    multihop: instance.multihop,
    ttl: instance.ttl,
    maxHops: instance.max_hops,
    minRxUs: instance.min_rx,
    minTxUs: instance.min_tx,
    idleTxUs: instance.idle_tx,
    multiplier: instance.multiplier,
    passive: instance.passive,
  };
}
