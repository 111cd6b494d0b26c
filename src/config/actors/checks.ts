/** Health checks as actors: a virtual server, its real servers, and what checks each of them. */
import type { CheckerInput } from '../../machines/checker/checker.input.ts';
import type { RealServerInput } from '../../machines/real-server/real-server.input.ts';
import type { Follower } from '../../machines/tracker/tracker.input.ts';
import type {
  RealServerPlan,
  SorryServerPlan,
  VirtualServerInput,
} from '../../machines/virtual-server/virtual-server.input.ts';
import type { Config, ConfigTree } from '../model.ts';
import type { Endpoint } from '../registry/lvs/service.ts';
import type { Configured } from '../reload.ts';
import type { Steps } from '../steps.ts';
import type { PlannedCheck, RealServerConfig, VirtualServerConfig } from './checkers/planned.ts';
import { plannedChecks } from './checkers/plans.ts';
import { destination, realDestination, servicePlan } from './services.ts';

export interface CheckerActor extends Configured {
  readonly input: CheckerInput;
  readonly follows: PlannedCheck['follows'];
  /** Longest of the delays from which chance draws that of the first probe. */
  readonly warmupUs: number;
}

export interface RealServerActor extends Configured {
  readonly input: RealServerInput;
}

export interface VirtualServerActor extends Configured {
  readonly input: VirtualServerInput;
}

/** A block with the names that its actor has. */
export interface NamedRealServer {
  readonly block: RealServerConfig;
  /** `real/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80` */
  readonly id: string;
  /** `[10.0.0.2]:tcp:80` */
  readonly name: string;
}

export interface NamedVirtualServer {
  readonly block: VirtualServerConfig;
  /** `virtual/[10.0.0.1]:tcp:80` */
  readonly id: string;
  /** `[10.0.0.1]:tcp:80`, `FWM 5`, `[group]:0` */
  readonly name: string;
  readonly reals: readonly NamedRealServer[];
}

/** In the order of the file. A service that is there twice, which IPVS refuses, has a number behind its second id. */
export function namedVirtualServers({ virtual_server: servers }: ConfigTree): readonly NamedVirtualServer[] {
  const members = new Map<string, number>();
  const virtualIds = distinct();
  return servers.map((block) => {
    const name = serviceName(block, members);
    const own = virtualIds(name);
    const realIds = distinct();
    const reals = block.real_server.map((real) => {
      const realName = endpointName(real.name, block);
      return { block: real, id: `real/${own}/${realIds(realName)}`, name: realName };
    });
    return { block, id: `virtual/${own}`, name, reals };
  });
}

/** keepalived's names. A group has none but its own, and counts the virtual servers that share it. */
function serviceName(server: VirtualServerConfig, members: Map<string, number>): string {
  const { name } = server;
  if (name.by === 'address') return endpointName(name, server);
  if (name.by === 'fwmark') return `FWM ${name.fwmark}`;
  const number = members.get(name.group) ?? 0;
  members.set(name.group, number + 1);
  return `[${name.group}]:${number}`;
}

function endpointName({ address, port }: Endpoint, { protocol }: VirtualServerConfig): string {
  return `[${address}]:${protocol?.toLowerCase() ?? 'none'}:${port}`;
}

/** The same text a second time becomes another one: `TEXT.2`. */
function distinct(): (text: string) => string {
  const counts = new Map<string, number>();
  return (text) => {
    const count = (counts.get(text) ?? 0) + 1;
    counts.set(text, count);
    return count === 1 ? text : `${text}.${count}`;
  };
}

/** A real server in each step. Each virtual server behind its real servers, and each of those behind its checkers: so they are told that all ends. */
export function* checkActors({ tree }: Pick<Config, 'tree'>): Steps<readonly Configured[]> {
  const actors: Configured[] = [];
  for (const server of namedVirtualServers(tree)) {
    const plans: RealServerPlan[] = [];
    for (const real of server.reals) {
      const checkers = checkersOf(tree, server, real);
      const actor = realServerActor(tree, server, real, checkers);
      plans.push(realServerPlan(actor, real.block));
      actors.push(...checkers, actor);
      yield;
    }
    actors.push(virtualServerActor(tree, server, plans));
  }
  return actors;
}

/** Whether any of its checks follows a tracker. */
function follows(block: RealServerConfig): boolean {
  return block.FILE_CHECK.length + block.BFD_CHECK.length > 0;
}

/** By tracker: the checks that follow it. */
export function checkFollowers(tree: ConfigTree): ReadonlyMap<string, readonly Follower[]> {
  const followers = new Map<string, Follower[]>();
  const checkers = namedVirtualServers(tree).flatMap((server) =>
    server.reals.filter(({ block }) => follows(block)).flatMap((real) => checkersOf(tree, server, real)),
  );
  for (const { id, input, follows } of checkers) {
    const { probe } = input;
    if (follows === null || !('tracker' in probe)) continue;
    const follower: Follower = { actor: id, ...follows, isServer: true };
    const known = followers.get(probe.tracker);
    if (known === undefined) followers.set(probe.tracker, [follower]);
    else known.push(follower);
  }
  return followers;
}

function virtualServerActor(
  tree: ConfigTree,
  { block, id, name }: NamedVirtualServer,
  realServers: readonly RealServerPlan[],
): VirtualServerActor {
  const { sorry_server: sorry } = block;
  const input: VirtualServerInput = {
    name,
    service: servicePlan(tree, block),
    realServers,
    quorum: block.quorum,
    hysteresis: block.hysteresis,
    sorryServer: sorry === null ? null : sorryServerPlan(sorry, block),
    notifiesStop: block.omega,
    ...(block.smtp_alert ? { mails: true as const } : {}),
    ...(block.ha_suspend ? { suspends: true } : {}),
    ...(tree.global_defs[0]?.lvs_flush_on_stop === true ? { leavesTableAtStop: true } : {}),
  };
  return { id, identity: id, input };
}

function realServerPlan({ id, input }: RealServerActor, block: RealServerConfig): RealServerPlan {
  return {
    actor: id,
    destination: realDestination(block),
    startWeight: input.checkers.some(({ alpha }) => alpha) ? null : input.weight,
    ...(input.inhibit ? { inhibit: true } : {}),
  };
}

function sorryServerPlan(sorry: Endpoint, block: VirtualServerConfig): SorryServerPlan {
  return {
    name: endpointName(sorry, block),
    destination: destination(sorry, block.sorry_server_lvs_method),
    ...(block.sorry_server_inhibit ? { inhibit: true } : {}),
  };
}

function realServerActor(
  tree: ConfigTree,
  server: NamedVirtualServer,
  { block, id, name }: NamedRealServer,
  checkers: readonly CheckerActor[],
): RealServerActor {
  const [globals] = tree.global_defs;
  const input: RealServerInput = {
    actor: id,
    name,
    virtualServer: server.id,
    virtualServerName: server.name,
    checkers: checkers.map((checker) => ({ actor: checker.id, alpha: checker.input.alpha })),
    weight: block.weight,
    inhibit: block.inhibit_on_failure,
    mails: block.smtp_alert ? (globals?.no_checker_emails === true ? 'itself' : 'checks') : 'nothing',
    notifiesStart: globals?.rs_init_notifies ?? false,
    // keepalived: what is flushed as a whole is not taken down one by one.
    notifiesStop: server.block.omega && globals?.lvs_flush_on_stop === false,
  };
  return { id, identity: id, input };
}

/** All that a probe does; but a program that is given another time is the same check (keepalived). */
function identityOf(probe: CheckerInput['probe']): object {
  return probe.kind === 'misc' ? { ...probe, timeoutUs: null } : probe;
}

/** In the order of the file, and numbered so. */
function checkersOf(
  tree: ConfigTree,
  { block: server }: NamedVirtualServer,
  real: NamedRealServer,
): readonly CheckerActor[] {
  return plannedChecks({ tree, server, real: real.block }).map(({ probe, timing, follows }, index) => {
    const id = `${real.id.replace(/^real/, 'checker')}/${index + 1}`;
    const input: CheckerInput = {
      actor: id,
      name: real.name,
      realServer: real.id,
      probe,
      delayLoopUs: timing.delay_loop,
      delayBeforeRetryUs: timing.delay_before_retry,
      ...(timing.delay_loop_failing === null ? {} : { delayFailingUs: timing.delay_loop_failing }),
      ...(timing.delay_loop_down === null ? {} : { delayDownUs: timing.delay_loop_down }),
      retry: timing.retry,
      alpha: timing.alpha,
      logAllFailures: timing.log_all_failures,
    };
    // Each kind of probe has its keys in one order.
    return {
      id,
      identity: JSON.stringify([real.id, identityOf(probe)]),
      input,
      follows,
      warmupUs: timing.warmup,
    };
  });
}
