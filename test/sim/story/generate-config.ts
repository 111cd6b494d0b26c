/** Configurations by chance, of which real clusters could be: what routers have to agree on they agree on. */
import type { SeededRandom } from '../seeded-random.ts';
import type { ConfigSpec, GroupSpec, InstanceSpec, Lan, ScriptSpec, TrackSpec } from './model.ts';

/** What all routers of a cluster have in common. */
interface Shared {
  readonly instances: readonly Omit<InstanceSpec, 'priority'>[];
  readonly groups: readonly GroupSpec[];
  readonly hasScripts: boolean;
  readonly hasFiles: boolean;
  readonly hasTracks: boolean;
  readonly numbers: readonly number[];
}

const INTERVALS_MS = [1000, 1000, 1000, 2000, 100, 250, 50] as const;
const PRIORITIES = [50, 80, 100, 100, 120, 150, 200, 254] as const;

export function pick<T>(random: SeededRandom, of: readonly T[]): T {
  const picked = of[random.integer(0, of.length - 1)];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
}

function sharedInstance(
  random: SeededRandom,
  at: number,
  intervalMs: number,
): Omit<InstanceSpec, 'priority'> {
  const family = random.chance(0.2) ? 'inet6' : 'inet';
  const version = family === 'inet6' || intervalMs % 1000 !== 0 || random.chance(0.6) ? 3 : 2;
  const lan: Lan = random.chance(0.25) ? 1 : 0;
  return {
    ...{ name: `VI_${at + 1}`, vrid: 51 + at, lan, version, family, intervalMs },
    addresses: random.integer(1, 3),
    ...(random.chance(0.1) ? { downTimerAdverts: random.integer(2, 5) } : {}),
  };
}

export function sharedBy(random: SeededRandom, routers: number): Shared {
  const count = pick(random, [1, 1, 1, 2, 2, 3, 4]);
  const intervalMs = pick(random, INTERVALS_MS);
  const numbers = Array.from({ length: routers }, (_, at) => at + 1);
  const unicast = random.chance(0.15);
  const instances = Array.from({ length: count }, (_, at) => {
    const own = random.chance(0.2) ? pick(random, INTERVALS_MS) : intervalMs;
    return { ...sharedInstance(random, at, own), ...(unicast ? { peers: numbers } : {}) };
  });
  const grouped = count > 1 && random.chance(0.5);
  const members = instances.slice(0, random.integer(2, count)).map(({ name }) => name);
  return {
    instances,
    groups: grouped ? [{ name: 'VG_1', members }] : [],
    hasScripts: random.chance(0.4),
    hasFiles: random.chance(0.2),
    hasTracks: random.chance(0.3),
    numbers,
  };
}

function scripts(random: SeededRandom): ScriptSpec[] {
  return Array.from({ length: random.integer(1, 2) }, (_, at) => ({
    ...{ name: `check_${at + 1}`, intervalS: pick(random, [1, 2, 5]), timeoutS: pick(random, [1, 3]) },
    ...{ rise: random.integer(1, 3), fall: random.integer(1, 3) },
    ...(random.chance(0.2) ? { initFail: true as const } : {}),
  }));
}

function weight(random: SeededRandom): number {
  return pick(random, [0, -60, -30, 20, 50]);
}

function tracksOf(random: SeededRandom, shared: Shared, names: readonly string[], lan: Lan): TrackSpec[] {
  const tracks: TrackSpec[] = [];
  for (const name of names)
    if (random.chance(0.6)) tracks.push({ kind: 'script', name, weight: weight(random) });
  if (shared.hasFiles && random.chance(0.7))
    tracks.push({ kind: 'file', name: 'health', weight: pick(random, [1, -1]) });
  // keepalived: no weight counts of an interface that the instance needs anyway.
  if (shared.hasTracks && random.chance(0.5))
    tracks.push({ kind: 'interface', name: `eth${lan === 0 ? 1 : 0}`, weight: weight(random) });
  return tracks;
}

/** One router's own: priorities, preemption, what it follows. */
export function configBy(random: SeededRandom, shared: Shared, owner: ReadonlySet<string>): ConfigSpec {
  const own = shared.hasScripts ? scripts(random) : [];
  const names = own.map(({ name }) => name);
  const priority = pick(random, PRIORITIES);
  const nopreempt = random.chance(0.25);
  const delayS = !nopreempt && random.chance(0.25) ? random.integer(1, 8) : 0;
  const startsAsMaster = !nopreempt && delayS === 0 && random.chance(0.2);
  const grouped = new Set(shared.groups.flatMap(({ members }) => members));
  const instances = shared.instances.map((instance): InstanceSpec => {
    const isGrouped = grouped.has(instance.name);
    const isOwner = !isGrouped && owner.has(instance.name);
    return {
      ...instance,
      // Members of a group with different priorities may never agree (keepalived).
      priority: isOwner ? 255 : isGrouped || random.chance(0.5) ? priority : pick(random, PRIORITIES),
      ...(startsAsMaster || isOwner ? { startsAsMaster: true as const } : {}),
      ...(nopreempt && !isOwner ? { nopreempt: true as const } : {}),
      ...(delayS > 0 && !isOwner ? { preemptDelayS: delayS } : {}),
      ...manners(random),
      ...(isGrouped || isOwner ? {} : { tracks: tracksOf(random, shared, names, instance.lan) }),
    };
  });
  const groups = shared.groups.map((group) => ({ ...group, tracks: groupTracks(random, shared, names) }));
  return {
    ...(random.chance(0.1) ? { startupDelayS: random.integer(1, 5) } : {}),
    ...{
      scripts: followed(own, instances, groups),
      files: shared.hasFiles ? ['health'] : [],
      groups,
      instances,
    },
  };
}

/** In a group only what has no weight counts the same for all. */
function groupTracks(random: SeededRandom, shared: Shared, names: readonly string[]): TrackSpec[] {
  if (!shared.hasScripts || random.chance(0.5)) return [];
  return names.slice(0, 1).map((name) => ({ kind: 'script', name, weight: 0 }));
}

function followed(
  own: readonly ScriptSpec[],
  instances: readonly InstanceSpec[],
  groups: readonly GroupSpec[],
) {
  const tracks = [...instances, ...groups].flatMap((each) => each.tracks ?? []);
  return own.filter(({ name }) => tracks.some((track) => track.kind === 'script' && track.name === name));
}

function manners(random: SeededRandom): Partial<InstanceSpec> {
  return {
    ...(random.chance(0.2) ? { garpDelayS: pick(random, [0, 1, 3]) } : {}),
    ...(random.chance(0.1) ? { garpRefreshS: pick(random, [5, 30]) } : {}),
    ...(random.chance(0.15) ? { lowerPriorityGarps: pick(random, [0, 1, 3]) } : {}),
    ...(random.chance(0.1) ? { lowerPriorityNoAdvert: true as const } : {}),
    ...(random.chance(0.1) ? { higherPrioritySendAdvert: true as const } : {}),
  };
}

/** At most one router owns the addresses of an instance. */
export function owners(random: SeededRandom, shared: Shared): readonly ReadonlySet<string>[] {
  const sets = shared.numbers.map(() => new Set<string>());
  for (const { name } of shared.instances) if (random.chance(0.1)) pick(random, sets).add(name);
  return sets;
}
