/** Since when each reason for FAULT of an instance holds: read off the rows, which have the facts that opened them. */
import type { ActorId, JournalRow } from '../engine/types.ts';

export interface OpenFault {
  readonly reason: string;
  /** When the fact came that opened it, in microseconds: CLOCK_MONOTONIC, and Unix time. */
  readonly atUs: number;
  readonly atWallUs: number;
}

export class FaultTimes {
  readonly #open = new Map<ActorId, readonly OpenFault[]>();

  /** A reason that holds goes on holding, whatever else comes or goes. */
  see({ actor, delta, monoUs, wallUs }: Pick<JournalRow, 'actor' | 'delta' | 'monoUs' | 'wallUs'>): void {
    if (!actor.startsWith('vrrp/') || !Array.isArray(delta.faultReasons)) return;
    const known = this.of(actor);
    const open = delta.faultReasons.map(String).map((reason) => {
      return known.find((fault) => fault.reason === reason) ?? { reason, atUs: monoUs, atWallUs: wallUs };
    });
    if (open.length === 0) this.#open.delete(actor);
    else this.#open.set(actor, open);
  }

  /** Oldest first. */
  of(actor: ActorId): readonly OpenFault[] {
    return this.#open.get(actor) ?? [];
  }

  forget(actor: ActorId): void {
    this.#open.delete(actor);
  }
}
