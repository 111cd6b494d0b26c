/** What global_defs says of IPVS as a whole, as an actor. */
import type { IpvsInput, SyncPlan } from '../../machines/ipvs/ipvs.input.ts';
import type { IpvsTimeouts, SyncDaemon } from '../../protocol/ipvs/daemon.ts';
import type { Config, ConfigTree } from '../model.ts';
import type { LvsSyncDaemon } from '../registry/global/ipvs-kinds.ts';
import type { Configured } from '../reload.ts';

const SECOND_US = 1_000_000;

export interface IpvsActor extends Configured {
  readonly input: IpvsInput;
}

/** None without a virtual server, unless a VRRP instance decides about the synchronisation (keepalived). */
export function ipvsActors({ tree }: Config): readonly IpvsActor[] {
  const [globals] = tree.global_defs;
  const sync = syncPlan(tree);
  const hasServers = tree.virtual_server.length > 0;
  if (globals === undefined || (!hasServers && (sync === null || sync.instance === null))) return [];
  const input: IpvsInput = {
    flushesAtStart: globals.lvs_flush,
    flushesAtStop: globals.lvs_flush_on_stop === true,
    timeouts: hasServers ? timeouts(globals.lvs_timeouts) : null,
    sync,
  };
  return [{ id: 'ipvs/table', identity: 'ipvs', input }];
}

type LvsTimeoutsConfig = ConfigTree['global_defs'][number]['lvs_timeouts'];

function timeouts(given: LvsTimeoutsConfig): IpvsTimeouts | null {
  if (given === null) return null;
  const seconds = (us: number | null): number => Math.floor((us ?? 0) / SECOND_US);
  return {
    tcpSeconds: seconds(given.tcpUs),
    tcpFinSeconds: seconds(given.tcpfinUs),
    udpSeconds: seconds(given.udpUs),
  };
}

/** keepalived: an instance that is not there decides about nothing, and nothing is synchronised. */
function syncPlan(tree: ConfigTree): SyncPlan | null {
  const given = tree.global_defs[0]?.lvs_sync_daemon ?? null;
  if (given === null) return deprecatedSyncPlan(tree);
  if (given.instance === null) return { daemon: syncDaemon(given, 0), instance: null };
  const owner = tree.vrrp_instance.find(({ name }) => name === given.instance);
  if (owner === undefined) return null;
  return { daemon: syncDaemon(given, owner.virtual_router_id ?? 0), instance: given.instance };
}

/** lvs_sync_daemon_interface of an instance, the first of them. */
function deprecatedSyncPlan(tree: ConfigTree): SyncPlan | null {
  const owner = tree.vrrp_instance.find((instance) => instance.lvs_sync_daemon_interface !== null);
  if (owner === undefined) return null;
  const interfaceName = owner.lvs_sync_daemon_interface ?? '';
  const daemon = { interface: interfaceName, syncId: owner.virtual_router_id ?? 0 };
  return { daemon, instance: owner.name };
}

function syncDaemon(given: LvsSyncDaemon, defaultId: number): SyncDaemon {
  const { id, maxlen, port, ttl, group } = given;
  return {
    interface: given.interface,
    syncId: id ?? defaultId,
    ...(maxlen === null ? {} : { maxLength: maxlen }),
    ...(port === null ? {} : { port }),
    ...(ttl === null ? {} : { ttl }),
    ...(group === null ? {} : { group }),
  };
}
