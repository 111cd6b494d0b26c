/** Facts that reach a sync group. */
import type { MemberSignal } from '../signals.ts';
import type { SyncGroupInput } from './sync-group.input.ts';

export type GroupState = 'master' | 'backup' | 'fault';

export type SyncGroupEvent =
  | MemberSignal
  /** From the group to itself, behind what it told its members: they have done it by now. */
  | { readonly type: 'group.settled'; readonly state: GroupState }
  | { readonly type: 'group.reconfigured'; readonly input: SyncGroupInput }
  /** After a reload: these begin anew under their former names. Before they say anything. */
  | { readonly type: 'members.returned'; readonly members: readonly string[] }
  /** A reload: the configuration does not have it any more. */
  | { readonly type: 'group.removed' }
  /** The program ends. */
  | { readonly type: 'shutdown.requested'; readonly reason: string };

export type SyncGroupInternalEvent = { readonly type: 'standings.reviewed' };
