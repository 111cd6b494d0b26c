/** One place for the defaults of a test instance. Used by tests only. */
import type { WireDetails } from './input/wire.ts';
import type { VrrpInput } from './vrrp.input.ts';

export function vrrpInput(changes: Partial<VrrpInput> = {}): VrrpInput {
  return {
    name: 'VI_1',
    interface: 'eth0',
    virtualRouterId: 51,
    version: 3,
    family: 'inet',
    priority: 100,
    startAsMaster: false,
    nopreempt: false,
    preemptDelayUs: 0,
    downTimerAdverts: 3,
    higherPrioritySendAdvert: false,
    ownerIgnoreAdverts: false,
    expiredTimerPriority: null,
    startupDelayUs: 0,
    delayAfterBootUs: 0,
    actor: 'vrrp/VI_1',
    trackers: [],
    group: null,
    faultsAtStart: [],
    notifyPriorityChanges: false,
    notifyDeleted: false,
    advertIntervalUs: 1_000_000,
    addresses: [{ address: '10.0.0.100', prefixLength: 24, interface: 'eth0' }],
    excludedAddresses: [],
    routes: [],
    rules: [],
    promotesSecondaries: false,
    groupInterfaces: [],
    tracksPrimary: true,
    tracksSource: false,
    sourceAddress: null,
    unicastPeers: [],
    checksumWithoutPseudoHeader: false,
    wire: wireDetails(),
    devices: [],
    advertInterface: 'eth0',
    blocked: null,
    garpMasterRepeat: 5,
    garpMasterDelayUs: 5_000_000,
    garpRefreshUs: 0,
    garpRefreshRepeat: 1,
    garpLowerPriorityRepeat: 5,
    garpLowerPriorityDelayUs: 5_000_000,
    garpExtra: null,
    garpPaces: [],
    lowerPriorityNoAdvert: false,
    ...changes,
  };
}

export function wireDetails(changes: Partial<WireDetails> = {}): WireDetails {
  return {
    multicastGroup: '224.0.0.18',
    unicastTtl: 255,
    checkUnicastSource: false,
    peerTtls: [],
    oldUnicastChecksum: 'auto',
    compareAddressesOnce: false,
    vrf: null,
    authentication: { kind: 'none' },
    ...changes,
  };
}
