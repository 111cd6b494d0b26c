/** Virtual servers by chance, and what befalls them; draws of their own, so that the rest of a story stays what it is. */
import type { SeededRandom } from '../seeded-random.ts';
import { pick } from './generate-config.ts';
import type { ConfigSpec, InstanceSpec, RouterSpec } from './model.ts';
import type {
  CheckKind,
  Meddling,
  OrderWord,
  ServerSpec,
  ServerTruth,
  ServiceAct,
  ServiceSpec,
} from './service-model.ts';

const CHECKS: readonly (readonly CheckKind[])[] = [
  ['tcp'],
  ['tcp'],
  ['pages'],
  ['program'],
  ['tcp', 'program'],
];
const MEDDLINGS: readonly Meddling[] = ['deleteService', 'deleteServer', 'reweigh', 'flush', 'addStranger'];
const MOST_SERVERS = 4;

type Plain = Pick<ServiceSpec, 'number' | 'method' | 'delayLoopS' | 'timeoutS' | 'standsWith'>;

/** What all routers have in common. */
export interface SharedServices {
  readonly services: readonly Plain[];
  /** Numbers of the servers that there are. */
  readonly servers: readonly number[];
  readonly sharesProbes: boolean;
}

export function sharedServicesBy(
  random: SeededRandom,
  instances: readonly Pick<InstanceSpec, 'name' | 'family'>[],
): SharedServices {
  const candidates = instances.filter(({ family }) => family === 'inet');
  const services = Array.from({ length: random.integer(1, 3) }, (_, at): Plain => {
    const stands = candidates.length > 0 && random.chance(0.2) ? pick(random, candidates).name : null;
    return {
      ...{ number: at + 1, method: random.chance(0.5) ? 'NAT' : 'DR' },
      ...{ delayLoopS: pick(random, [1, 2, 6]), timeoutS: pick(random, [1, 3]) },
      // Two services cannot have the same address.
      ...(stands === null || at > 0 ? {} : { standsWith: stands }),
    };
  });
  const servers = Array.from({ length: random.integer(1, MOST_SERVERS) }, (_, at) => at + 11);
  return { services, servers, sharesProbes: random.chance(0.3) };
}

function serverBy(random: SeededRandom, number: number): ServerSpec {
  return {
    ...{ number, weight: pick(random, [1, 1, 5, 100, 0]), checks: pick(random, CHECKS) },
    ...(random.chance(0.3) ? { inhibit: true as const } : {}),
  };
}

function serviceBy(random: SeededRandom, shared: SharedServices, plain: Plain): ServiceSpec {
  const some = shared.servers.filter(() => random.chance(0.8));
  const drawn = (some.length === 0 ? shared.servers : some).map((number) => serverBy(random, number));
  // More than all weigh together is no quorum (keepalived), so together they weigh something.
  const servers = drawn.map((server, at) => (at === 0 ? { ...server, weight: server.weight || 1 } : server));
  const hasSorry = random.chance(0.4);
  const most = servers.reduce((sum, { weight }) => sum + weight, 0);
  const quorum = Math.min(most, random.chance(0.4) ? random.integer(1, 6) : 1);
  return {
    ...plain,
    ...{ retry: pick(random, [1, 1, 3]), delayBeforeRetryS: pick(random, [1, 2]) },
    ...(random.chance(0.3) ? { alpha: true as const } : {}),
    ...{ quorum, hysteresis: random.chance(0.3) ? random.integer(0, quorum - 1) : 0 },
    ...(hasSorry ? { sorry: { number: 99, ...(random.chance(0.3) ? { inhibit: true as const } : {}) } } : {}),
    servers,
  };
}

/** A configuration with virtual servers of one router's own. */
export function withServices(random: SeededRandom, shared: SharedServices, config: ConfigSpec): ConfigSpec {
  const services = shared.services
    .filter(() => random.chance(0.9))
    .map((plain) => serviceBy(random, shared, plain));
  return { ...config, services, ...(shared.sharesProbes ? { sharesProbes: true as const } : {}) };
}

export interface ServiceScene {
  readonly random: SeededRandom;
  readonly shared: SharedServices;
  readonly routers: readonly RouterSpec[];
  readonly lasting: () => number;
}

type Kind = ServiceAct['type'];
export const SERVICE_KINDS: readonly Kind[] = [
  'server',
  'server',
  'server',
  'tableChanged',
  'tableRefuses',
  'order',
];

function truthBy(random: SeededRandom): ServerTruth {
  const answers = pick(random, ['refuses', 'refuses', 'hangs', 'badPage', 'well'] as const);
  if (answers !== 'well') return { answers, takesUs: answers === 'hangs' ? 3_600_000_000 : 1_000 };
  return random.chance(0.5)
    ? { answers, takesUs: pick(random, [400_000, 1_500_000, 5_000_000]) }
    : { answers, takesUs: 2_000, weight: random.integer(0, 200) };
}

function orderBy(random: SeededRandom): OrderWord {
  const word = pick(random, ['ready', 'ready', 'drain', 'maint', 'weight'] as const);
  return word === 'weight' ? { weight: pick(random, [null, 0, 3, 50]) } : word;
}

export function serviceActBy(scene: ServiceScene, kind: Kind, atUs: number): ServiceAct & { atUs: number } {
  const { random, shared, routers, lasting } = scene;
  const router = pick(random, routers).name;
  const service = pick(random, shared.services).number;
  const server = pick(random, shared.servers);
  switch (kind) {
    case 'server':
      return { atUs, type: kind, server, truth: truthBy(random), durationUs: lasting() };
    case 'tableChanged':
      return { atUs, type: kind, router, does: pick(random, MEDDLINGS), service, server };
    case 'tableRefuses':
      return { atUs, type: kind, router, durationUs: lasting() };
    case 'order':
      return { atUs, type: kind, router, service, server, word: orderBy(random) };
  }
}
