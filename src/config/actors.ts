/** From configuration to actors: what each one is called and what it is given at start. */
import type { VrrpInput } from '../machines/vrrp/vrrp.input.ts';
import { announcingInput } from './actors/announcing.ts';
import { electionInput } from './actors/election.ts';
import { objectsInput } from './actors/objects.ts';
import { standingInput } from './actors/standing.ts';
import { wireInput } from './actors/wire.ts';
import type { Config } from './model.ts';

/** An actor that the configuration asks for. */
export interface VrrpActor {
  /** `vrrp/VI_1` */
  readonly id: string;
  readonly input: VrrpInput;
}

/** In the order of the file, which is the order of everything that follows. */
export function vrrpActors(config: Config): readonly VrrpActor[] {
  return config.tree.vrrp_instance.flatMap((instance) => {
    const { interface: own, virtual_router_id: virtualRouterId } = instance;
    // It has been reported that the instance cannot run.
    if (own === null || virtualRouterId === null) return [];
    const input: VrrpInput = {
      ...electionInput(instance, own, config.tree.global_defs),
      ...standingInput(config.tree, instance),
      ...wireInput(instance, virtualRouterId),
      ...objectsInput(instance, own),
      ...announcingInput(instance),
    };
    return [{ id: `vrrp/${instance.name}`, input }];
  });
}
