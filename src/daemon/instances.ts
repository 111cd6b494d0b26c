/** Instances and sync groups as parts of the VRRP process: what follows from their coming, changing and going. */
import type { GroupActor } from '../config/actors/groups.ts';
import type { VrrpActor } from '../config/actors.ts';
import type { Configured } from '../config/reload.ts';
import type { ActorId } from '../engine/types.ts';
import type { LinkState } from '../io/links.ts';
import { syncGroupDefinition, vrrpDefinition } from '../machines/registry.ts';
import { adoptDevices } from '../machines/vrrp/vrrp.adoption.ts';
import type { VrrpInput } from '../machines/vrrp/vrrp.input.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { ActorKind } from './actor-set.ts';
import type { KernelWatch } from './kernel-watch.ts';

/** `remembering`: what keeps something of an instance while it is configured. */
export function vrrpKind(
  watch: Pick<KernelWatch, 'follow'>,
  remembering: readonly { forget(id: ActorId): void }[],
): ActorKind<VrrpActor> {
  return {
    definition: vrrpDefinition,
    follow: (actors) => watch.follow(actors),
    forget: (id) => {
      for (const each of remembering) each.forget(id);
    },
    reconfigured: ({ input }) => ({ type: 'instance.reconfigured', input }),
    removed: () => ({ type: 'instance.removed' }),
    isSettled: ({ state }) => settled(state as JsonObject),
  };
}

/** Its members tell it everything it needs. */
export const groupKind: ActorKind<GroupActor> = {
  definition: syncGroupDefinition,
  follow: () => {},
  forget: () => {},
  reconfigured: ({ input }) => ({ type: 'group.reconfigured', input }),
  returned: ({ input }, ids) => {
    const members = input.members.filter((id) => ids.has(id));
    return members.length === 0 ? null : { type: 'members.returned', members };
  },
  removed: () => ({ type: 'group.removed' }),
  isSettled: ({ state }) => state === 'ended',
};

/** Nothing of the instance is left on the machine. */
function settled(state: JsonObject): boolean {
  const hasDevice = state.device !== 'none' && state.device !== 'planned' && state.device !== 'absent';
  return !hasDevice && (state.addresses === 'absent' || state.addresses === 'unknown');
}

/** With the names that the devices of instances have, or can have, among the interfaces that are there. */
export function onThisMachine(
  actors: readonly Configured[],
  links: readonly LinkState[],
): readonly Configured[] {
  const inputOf = (actor: Configured): VrrpInput | null =>
    actor.id.startsWith('vrrp/') ? (actor as VrrpActor).input : null;
  const taken = new Set(actors.flatMap((actor) => inputOf(actor)?.devices.map(({ name }) => name) ?? []));
  return actors.map((actor) => {
    const input = inputOf(actor);
    return input === null ? actor : { ...actor, input: adoptDevices(input, links, taken) };
  });
}
