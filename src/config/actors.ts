/** From configuration to actors: what each one is called and what it is given at start. */
import type { VrrpInput } from '../machines/vrrp/vrrp.context.ts';
import type { VirtualAddress } from '../machines/vrrp/vrrp.effects.ts';
import type { Config, VrrpInstanceConfig } from './model.ts';

/** An actor that the configuration asks for. */
export interface VrrpActor {
  /** `vrrp/VI_1` */
  readonly id: string;
  readonly input: VrrpInput;
}

/** In the order of the file, which is the order of everything that follows. */
export function vrrpActors(config: Config): readonly VrrpActor[] {
  return config.tree.vrrp_instance.flatMap((instance) => {
    const input = vrrpInput(instance);
    return input === null ? [] : [{ id: `vrrp/${instance.name}`, input }];
  });
}

/** null: it has been reported that the instance cannot run (no interface). */
function vrrpInput(instance: VrrpInstanceConfig): VrrpInput | null {
  const { interface: own, virtual_router_id: virtualRouterId } = instance;
  if (own === null || virtualRouterId === null) return null;
  return {
    name: instance.name,
    interface: own,
    virtualRouterId,
    version: instance.version === 3 ? 3 : 2,
    priority: instance.priority,
    startAsMaster: instance.state === 'MASTER',
    nopreempt: instance.nopreempt,
    advertIntervalUs: instance.advert_int,
    addresses: instance.virtual_ipaddress.map((entry) => virtualAddress(entry, own)),
    sourceAddress: instance.unicast_src_ip ?? instance.mcast_src_ip,
    unicastPeers: instance.unicast_peer.map(({ address }) => address),
    checksumWithoutPseudoHeader: instance.v3_checksum_as_v2,
    garpMasterRepeat: instance.garp_master_repeat,
    garpMasterDelayUs: instance.garp_master_delay,
    garpLowerPriorityRepeat: instance.garp_lower_prio_repeat,
    lowerPriorityNoAdvert: instance.lower_prio_no_advert,
  };
}

/** On its `dev`, else on the instance's interface. */
function virtualAddress(entry: VrrpInstanceConfig['virtual_ipaddress'][number], own: string): VirtualAddress {
  const { address, prefixLength, dev, no_track: untracked } = entry;
  return { address, prefixLength, interface: dev ?? own, ...(untracked ? { untracked } : {}) };
}
