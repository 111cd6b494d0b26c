/** Plays a story with everybody looking on who may object. */
import { createHash } from 'node:crypto';
import { settlingUs } from './checks/bounds.ts';
import { checkHistory } from './checks/history.ts';
import { Momentary } from './checks/momentary.ts';
import { Resumption } from './checks/resumption.ts';
import { Settled } from './checks/settled.ts';
import { Tables } from './checks/tables.ts';
import { TakeOvers } from './checks/take-overs.ts';
import { type Violation, Violations } from './checks/violations.ts';
import type { Story } from './story/model.ts';
import type { Sabotage } from './world/life.ts';
import { type Repeating, World } from './world/world.ts';

export interface Outcome {
  readonly violations: readonly Violation[];
  readonly rows: number;
  /** Adverts that reached a router, and those that were drawn to get lost on the way to one. */
  readonly adverts: number;
  readonly lost: number;
  /** Times of all routers together. */
  readonly routerUs: number;
  /** How often the cluster was looked at in peace. */
  readonly looks: number;
  /** Of all journals; null: nobody asked. */
  readonly digest: string | null;
}

export interface PlayOptions {
  readonly sabotage?: Sabotage;
  readonly digest?: boolean;
  /** Otherwise as the story says. */
  readonly repeating?: Repeating;
  /** Go on after the first violation. */
  readonly toTheEnd?: boolean;
  /** The world, before it begins. */
  readonly prepare?: (world: World) => void;
}

export async function play(story: Story, options: PlayOptions = {}): Promise<Outcome> {
  const world = new World(
    story,
    options.sabotage ?? {},
    options.repeating ?? story.heartbeats ?? 'stretches',
  );
  const violations = new Violations(() => world.time.monotonicUs());
  const peaceUs = settlingUs(story);
  const tables = new Tables(world, violations, peaceUs);
  const settled = new Settled(world, violations, peaceUs, () => tables.look());
  world.spectators.push(
    new Momentary(world, violations),
    new TakeOvers(world, violations),
    new Resumption(world, violations),
    tables,
    settled,
  );
  options.prepare?.(world);
  await world.play(peaceUs + 1_000_000, () => options.toTheEnd === true || violations.list.length === 0);
  if (violations.list.length === 0)
    for (const host of world.hosts) for (const life of host.lives) checkHistory(host, life, violations);
  const digests = options.digest === true ? world.lives.map((life) => life.digest()).join() : null;
  return {
    violations: violations.list,
    rows: world.lives.reduce((sum, { rows }) => sum + rows.length, 0),
    adverts: world.network.counters.delivered,
    lost: world.network.counters.lost,
    routerUs: world.time.monotonicUs() * world.hosts.length,
    looks: settled.looks,
    digest: digests === null ? null : createHash('sha256').update(digests).digest('hex'),
  };
}
