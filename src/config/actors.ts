/** From configuration to actors: what each one is called and what it is given at start. */
import type { StaticInput } from '../machines/static/static.input.ts';
import type { VrrpInput } from '../machines/vrrp/vrrp.input.ts';
import { announcingInput } from './actors/announcing.ts';
import { bfdActors } from './actors/bfd.ts';
import { checkActors } from './actors/checks.ts';
import { ipvlanSource, namesGiven, placeOnDevices } from './actors/device.ts';
import { electionInput } from './actors/election.ts';
import { groupActors } from './actors/groups.ts';
import { ipvsActors } from './actors/ipvs.ts';
import { objectsInput } from './actors/objects.ts';
import { groupOf, standingInput } from './actors/standing.ts';
import { staticInput } from './actors/static.ts';
import { trackerActors } from './actors/trackers.ts';
import { instanceFamily, wireInput } from './actors/wire.ts';
import { instanceIdentity } from './diff/actors.ts';
import type { Config, ConfigTree, VrrpInstanceConfig } from './model.ts';
import { canonical, type PlainBlock } from './plain.ts';
import type { Configured } from './reload.ts';
import { allAtOnce, type Steps } from './steps.ts';
import { type VmacUser, vmacRivals } from './vmac-sharing.ts';

/** An instance that the configuration asks for: `vrrp/VI_1`. */
export interface VrrpActor extends Configured {
  readonly input: VrrpInput;
}

/** The one that keeps static addresses, routes and rules. */
export interface StaticActor extends Configured {
  readonly input: StaticInput;
}

/** In the order of the file, which is the order of everything that follows. */
export function vrrpActors(config: Config): readonly VrrpActor[] {
  const { tree } = config;
  const taken = namesGiven(tree);
  const rivals = vmacRivals(tree.vrrp_instance.map((instance) => vmacUser(tree, instance)));
  return tree.vrrp_instance.flatMap((instance) => {
    const { interface: interfaceName, virtual_router_id: virtualRouterId } = instance;
    // It has been reported that the instance cannot run.
    if (virtualRouterId === null || (interfaceName === null && instance.unicast_peer.length === 0)) return [];
    // Unicast does without; its addresses then go where those of no instance go.
    const own = interfaceName ?? tree.global_defs[0]?.default_interface ?? 'eth0';
    const wire = wireInput(instance, virtualRouterId);
    const { family } = wire;
    const found = objectsInput(tree, instance, own);
    const place = { instance, own, virtualRouterId, family, objects: found, tree, taken };
    const { device, objects } = placeOnDevices(place);
    const input: VrrpInput = {
      ...electionInput(instance, interfaceName ?? '', tree.global_defs),
      ...standingInput(tree, instance),
      ...(rivals.has(instance.name) ? { faultsAtStart: ['vmac'] } : {}),
      ...wire,
      sourceAddress: wire.sourceAddress ?? ipvlanSource(instance),
      ...device,
      ...(interfaceName === null ? { advertInterface: '' } : {}),
      ...objects,
      ...announcingInput({ instance, own, device, objects, tree }),
    };
    const identity = canonical(instanceIdentity(instance as unknown as PlainBlock));
    return [{ id: `vrrp/${instance.name}`, identity, input }];
  });
}

function vmacUser(tree: ConfigTree, instance: VrrpInstanceConfig): VmacUser {
  return {
    name: instance.name,
    virtualRouterId: instance.virtual_router_id,
    interface: instance.interface ?? '',
    family: instanceFamily(instance),
    vmac: instance.use_vmac,
    everywhere: instance.use_vmac_addr,
    addresses: [...instance.virtual_ipaddress, ...instance.virtual_ipaddress_excluded],
    group: groupOf(tree, instance.name)?.name ?? null,
  };
}

/** What is set while the program runs; none if the configuration has nothing of the kind. */
export function staticActors({ tree }: Config): readonly StaticActor[] {
  const input = staticInput(tree);
  return input === null ? [] : [{ id: 'static/objects', identity: 'static', input }];
}

/** Every actor of the process, in the order in which they come into being. */
export function configuredActors(config: Config): readonly Configured[] {
  return allAtOnce(configuredActorsInSteps(config));
}

export function* configuredActorsInSteps(config: Config): Steps<readonly Configured[]> {
  return [
    ...bfdActors(config),
    ...trackerActors(config),
    ...staticActors(config),
    ...groupActors(config),
    ...vrrpActors(config),
    ...(yield* checkActors(config)),
    // Behind the virtual servers: what empties the whole table at the end does so after them.
    ...ipvsActors(config),
  ];
}
