/** What the keeper of IPVS may ask for. A refusal comes back as ipvs.refused. */
import type { IpvsTimeouts, SyncDaemon, SyncRole } from '../../protocol/ipvs/daemon.ts';
import { type EffectOf, effect } from '../declare.ts';

/** It was refused before: what is told of it is what is otherwise than told last, ipvs.refused or ipvs.accepted. */
type Again = { readonly again?: true };

export const ipvsEffects = {
  /** All services of the kernel's table go, whosesoever they are. */
  flushTable: effect<Record<never, never>>(),
  /** What is 0 stays as it is. Comes back: timeouts.set. */
  setTimeouts: effect<IpvsTimeouts & Again>(),
  startSync: effect<{ readonly role: SyncRole; readonly daemon: SyncDaemon } & Again>(),
  /** `quietly`: that none runs is no error. */
  stopSync: effect<{ readonly role: SyncRole; readonly quietly: boolean }>(),
};

export type IpvsEffect = EffectOf<typeof ipvsEffects>;
