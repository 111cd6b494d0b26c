/** From a reading of keepalived.conf to what the VRRP process is given. */
import { configuredActorsInSteps } from '../config/actors.ts';
import { firewallConfig } from '../config/firewall.ts';
import type { Config } from '../config/model.ts';
import { type NameAddresses, withAddresses } from '../config/names.ts';
import { type NoticeMachine, noticePlan } from '../config/notices.ts';
import type { Accounts } from '../config/program-identity.ts';
import type { Configured } from '../config/reload.ts';
import { allAtOnce, type Steps } from '../config/steps.ts';
import { fullHostName, groupsOf, ownUserName } from '../host/accounts.ts';
import { machineEnvironment } from '../host/environment.ts';
import type { IpvsInput } from '../machines/ipvs/ipvs.input.ts';
import type { RealServerInput } from '../machines/real-server/real-server.input.ts';
import type { TrackerInput } from '../machines/tracker/tracker.input.ts';
import type { VirtualServerInput } from '../machines/virtual-server/virtual-server.input.ts';
import { advertSecrets } from './advert-secrets.ts';
import { checkPlan } from './checkers.ts';
import type { KeptReading } from './handover.ts';
import { journalled } from './journalled.ts';
import type { DaemonOptions } from './options.ts';
import { ipvsNamespace } from './places.ts';
import { checkInterfaces } from './preflight.ts';
import { trackerPlan } from './trackers.ts';
import type { VrrpConfiguration } from './vrrp-process.ts';

/**
 * In steps. `addresses`: those that names of real servers have now.
 * @throws StartError if it cannot run on this machine as it is now
 */
export function* vrrpConfiguration(
  without: Without,
  config: Config,
  reading: KeptReading,
  addresses: NameAddresses = new Map(),
): Steps<VrrpConfiguration> {
  checkInterfaces(config);
  const full = withAddresses(config, addresses);
  return {
    actors: yield* runningActors(without, full),
    secrets: advertSecrets(config),
    heartbeat: config.tree.global_defs[0]?.vrrp_heartbeat ?? 'native',
    logStrangers: config.tree.global_defs.some(({ log_unknown_vrids: wanted }) => wanted),
    notices: noticePlan(full, noticeMachine()),
    trackers: trackerPlan(full, accounts()),
    checks: checkPlan(config),
    journalled: journalled(reading),
    firewall: firewallConfig(config.tree),
    ipvsNamespace: ipvsNamespace(config.tree.net_namespace_ipvs),
  };
}

/** keepalived's word whenever its checkers begin, also where nothing follows a BFD session. */
export function checkerStartLines({ withoutCheckers }: Without, { tree }: Config): readonly string[] {
  return withoutCheckers || tree.virtual_server.length === 0 ? [] : ['Activating BFD healthchecker'];
}

type Without = Pick<DaemonOptions, 'withoutVrrp' | 'withoutBfd' | 'withoutCheckers' | 'dontReleaseIpvs'>;

/** What is left of an actor; none if it does not run. */
export function partsOf(actor: Configured, without: Without): readonly Configured[] {
  const parts = runningParts(actor, without);
  return without.dontReleaseIpvs ? parts.map(staying) : parts;
}

function runningParts(actor: Configured, without: Without): readonly Configured[] {
  if (!actor.id.startsWith('ipvs/')) return runs(actor, without) ? [actor] : [];
  const input = actor.input as IpvsInput;
  // keepalived: an instance that decides about the synchronisation has it in its own process, and nobody else has.
  const isOfInstance = (input.sync?.instance ?? null) !== null;
  const { withoutVrrp, withoutCheckers } = without;
  if (withoutCheckers && (withoutVrrp || !isOfInstance)) return [];
  if (withoutCheckers)
    return [{ ...actor, input: { ...input, flushesAtStart: false, flushesAtStop: false, timeouts: null } }];
  return [withoutVrrp && isOfInstance ? { ...actor, input: { ...input, sync: null } } : actor];
}

/** Every actor of this process, in steps. `full`: with the addresses that names of real servers have. */
function* runningActors(without: Without, full: Config): Steps<readonly Configured[]> {
  return (yield* configuredActorsInSteps(full)).flatMap((actor) => partsOf(actor, without));
}

/** --dont-release-ipvs: at the end nothing goes out of the table, and nothing is told of that (keepalived). */
function staying(actor: Configured): Configured {
  const changes = STAYING[actor.id.slice(0, actor.id.indexOf('/'))];
  return changes === undefined ? actor : { ...actor, input: { ...actor.input, ...changes } };
}

const STAYING: Readonly<Record<string, object>> = {
  ipvs: { flushesAtStop: false } satisfies Partial<IpvsInput>,
  real: { notifiesStop: false } satisfies Partial<RealServerInput>,
  virtual: { notifiesStop: false, leavesTableAtStop: true } satisfies Partial<VirtualServerInput>,
};

/** The same with the addresses that names of real servers have now; without names there is nothing new. */
export function latestActors(
  without: Without,
  config: Config,
  known: readonly Configured[],
  addresses: NameAddresses,
): readonly Configured[] {
  const full = withAddresses(config, addresses);
  return full === config ? known : allAtOnce(runningActors(without, full));
}

/** Each option leaves out what keepalived has a process for. */
function runs({ id, input }: Configured, { withoutVrrp, withoutBfd, withoutCheckers }: Without): boolean {
  if (id.startsWith('bfd/')) return !withoutBfd;
  if (id.startsWith('tracker/')) {
    const { followers } = input as TrackerInput;
    return (
      followers.some(({ actor }) => (CHECKED.test(actor) ? !withoutCheckers : !withoutVrrp)) || !withoutVrrp
    );
  }
  return CHECKED.test(id) ? !withoutCheckers : !withoutVrrp;
}

const CHECKED = /^(checker|real|virtual)\//;

function noticeMachine(): NoticeMachine {
  return { ...accounts(), hostName: fullHostName, userName: ownUserName };
}

/** Users and groups of this machine. */
export function accounts(): Accounts {
  const { user, group } = machineEnvironment({ configId: null });
  return { user, group, groupsOf };
}
