/**
 * The smallest story that still goes wrong in the same way: fewer acts (delta debugging), fewer routers, fewer instances, plainer
 * configurations, shorter faults. Every candidate is played; its number is bounded.
 */
import { type Act, type ConfigSpec, configsOf, type InstanceSpec, type Story } from './model.ts';
import type { ServiceSpec } from './service-model.ts';

export interface Shrinking {
  /** Whether a story goes wrong in the same way. One that cannot be played does not. */
  readonly fails: (story: Story) => Promise<boolean>;
  /** Stories that may be played. */
  readonly budget?: number;
}

class Shrinker {
  #best: Story;
  #left: number;
  readonly #fails: Shrinking['fails'];

  constructor(story: Story, { fails, budget = 600 }: Shrinking) {
    this.#best = story;
    this.#fails = fails;
    this.#left = budget;
  }

  async run(): Promise<Story> {
    for (let before = ''; before !== JSON.stringify(this.#best) && this.#left > 0; ) {
      before = JSON.stringify(this.#best);
      await this.#fewerActs();
      await this.#each(
        this.#best.routers.map(({ name }) => name),
        withoutRouter,
      );
      await this.#each(namesOf(this.#best), withoutInstance);
      await this.#each(servicesOf(this.#best), withoutService);
      await this.#each(serversOf(this.#best), withoutServer);
      for (const plainer of PLAINER) await this.#try(everyConfig(this.#best, plainer));
      await this.#each([...this.#best.acts.keys()], shorter);
      await this.#each([...this.#best.acts.keys()], sooner);
    }
    return this.#best;
  }

  async #try(story: Story): Promise<boolean> {
    if (this.#left <= 0 || JSON.stringify(story) === JSON.stringify(this.#best)) return false;
    this.#left -= 1;
    const fails = await this.#fails(story).catch(() => false);
    if (fails) this.#best = story;
    return fails;
  }

  async #each<T>(things: readonly T[], change: (story: Story, thing: T) => Story): Promise<void> {
    for (const thing of [...things].reverse()) await this.#try(change(this.#best, thing));
  }

  /** Leaves out pieces of the acts, from halves to single ones. */
  async #fewerActs(): Promise<void> {
    for (let size = Math.ceil(this.#best.acts.length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let from = this.#best.acts.length - size; from > -size; from -= size) {
        const { acts } = this.#best;
        const rest = acts.filter((_, at) => at < from || at >= from + size);
        if (rest.length < acts.length) await this.#try(withActs(this.#best, rest));
      }
    }
  }
}

export function shrink(story: Story, shrinking: Shrinking): Promise<Story> {
  return new Shrinker(story, shrinking).run();
}

function withActs(story: Story, acts: readonly Act[]): Story {
  return { ...story, acts, endUs: Math.min(story.endUs, acts.at(-1)?.atUs ?? 0) };
}

function everyConfig(story: Story, change: (config: ConfigSpec) => ConfigSpec): Story {
  return {
    ...story,
    routers: story.routers.map((router) => ({ ...router, config: change(router.config) })),
    acts: story.acts.map((act) => (act.type === 'reload' ? { ...act, config: change(act.config) } : act)),
  };
}

function withoutRouter(story: Story, name: string): Story {
  const concerns = (act: Act): boolean =>
    ('router' in act && act.router === name) ||
    (act.type === 'oneWay' && (act.from === name || act.to === name));
  const acts = story.acts
    .filter((act) => !concerns(act))
    .map((act) => (act.type === 'part' ? { ...act, side: act.side.filter((each) => each !== name) } : act));
  return withActs({ ...story, routers: story.routers.filter((router) => router.name !== name) }, acts);
}

function namesOf({ routers }: Story): readonly string[] {
  return [...new Set(routers.flatMap(({ config }) => config.instances.map(({ name }) => name)))];
}

function withoutInstance(story: Story, name: string): Story {
  const acts = story.acts.filter((act) => !(act.type === 'addressDeleted' && act.instance === name));
  return everyConfig(withActs(story, acts), (config) => ({
    ...config,
    instances: config.instances.filter((instance) => instance.name !== name),
    groups: config.groups
      .map((group) => ({ ...group, members: group.members.filter((member) => member !== name) }))
      .filter(({ members }) => members.length > 0),
  }));
}

function everyService(
  story: Story,
  change: (services: readonly ServiceSpec[]) => readonly ServiceSpec[],
): Story {
  return everyConfig(story, (config) =>
    config.services === undefined ? config : { ...config, services: change(config.services) },
  );
}

function servicesOf(story: Story): readonly number[] {
  return [
    ...new Set(configsOf(story).flatMap(({ services }) => (services ?? []).map(({ number }) => number))),
  ];
}

function serversOf(story: Story): readonly number[] {
  const services = configsOf(story).flatMap((config) => config.services ?? []);
  return [...new Set(services.flatMap(({ servers }) => servers.map(({ number }) => number)))];
}

function withoutService(story: Story, number: number): Story {
  const acts = story.acts.filter((act) => !('service' in act && act.service === number));
  return everyService(withActs(story, acts), (services) => services.filter((one) => one.number !== number));
}

function withoutServer(story: Story, number: number): Story {
  const acts = story.acts.filter((act) => !('server' in act && act.server === number));
  return everyService(withActs(story, acts), (services) =>
    services
      .map((one) => ({ ...one, servers: one.servers.filter((server) => server.number !== number) }))
      .filter(({ servers }) => servers.length > 0),
  );
}

/** Without one keyword in all configurations. */
function without(...keys: (keyof InstanceSpec)[]): (config: ConfigSpec) => ConfigSpec {
  return (config) => ({
    ...config,
    instances: config.instances.map(
      (instance) =>
        Object.fromEntries(
          Object.entries(instance).filter(([key]) => !keys.includes(key as keyof InstanceSpec)),
        ) as unknown as InstanceSpec,
    ),
  });
}

const withoutScripts = (config: ConfigSpec): ConfigSpec => ({
  ...without('tracks')(config),
  groups: config.groups.map(({ name, members }) => ({ name, members })),
  ...{ scripts: [], files: [] },
});

const PLAINER: readonly ((config: ConfigSpec) => ConfigSpec)[] = [
  (config) => ({ ...config, groups: [] }),
  withoutScripts,
  ({ startupDelayS: _, ...config }) => config,
  without('garpDelayS'),
  without('garpRefreshS'),
  without('lowerPriorityGarps'),
  without('lowerPriorityNoAdvert'),
  without('higherPrioritySendAdvert'),
  without('downTimerAdverts'),
  without('preemptDelayS'),
  without('nopreempt'),
  without('startsAsMaster'),
  without('peers'),
  (config) => ({ ...config, instances: config.instances.map((instance) => ({ ...instance, addresses: 1 })) }),
];

function changeAct(story: Story, at: number, change: (act: Act) => Act): Story {
  return { ...story, acts: story.acts.map((act, index) => (index === at ? change(act) : act)) };
}

function shorter(story: Story, at: number): Story {
  return changeAct(story, at, (act) => {
    if ('durationUs' in act) return { ...act, durationUs: Math.floor(act.durationUs / 2) };
    return 'backAfterUs' in act && act.backAfterUs !== null
      ? { ...act, backAfterUs: Math.floor(act.backAfterUs / 2) }
      : act;
  });
}

/** Half of the time before an act is left out, for it and all that come after it. */
function sooner(story: Story, at: number): Story {
  const beforeUs = story.acts[at - 1]?.atUs ?? 0;
  const byUs = Math.floor(((story.acts[at]?.atUs ?? 0) - beforeUs) / 2);
  const acts = story.acts.map((act, index) => (index < at ? act : { ...act, atUs: act.atUs - byUs }));
  return { ...story, acts, endUs: Math.max(0, story.endUs - byUs) };
}
