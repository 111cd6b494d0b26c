/** What a VRRP instance may ask for. Parameters are plain JSON; times are integers in microseconds. */
import type { IpFamily } from '../../protocol/ip.ts';
import { type EffectOf, effect } from '../declare.ts';
import type { KernelObjects, VirtualAddress } from '../kernel-objects.ts';
import type { Notice } from '../signals.ts';
import type { DeviceSpec } from './input/device.ts';
import type { WireDetails } from './input/wire.ts';

export type { VirtualAddress } from '../kernel-objects.ts';

/** What an advert of ours says. Everything else of the packet is fixed for an instance. */
export type AdvertContent = { readonly priority: number };

/** The adverts that count as "the same master again": they only move the deadline. */
export type AwaitedAdvert = {
  readonly source: string;
  readonly priority: number;
  readonly advertIntervalUs: number;
  readonly addresses: readonly string[];
};

/** How an instance is on the wire; fixed while its configuration holds. */
export type WireIdentity = {
  readonly version: 2 | 3;
  readonly virtualRouterId: number;
  readonly family: IpFamily;
  /** '': unicast adverts go where the routing table says. */
  readonly interface: string;
  /** Empty: multicast. */
  readonly unicastPeers: readonly string[];
  /** Addresses that the adverts list, in configuration order. */
  readonly addresses: readonly string[];
  readonly advertIntervalUs: number;
  /** keepalived's v3_checksum_as_v2: leave the pseudo-header out of the IPv4 version 3 checksum (RFC 9568). */
  readonly checksumWithoutPseudoHeader: boolean;
  readonly wire: WireDetails;
  /** An advert that is so late does not leave: the machine hears of the stall, and gives way (timer_expired_backup). */
  readonly expiredLatenessUs?: number;
};

/**
 * no_accept: what is sent to the addresses, or from them, is dropped, but for what finds out where they are. `name`: the
 * links of link-local ones are known by name, because they may come and go while the instance lives (dont_track_primary).
 */
export type AddressBlock = 'index' | 'name';

/** Frames on this interface keep a distance in time (keepalived's garp_interval, gna_interval and garp_group). */
export type GarpPace = {
  readonly interface: string;
  /** Interfaces with the same limiter share one limit. */
  readonly limiter: string;
  /** Least time between two gratuitous ARPs; 0: none. */
  readonly arpIntervalUs: number;
  /** Least time between two unsolicited neighbour advertisements; 0: none. */
  readonly advertisementIntervalUs: number;
};

/** `repeat` rounds over the addresses: gratuitous ARP requests for IPv4, unsolicited advertisements for IPv6. */
export type GarpBurst = {
  readonly addresses: readonly VirtualAddress[];
  readonly repeat: number;
  readonly paces?: readonly GarpPace[];
};

/** A burst that goes out first after `firstUs` and then every `everyUs`. */
export type GarpRefresh = GarpBurst & { readonly firstUs: number; readonly everyUs: number };

export const vrrpEffects = {
  /** Opens the instance's ear and mouth on the wire. First effect of every instance. */
  openHeartbeat: effect<{ identity: WireIdentity }>(),
  /** Where adverts come from: the interface's address, or unicast_src_ip. */
  setSourceAddress: effect<{ address: string }>(),
  /** Send this advert now and then every advertisement interval, until stopAnnouncing. */
  announce: effect<AdvertContent>(),
  /** The adverts that are announced say this from the next one on; none is sent now. */
  reviseAnnouncement: effect<AdvertContent>(),
  stopAnnouncing: effect<Record<string, never>>(),
  /** Send one advert now, outside the schedule (priority 0; answer to a lower priority). */
  sendAdvert: effect<AdvertContent>(),
  /**
   * Post `master.silent` when `allowedUs` pass without an awaited advert. Replaces the former watch. `thenAnnounce`: what is
   * announced then, so that its first advert need not wait for the statechart.
   */
  watchMaster: effect<{
    awaited: AwaitedAdvert | null;
    allowedUs: number;
    expectedIntervalUs: number;
    thenAnnounce?: AdvertContent;
  }>(),
  /**
   * Goes on with the present watch: what is awaited changes, and the time that is left grows or shrinks by as much as
   * `allowedUs` differs from what it was. Nothing if no watch is running.
   */
  adjustWatch: effect<{ awaited: AwaitedAdvert | null; allowedUs: number; thenAnnounce?: AdvertContent }>(),
  stopWatching: effect<Record<string, never>>(),
  /**
   * Whatever the instance holds while it is master. Several requests to the kernel, one outcome. `blocked`: nobody may talk
   * to the addresses, see AddressBlock.
   */
  addVips: effect<KernelObjects & { readonly blocked?: AddressBlock }>(),
  removeVips: effect<KernelObjects>(),
  sendGratuitousArps: effect<GarpBurst>(),
  /** Keeps sending these bursts until stopRefreshingGarps; `garps.failed` tells the first failure after a success. */
  refreshGarps: effect<{ refreshes: readonly GarpRefresh[] }>(),
  stopRefreshingGarps: effect<Record<string, never>>(),
  /** Makes the devices that are missing and corrects those that are there. Before anything is done on them. */
  createDevices: effect<{ devices: readonly DeviceSpec[] }>(),
  /** Removes what was made for the instance. */
  removeDevices: effect<Record<string, never>>(),
  closeHeartbeat: effect<Record<string, never>>(),
  /** Tells scripts, FIFOs and mail. Nothing comes back. */
  notify: effect<Notice>(),
};

export type VrrpEffect = EffectOf<typeof vrrpEffects>;
