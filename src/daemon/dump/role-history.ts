/** How often each instance became master and ceased to be it, and when its role last changed: read off the rows. */
import type { HeartbeatCounters } from '../../engine/heartbeat.ts';
import type { ActorId, JournalRow } from '../../engine/types.ts';
import { protocolRole } from '../vrrp-log-lines.ts';

export interface RoleHistory {
  readonly role: string;
  readonly becameMaster: number;
  readonly releasedMaster: number;
  /** Unix time; 0 before the first change. */
  readonly lastTransitionUs: number;
  /** The counters of its adverts when the statistics were last cleared; null: never. */
  readonly clearedAt: HeartbeatCounters | null;
}

const UNKNOWN: RoleHistory = {
  role: '',
  becameMaster: 0,
  releasedMaster: 0,
  lastTransitionUs: 0,
  clearedAt: null,
};

export class RoleHistories {
  readonly #known = new Map<ActorId, RoleHistory>();

  follow({ actor, kind, state, wallUs }: JournalRow): void {
    if (!actor.startsWith('vrrp/') || kind === 'note') return;
    const before = this.of(actor);
    const role = kind === 'crash' ? 'fault' : protocolRole(state);
    if (role === before.role) return;
    this.#known.set(actor, {
      role,
      becameMaster: before.becameMaster + (role === 'master' ? 1 : 0),
      releasedMaster: before.releasedMaster + (before.role === 'master' ? 1 : 0),
      lastTransitionUs: wallUs,
      clearedAt: before.clearedAt,
    });
  }

  of(actor: ActorId): RoleHistory {
    return this.#known.get(actor) ?? UNKNOWN;
  }

  /** Counts from 0 again. */
  clear(actor: ActorId, counters: HeartbeatCounters | null): void {
    this.#known.set(actor, { ...this.of(actor), becameMaster: 0, releasedMaster: 0, clearedAt: counters });
  }

  forget(actor: ActorId): void {
    this.#known.delete(actor);
  }
}
