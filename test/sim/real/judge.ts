/** What holds in peace, judged by what can be seen of real routers: the same promises that simulated ones are held to. */
import { type Facts, groupOf, priorityOf, sharedFaultOf } from '../checks/truth.ts';
import type { InstanceSpec, Lan } from '../story/model.ts';
import { virtualAddresses } from '../story/text-blocks.ts';
import type { RealLan } from './real-lan.ts';
import type { RealRouter } from './real-router.ts';
import type { Watch } from './watch.ts';

const LANS: readonly Lan[] = [0, 1];
/** A master that has said nothing for so many intervals is none. */
const SILENT_INTERVALS = 3;

interface Member {
  readonly router: RealRouter;
  readonly instance: InstanceSpec;
}

export function judge(
  { lan, routers }: { readonly lan: RealLan; readonly routers: readonly RealRouter[] },
  watch: Watch,
): readonly string[] {
  if (lan.isUnsure) return [];
  return LANS.flatMap((at) =>
    partsOf(lan, at, routers).flatMap((part) => {
      const virtualRouters = new Map<string, Member[]>();
      for (const router of part.filter(({ isActive }) => isActive))
        for (const instance of router.config.instances.filter((each) => each.lan === at)) {
          const key = `${instance.family} ${instance.vrid}`;
          virtualRouters.set(key, [...(virtualRouters.get(key) ?? []), { router, instance }]);
        }
      return [...virtualRouters.values()]
        .filter(isOfOneMind)
        .flatMap((members) => judgeMembers(at, members, watch, routers));
    }),
  );
}

function partsOf(lan: RealLan, at: Lan, routers: readonly RealRouter[]): RealRouter[][] {
  const parts: RealRouter[][] = [];
  for (const router of routers) {
    const hears = ([first]: RealRouter[]): boolean =>
      first?.kernel.linkUp(at) === true &&
      router.kernel.linkUp(at) &&
      lan.reaches(at, first.spec.name, router.spec.name);
    const near = parts.find(hears);
    if (near === undefined) parts.push([router]);
    else near.push(router);
  }
  return parts;
}

function isOfOneMind(members: readonly Member[]): boolean {
  const terms = members.map(({ instance }) =>
    JSON.stringify([instance.version, instance.intervalMs, instance.addresses, instance.peers !== undefined]),
  );
  return new Set(terms).size === 1;
}

function judgeMembers(
  at: Lan,
  members: readonly Member[],
  watch: Watch,
  routers: readonly RealRouter[],
): string[] {
  const [first] = members;
  if (first === undefined) return [];
  const who = `${first.instance.name} on eth${at}`;
  const [held, masters] = [holders(at, members, watch), mastersOf(at, members, watch)];
  const found: string[] = [];
  if (held.length > 1) found.push(`one holder: ${who} is held by ${names(held)}`);
  if (masters.length > 1) found.push(`one master: of ${who} ${names(masters)} are masters`);
  const able = members.filter(
    ({ router, instance }) => sharedFaultOf(factsOf(router), router.config, instance) === null,
  );
  // Groups whose members are not all in the same position may keep each other from it.
  const isGrouped = members.some(({ router, instance }) => groupOf(router.config, instance.name) !== null);
  if (able.length === 0 || (isGrouped && routers.some((router) => !isWhole(router)))) return found;
  const [master] = masters;
  if (master === undefined) return [...found, `a master: nobody is master of ${who}; ${names(able)} can be`];
  if (!held.includes(master))
    found.push(`a holder: ${names([master])} is master of ${who} and holds nothing`);
  const own = priorityOf(factsOf(master.router), master.router.config, master.instance);
  const better = able.find(
    ({ router, instance }) =>
      instance.nopreempt !== true &&
      priorityOf(factsOf(router), router.config, instance) > own &&
      own !== 255,
  );
  if (better !== undefined)
    found.push(`the best is master: of ${who} it is ${names([master])} (${own}) and not ${names([better])}`);
  return found;
}

function factsOf({ kernel, truths, number }: RealRouter): Facts {
  return { kernel, truths, number };
}

const isWhole = ({ kernel }: RealRouter): boolean => LANS.every((lan) => kernel.linkUp(lan));

function holders(at: Lan, members: readonly Member[], watch: Watch): readonly Member[] {
  return members.filter(({ router, instance }) =>
    virtualAddresses(instance).some(({ address }) => watch.holds(router.spec.name, at, address)),
  );
}

function mastersOf(at: Lan, members: readonly Member[], watch: Watch): readonly Member[] {
  return members.filter(
    ({ router, instance: { family, vrid, intervalMs } }) =>
      watch.announcedAgoMs(router.spec.name, at, family, vrid) < SILENT_INTERVALS * intervalMs,
  );
}

function names(members: readonly Member[]): string {
  return members.map(({ router }) => router.spec.name).join(' and ');
}
