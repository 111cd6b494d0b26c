/** What becomes of a virtual server by a fact: its real servers, its quorum, and so what shall stand in the table. */
import {
  gainThreshold,
  isAssumedDown,
  lossThreshold,
  placeOf,
  type VirtualServerContext,
  weightAt,
  withInput,
  withWeight,
} from './virtual-server.context.ts';
import type { DestinationChange, TableWeight } from './virtual-server.effects.ts';
import type { VirtualServerEvent } from './virtual-server.events.ts';

/** The context after a fact, the same object if nothing changes. */
export function after(context: VirtualServerContext, event: VirtualServerEvent): VirtualServerContext {
  switch (event.type) {
    case 'virtual.started':
      return reviewed({ ...context, hasQuorum: false });
    case 'real.changed': {
      const place = placeOf(context.input, event.real);
      const weight = event.alive ? event.weight : null;
      if (place === null) return context;
      if (weightAt(context, place) === weight && !isAssumedDown(context, place)) return context;
      return reviewed(withWeight(context, place, weight));
    }
    case 'virtual.reconfigured':
      return reviewed(withInput(context, event.input));
    default:
      return context;
  }
}

function reviewed(context: VirtualServerContext): VirtualServerContext {
  const { hasQuorum, liveWeight } = context;
  if (hasQuorum === null) return context;
  // keepalived: also a quorum of 0, which is what servers that weigh nothing together leave of any other.
  const hasEnough = liveWeight > 0 && liveWeight >= (hasQuorum ? lossThreshold : gainThreshold)(context);
  return hasEnough === hasQuorum ? context : { ...context, hasQuorum: hasEnough };
}

/** While there is no quorum the sorry server serves, and nobody else. */
function sorryServes({ input, hasQuorum }: VirtualServerContext): boolean {
  return input.sorryServer !== null && hasQuorum === false;
}

/**
 * It serves only because not all have been heard of yet: a killed predecessor may have had the quorum, and connections to those that
 * are alive.
 */
function isUndecided(context: VirtualServerContext): boolean {
  return sorryServes(context) && context.input.realServers.some((_, place) => isAssumedDown(context, place));
}

/**
 * By the place of a destination, that of the sorry server last: its weight in the table, null if it does not stand there.
 * A real server that is the sorry server, too, has two places: the larger weight of the two is in force.
 */
function standing(context: VirtualServerContext, place: number, undecided: boolean): TableWeight {
  const { realServers, sorryServer } = context.input;
  const real = realServers[place];
  const sorry = sorryServes(context);
  if (real === undefined) return sorry ? SORRY_WEIGHT : sorryServer?.inhibit === true ? 0 : null;
  const isInhibited = real.inhibit === true;
  const weight = weightAt(context, place);
  if (weight !== null && !sorry) return weight;
  // A killed predecessor may have left it there with connections, and may have been right.
  if (isAssumedDown(context, place) || (weight !== null && undecided))
    return isInhibited ? 'asFoundOrIdle' : 'asFound';
  return isInhibited ? 0 : null;
}

/** keepalived gives a sorry server no other. */
const SORRY_WEIGHT = 1;

/** All that shall stand in the table: what `holdServices` asks for. */
export function wholeTable(context: VirtualServerContext) {
  const { service, realServers, sorryServer } = context.input;
  const destinations = [
    ...realServers.map(({ destination }) => destination),
    ...(sorryServer === null ? [] : [sorryServer.destination]),
  ];
  const undecided = isUndecided(context);
  const weights = destinations.map((_, place) => standing(context, place, undecided));
  return { service, destinations, weights };
}

/** Where a fact changes the weights in the table. */
export function changesBy(
  context: VirtualServerContext,
  event: VirtualServerEvent,
): readonly DestinationChange[] {
  const next = after(context, event);
  if (next === context || event.type !== 'real.changed') return [];
  const [then, now] = [isUndecided(next), isUndecided(context)];
  const all = sorryServes(next) !== sorryServes(context) || then !== now;
  const place = placeOf(context.input, event.real) ?? 0;
  const places = all ? allPlaces(context) : [place];
  return places.flatMap((one) => {
    const weight = standing(next, one, then);
    return weight === standing(context, one, now)
      ? []
      : [{ place: one, server: serverAt(context, one), weight }];
  });
}

function allPlaces({ input }: VirtualServerContext): readonly number[] {
  return Array.from({ length: input.realServers.length + 1 }, (_, place) => place);
}

function serverAt({ input }: VirtualServerContext, place: number): string {
  const plan = input.realServers[place]?.destination ?? input.sorryServer?.destination;
  return plan === undefined ? '' : `${plan.address} ${plan.port}`;
}
