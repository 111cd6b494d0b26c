/**
 * A story by chance. Each seed takes some kinds of faults and leaves the others out (swarm testing): a story with everything in
 * it keeps most of it from ever going far.
 */

import { settlingUs } from '../checks/bounds.ts';
import { SeededRandom } from '../seeded-random.ts';
import { configBy, owners, pick, sharedBy } from './generate-config.ts';
import {
  SERVICE_KINDS,
  type SharedServices,
  serviceActBy,
  sharedServicesBy,
  withServices,
} from './generate-services.ts';
import { type Act, type ConfigSpec, type Lan, type RouterSpec, STORY_FORMAT, type Story } from './model.ts';
import type { ServiceAct } from './service-model.ts';

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;
/** Of so many seeds one has no engine that repeats adverts. Long stories always have. */
const CORE_SEEDS = 4;
/** So that virtual servers have draws of their own. */
const SERVICES_SEED = 0x5e71ce5;

export interface GenerateOptions {
  /** Length of the story; null: as long as its acts want to be apart. */
  readonly minutes?: number | null;
  /** Packets are lost all the time, with this probability on each way. */
  readonly loss?: number;
}

interface Scene {
  readonly random: SeededRandom;
  readonly routers: readonly RouterSpec[];
  /** A time of the order of an advert's interval, and one after which peace returns. */
  readonly intervalUs: number;
  readonly peaceUs: number;
  /** Another configuration of this router. */
  readonly otherConfig: (at: number) => ConfigSpec;
}

type Kind = Exclude<Act['type'], ServiceAct['type']>;
type Draw = (scene: Scene, atUs: number) => Act | null;

const anyRouter = ({ random, routers }: Scene): RouterSpec => pick(random, routers);
/** Half of the time the one that most is to be expected of. */
function someRouter(scene: Scene): RouterSpec {
  const { random, routers } = scene;
  const rank = ({ config }: RouterSpec): number => config.instances[0]?.priority ?? 0;
  const best = routers.reduce((a, b) => (rank(b) >= rank(a) ? b : a));
  return random.chance(0.5) ? best : pick(random, routers);
}
const anyLan = ({ random }: Scene): Lan => (random.chance(0.3) ? 1 : 0);
const anySeed = ({ random }: Scene): number => random.integer(1, 1_000_000);

/** Shorter than what a backup waits, about as long, or so long that all has settled. */
function lasting({ random, intervalUs, peaceUs }: Scene): number {
  const draw = random.next();
  if (draw < 0.3) return random.integer(1, 2 * intervalUs);
  if (draw < 0.7) return random.integer(intervalUs, 6 * intervalUs);
  return peaceUs + random.integer(0, 10 * intervalUs);
}

function comeback(scene: Scene): number | null {
  return scene.random.chance(0.15) ? null : lasting(scene);
}

/** A router that ends, and mostly comes back. */
function ends(type: 'crash' | 'powerOff' | 'stop', who: (scene: Scene) => RouterSpec): Draw {
  return (scene, atUs) => ({ atUs, type, router: who(scene).name, backAfterUs: comeback(scene) });
}

/** Something is wrong with the link of a router. */
function onLink(type: 'linkDown' | 'addressLost'): Draw {
  return (scene, atUs) => {
    const router = anyRouter(scene).name;
    return { atUs, type, router, lan: anyLan(scene), durationUs: lasting(scene) };
  };
}

/** Something befalls a part of the packets; `byUs` is for those that come late. */
function onPackets(
  type: 'loss' | 'duplication' | 'delay',
  how: (scene: Scene) => { readonly rate: number; readonly byUs?: number },
): Draw {
  return (scene, atUs) => {
    const own = how(scene);
    const lan = anyLan(scene);
    return { atUs, type, lan, ...own, seed: anySeed(scene), durationUs: lasting(scene) } as Act;
  };
}

const DRAWS: Readonly<Record<Kind, Draw>> = {
  crash: ends('crash', anyRouter),
  powerOff: ends('powerOff', someRouter),
  stop: ends('stop', someRouter),
  stall: (scene, atUs) => ({
    ...{ atUs, type: 'stall', router: someRouter(scene).name, durationUs: lasting(scene) },
  }),
  linkDown: onLink('linkDown'),
  addressLost: onLink('addressLost'),
  part: (scene, atUs) => {
    const { random, routers } = scene;
    const side = routers.filter(() => random.chance(0.5)).map(({ name }) => name);
    if (side.length === 0 || side.length === routers.length) return null;
    const lan = random.chance(0.6) ? null : anyLan(scene);
    return { atUs, type: 'part', lan, side, durationUs: lasting(scene) };
  },
  oneWay: (scene, atUs) => {
    const [from, to] = [anyRouter(scene).name, anyRouter(scene).name];
    return from === to
      ? null
      : { atUs, type: 'oneWay', lan: anyLan(scene), from, to, durationUs: lasting(scene) };
  },
  loss: onPackets('loss', ({ random }) => ({ rate: pick(random, [0.01, 0.1, 0.3, 0.6]) })),
  duplication: onPackets('duplication', ({ random }) => ({ rate: pick(random, [0.01, 0.2, 1]) })),
  delay: onPackets('delay', ({ random, intervalUs }) => ({
    byUs: pick(random, [1_000, Math.floor(intervalUs / 2), 2 * intervalUs]),
    rate: pick(random, [0.02, 0.3, 1]),
  })),
  wallStep: (scene, atUs) => {
    const byUs = scene.random.integer(-3_600, 3_600) * SECOND_US;
    return { atUs, type: 'wallStep', router: anyRouter(scene).name, byUs };
  },
  drift: (scene, atUs) => ({
    ...{ atUs, type: 'drift', router: anyRouter(scene).name, ppm: scene.random.integer(-200, 200) },
    durationUs: lasting(scene),
  }),
  netlink: (scene, atUs) => {
    const { random, intervalUs } = scene;
    const refuses = pick(random, [[], ['add'], ['remove'], ['add', 'remove']] as const);
    const lateUs = refuses.length === 0 ? random.integer(1, intervalUs) : 0;
    return {
      atUs,
      type: 'netlink',
      router: anyRouter(scene).name,
      refuses,
      lateUs,
      durationUs: lasting(scene),
    };
  },
  script: (scene, atUs) => {
    const router = anyRouter(scene);
    if (router.config.scripts.length === 0) return null;
    const { name } = pick(scene.random, router.config.scripts);
    const isHung = scene.random.chance(0.4);
    const truth = isHung
      ? { code: 0, takesUs: pick(scene.random, [800_000, 3_600_000_000]) }
      : { code: 1, takesUs: 5_000 };
    return { atUs, type: 'script', router: router.name, name, ...truth, durationUs: lasting(scene) };
  },
  file: (scene, atUs) => {
    const router = anyRouter(scene);
    if (router.config.files.length === 0) return null;
    return { atUs, type: 'file', router: router.name, name: 'health', value: scene.random.integer(-60, 60) };
  },
  addressDeleted: (scene, atUs) => {
    const router = anyRouter(scene);
    return {
      atUs,
      type: 'addressDeleted',
      router: router.name,
      instance: pick(scene.random, router.config.instances).name,
    };
  },
  reload: (scene, atUs) => {
    const at = scene.random.integer(0, scene.routers.length - 1);
    const router = scene.routers[at];
    return router === undefined
      ? null
      : { atUs, type: 'reload', router: router.name, config: scene.otherConfig(at) };
  },
  disk: (scene, atUs) => ({ atUs, type: 'disk', router: anyRouter(scene).name, durationUs: lasting(scene) }),
};

const KINDS = Object.keys(DRAWS) as readonly Kind[];

export function generateStory(seed: number, { minutes = null, loss = 0 }: GenerateOptions = {}): Story {
  const random = new SeededRandom(seed);
  const count = pick(random, [2, 2, 3, 3, 4, 5]);
  const shared = sharedBy(random, count);
  const owning = owners(random, shared);
  const ofServices = new SeededRandom(seed ^ SERVICES_SEED);
  const services = ofServices.chance(0.3) ? sharedServicesBy(ofServices, shared.instances) : null;
  const otherConfig = (at: number): ConfigSpec => {
    const config = configBy(random, shared, owning[at] ?? new Set());
    return services === null ? config : withServices(ofServices, services, config);
  };
  const routers = shared.numbers.map((number, at) => ({
    name: `r${number}`,
    number,
    config: otherConfig(at),
  }));
  const intervalUs = Math.max(...shared.instances.map(({ intervalMs }) => intervalMs)) * 1000;
  const bare: Story = {
    ...{ format: STORY_FORMAT, about: `seed ${seed}`, seed },
    ...(minutes === null && seed % CORE_SEEDS === 0 ? { heartbeats: 'core' as const } : {}),
    ...{ latencyUs: random.integer(30, 900), kernelUs: pick(random, [150, 3_000, 40_000]) },
    ...{ routers, acts: [], endUs: 0 },
  };
  // What befalls may make it longer; a few stories less in peace are no loss.
  const scene: Scene = { random, routers, intervalUs, peaceUs: settlingUs(bare), otherConfig };
  const kinds = KINDS.filter(() => random.chance(0.4));
  const vrrp = acts(scene, kinds.length === 0 ? [pick(random, KINDS)] : kinds, minutes);
  const drawn =
    services === null
      ? vrrp
      : [...vrrp, ...serviceActs({ ...scene, random: ofServices }, services, vrrp.at(-1)?.atUs ?? 0)];
  drawn.sort((a, b) => a.atUs - b.atUs);
  const endUs = Math.max(drawn.at(-1)?.atUs ?? 0, (minutes ?? 0) * MINUTE_US);
  const losses: Act[] = loss === 0 ? [] : ([0, 1] as const).map((lan) => alwaysLossy(lan, loss, seed, endUs));
  return { ...bare, acts: [...losses, ...drawn], endUs };
}

/** Over the time that the others take, or longer. */
function serviceActs(scene: Scene, shared: SharedServices, lastUs: number): Act[] {
  const { random, routers, peaceUs } = scene;
  const kinds = SERVICE_KINDS.filter(() => random.chance(0.5));
  const count = random.integer(3, 10);
  const stepUs = Math.max(Math.floor(lastUs / count), peaceUs);
  const drawn: Act[] = [];
  for (let atUs = peaceUs; drawn.length < count; ) {
    const router = pick(random, routers);
    if (random.chance(0.1)) drawn.push({ atUs, type: 'reload', router: router.name, config: router.config });
    else {
      const kind = pick(random, kinds.length === 0 ? SERVICE_KINDS : kinds);
      drawn.push(serviceActBy({ random, shared, routers, lasting: () => lastingService(scene) }, kind, atUs));
    }
    atUs += random.chance(0.4) ? random.integer(0, 3 * SECOND_US) : stepUs + random.integer(0, SECOND_US);
  }
  return drawn;
}

/** Shorter than a check needs to notice, about as long, or for good. */
function lastingService({ random, peaceUs }: Scene): number {
  const draw = random.next();
  if (draw < 0.6) return random.integer(1, (draw < 0.3 ? 2 : 12) * SECOND_US);
  return peaceUs + random.integer(0, 5 * SECOND_US);
}

function alwaysLossy(lan: Lan, rate: number, seed: number, durationUs: number): Act {
  return { atUs: 0, type: 'loss', lan, rate, seed: seed + lan, durationUs };
}

/** In bursts, with peace in between often enough for everything to be looked at. */
function acts(scene: Scene, kinds: readonly Kind[], minutes: number | null): Act[] {
  const { random, intervalUs, peaceUs } = scene;
  const count = random.integer(4, 16);
  const drawn: Act[] = [];
  let atUs = random.chance(0.3) ? random.integer(0, 2 * intervalUs) : peaceUs + random.integer(0, intervalUs);
  const spareUs = minutes === null ? 0 : Math.max(0, (minutes * MINUTE_US) / count - peaceUs);
  for (let left = count; left > 0; left--) {
    const act = DRAWS[pick(random, kinds)](scene, Math.floor(atUs));
    if (act !== null) drawn.push(act);
    const isBurst = random.chance(0.5);
    atUs += isBurst ? random.integer(0, 2 * intervalUs) : peaceUs + random.integer(0, 4 * intervalUs);
    atUs += spareUs;
  }
  return drawn;
}
