/** What must hold, at every moment or once the network has been quiet for long enough. */
import { isDeepStrictEqual } from 'node:util';
import { evaluate, startActor } from '../../src/engine/evaluate.ts';
import type { JournalRow } from '../../src/engine/types.ts';
import { machineByName } from '../../src/machines/registry.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { Cluster, SimulatedRouter } from './cluster.ts';

/** A router that runs, has its link and so takes part. */
function takesPart(router: SimulatedRouter): boolean {
  return router.alive && router.linkUp && !router.paused;
}

/** Violations of what holds at every moment. */
export function momentary(cluster: Cluster): string[] {
  return cluster.routers.flatMap((router) => {
    if (router.stoppedHolding) return [`${router.name} was stopped and left its address`];
    if (!router.alive || router.paused) return [];
    const found: string[] = [];
    if (router.role !== 'master' && router.addressState === 'held') {
      found.push(`${router.name} is ${router.role} and its chart says that it holds the address`);
    }
    if (router.addressState === 'absent' && router.held.length > 0) {
      found.push(`${router.name} holds ${router.held.join()} though its chart says absent`);
    }
    return found;
  });
}

/** Violations of what holds when nothing has happened for a Master_Down_Interval and more. */
export function settled(cluster: Cluster): string[] {
  return cluster.groups.flatMap((names) => {
    const members = names.map((name) => cluster.router(name)).filter(takesPart);
    if (members.length === 0) return [];
    const best = members.reduce((a, b) => (b.input.priority > a.input.priority ? b : a));
    const found: string[] = [];
    for (const router of members) {
      const expected = router === best ? 'master' : 'backup';
      if (router.role !== expected) found.push(`${router.name} is ${router.role}, expected ${expected}`);
      if (router.held.length > 0 !== (router === best)) {
        found.push(`${router.name} holds [${router.held.join()}] as ${router.role}`);
      }
    }
    return found;
  });
}

/** Re-runs a life's rows through the machines and compares state, effects and context changes of each. */
export function replayDifferences(rows: readonly JournalRow[]): string[] {
  const found: string[] = [];
  const actors = new Map<string, ReturnType<typeof startActor>>();
  for (const row of rows) {
    const definition = row.machine === null ? null : machineByName(row.machine);
    if (definition === null) continue;
    const before = actors.get(row.actor);
    const again =
      before === undefined
        ? startActor(definition, row.event.input as JsonObject)
        : evaluate(definition, before.snapshot, row.event);
    actors.set(row.actor, again);
    const same =
      isDeepStrictEqual(again.state, row.state) &&
      isDeepStrictEqual(again.effects, row.effects) &&
      isDeepStrictEqual(again.delta, row.delta);
    if (!same) found.push(`row ${row.seq} (${row.event.type}) replays differently`);
  }
  return found;
}
