/** All actors of a node in columns, and back: names that begin alike and states that are alike are said once. */
import type { ActorView, FleetTable } from './api.ts';

const NONE: readonly string[] = [];

export function packFleet(node: string, running: boolean, actors: readonly ActorView[]): FleetTable {
  const sorted = actors.toSorted((a, b) => (a.actor < b.actor ? -1 : a.actor > b.actor ? 1 : 0));
  const newestUs = sorted.reduce((newest, { wallUs }) => Math.max(newest, wallUs), 0);
  const places = new Map<string, number>();
  const standings: FleetTable['standings'][number][] = [];
  const [shared, rest, standing]: [number[], string[], number[]] = [[], [], []];
  const priorities: Record<number, number> = {};
  const relations: Record<number, readonly string[]> = {};
  const addresses: Record<number, readonly string[]> = {};
  let before = '';
  for (const [place, view] of sorted.entries()) {
    const { actor, machine, state } = view;
    let same = 0;
    while (same < actor.length && actor[same] === before[same]) same += 1;
    shared.push(same);
    rest.push(actor.slice(same));
    before = actor;
    const key = JSON.stringify([machine, state]);
    const known = places.get(key) ?? standings.push([machine, state]) - 1;
    places.set(key, known);
    standing.push(known);
    if (view.priority !== null) priorities[place] = view.priority;
    if (view.relations.length > 0) relations[place] = view.relations;
    if (view.addresses.length > 0) addresses[place] = view.addresses;
  }
  const [seq, olderUs] = [sorted.map((view) => view.seq), sorted.map(({ wallUs }) => newestUs - wallUs)];
  const columns = { shared, rest, standings, standing, seq, newestUs, olderUs };
  return { node, running, ...columns, priorities, relations, addresses };
}

export function unpackFleet(table: FleetTable): ActorView[] {
  const { node, running, rest, shared, standings, standing, seq, newestUs, olderUs } = table;
  let actor = '';
  return rest.map((end, place) => {
    actor = actor.slice(0, shared[place]) + end;
    const [machine, state] = standings[standing[place] ?? -1] ?? [null, null];
    return {
      ...{ node, actor, machine, state, running },
      seq: seq[place] ?? 0,
      wallUs: newestUs - (olderUs[place] ?? 0),
      priority: table.priorities[place] ?? null,
      relations: table.relations[place] ?? NONE,
      addresses: table.addresses[place] ?? NONE,
    };
  });
}
