/** From configuration to actors: what each one is called and what it is given at start. */
import type { VrrpInput } from '../machines/vrrp/vrrp.context.ts';
import type { Config, VrrpInstanceConfig } from './model.ts';

/** An actor that the configuration asks for. */
export interface VrrpActor {
  /** `vrrp/VI_1` */
  readonly id: string;
  readonly input: VrrpInput;
}

function vrrpInput(instance: VrrpInstanceConfig): VrrpInput {
  const { state, virtualAddresses, ...same } = instance;
  return { ...same, startAsMaster: state === 'MASTER', addresses: virtualAddresses };
}

/** In the order of the file, which is the order of everything that follows. */
export function vrrpActors(config: Config): readonly VrrpActor[] {
  return config.instances.map((instance) => ({ id: `vrrp/${instance.name}`, input: vrrpInput(instance) }));
}
