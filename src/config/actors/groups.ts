/** Sync groups: what each is called and which members it has. */
import type { SyncGroupInput } from '../../machines/sync-group/sync-group.input.ts';
import type { Config } from '../model.ts';
import type { Configured } from '../reload.ts';
import { groupActor, instanceActor } from './standing.ts';

export interface GroupActor extends Configured {
  readonly input: SyncGroupInput;
}

/** keepalived: a group is the same one in two configurations if it has the same name. */
export function groupActors({ tree }: Config): readonly GroupActor[] {
  return tree.vrrp_sync_group.map(({ name, group }) => {
    const actor = groupActor(name);
    const members = group.flat().map(instanceActor);
    return { id: actor, identity: actor, input: { name, actor, members } };
  });
}
