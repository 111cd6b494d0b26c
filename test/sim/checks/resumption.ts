/** A process that is back before anybody can have missed it goes on as master, with its addresses where they were (warm resume). */
import type { InstanceSpec } from '../story/model.ts';
import type { Host } from '../world/host.ts';
import { formerSelf } from '../world/left-behind.ts';
import type { Life } from '../world/life.ts';
import type { Spectator, World } from '../world/world.ts';
import { downUs, intervalUs } from './bounds.ts';
import { actorOf, groupOf, sharedFaultOf, tracksOf } from './truth.ts';
import { viewOf } from './views.ts';
import type { Violations } from './violations.ts';

/** Of what others wait for: the first advert needs time, and so may the one who is late. */
const SURE = 0.9;

export class Resumption implements Spectator {
  readonly #world: World;
  readonly #violations: Violations;
  readonly #seen = new Set<Life>();

  constructor(world: World, violations: Violations) {
    this.#world = world;
    this.#violations = violations;
  }

  row(): void {}
  sent(): void {}
  heard(): void {}
  befell(): void {}

  stepped(): void {
    for (const host of this.#world.hosts) {
      const { life } = host;
      if (life === null || life.former === null || this.#seen.has(life)) continue;
      this.#seen.add(life);
      for (const instance of life.config.instances) this.#look(host, life, instance);
    }
  }

  #look(host: Host, life: Life, instance: InstanceSpec): void {
    const actor = actorOf(instance);
    const view = life.engine.view(actor);
    const former = formerSelf(
      life.former,
      actor,
      (view?.context.input as object | undefined) ?? {},
      life.beganUs,
    );
    if (view === null || former === null || former.role !== 'master' || former.digest !== former.ownDigest)
      return;
    // Nobody on the LAN counts fewer adverts, or shorter ones.
    const leaseUs = SURE * Math.min(downUs(instance, 255, intervalUs(instance)), 3 * intervalUs(instance));
    const mustWait =
      tracksOf(life.config, instance).length > 0 || groupOf(life.config, instance.name) !== null;
    if (former.advertAgeUs > leaseUs || mustWait || sharedFaultOf(host, life.config, instance) !== null)
      return;
    const who = `${host.name} ${actor}`;
    const role = viewOf(life, actor)?.role;
    if (role !== 'master')
      this.#violations.add('goes on', who, `was master ${former.advertAgeUs} us ago, and is ${role}`);
  }
}
