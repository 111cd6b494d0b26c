/** What is changed about a history before it is lived again. */
import type { ActorEvent, ActorId } from '../../engine/types.ts';
import { type MachineDefinition, machineByName } from '../../machines/registry.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { Heard } from './happenings.ts';

/** Adverts that are lost, or late by `byUs`, between two times (null: whenever); `from` null: whoever sends them. */
export interface Interference {
  readonly from: string | null;
  readonly fromUs: number | null;
  readonly toUs: number | null;
  /** Null: lost. */
  readonly byUs: number | null;
}

/** An advert that nobody sent; with an interval and an end it is repeated. */
export interface AddedAdvert {
  readonly advert: Pick<Heard, 'source' | 'priority'>;
  readonly fromUs: number;
  readonly toUs: number;
  /** Null: the instance that hears it; of several all. */
  readonly instance: string | null;
}

export interface Terms {
  /** What an actor of a router is configured to do, instead of what it was. */
  readonly input: (router: string, actor: ActorId, recorded: JsonObject) => JsonObject;
  /** Interval that routers have of which there is no journal; null: the recorded one. */
  readonly peerIntervalUs: (router: string, actor: ActorId) => number | null;
  readonly interferences: readonly Interference[];
  readonly added: readonly AddedAdvert[];
  /** Facts that do not reach anybody. */
  readonly isLeftOut: (router: string, seq: number, event: ActorEvent) => boolean;
  /** The machine that evaluates what one of this name evaluated; null: there is none. */
  readonly machine: (name: string) => MachineDefinition | null;
}

export const UNCHANGED: Terms = {
  input: (_router, _actor, recorded) => recorded,
  peerIntervalUs: () => null,
  interferences: [],
  added: [],
  isLeftOut: () => false,
  machine: machineByName,
};

/** When an advert that would come at a time arrives; null: never. */
export function passage({ interferences }: Terms, source: string, atUs: number): number | null {
  let arrivesUs = atUs;
  for (const { from, fromUs, toUs, byUs } of interferences) {
    if (from !== null && from !== source) continue;
    if ((fromUs !== null && atUs < fromUs) || (toUs !== null && atUs >= toUs)) continue;
    if (byUs === null) return null;
    arrivesUs += byUs;
  }
  return arrivesUs;
}
