/** Facts that reach a VRRP instance. Times are integers in microseconds (suffix Us). */

import type { AdvertFault } from '../../protocol/vrrp-judgement.ts';
import type { DeletedObject } from '../kernel-objects.ts';
import type { GroupSignal, TrackerSignal } from '../signals.ts';
import type { VrrpInput } from './vrrp.input.ts';
import type { FormerSelf } from './vrrp.resumption.ts';

/** What the advert said, after every receive check passed (behaviour: RFC 9568 section 7.1). */
export interface AdvertFact {
  /** Source address of the packet. */
  readonly source: string;
  /** 0 (the master resigns) to 255 (address owner). */
  readonly priority: number;
  /** Interval that the sender announces; version 2 whole seconds, version 3 centiseconds, here in microseconds. */
  readonly advertIntervalUs: number;
  /** Addresses in the advert, in the sender's order. */
  readonly addresses: readonly string[];
}

/** Facts that open or close a reason for FAULT, see vrrp.standing.ts. */
export type StandingEvent =
  /** Every interface of the instance is up again, or one is not: that of its adverts or one that carries an address. */
  | { readonly type: 'link.up'; readonly interface?: string }
  | { readonly type: 'link.down'; readonly interface?: string }
  /** The interface has an address to send from, or lost its last one. */
  | { readonly type: 'source.found'; readonly address: string }
  | { readonly type: 'source.lost' }
  /** The instance's own devices (a virtual MAC) are there and up, or cannot be made. */
  | { readonly type: 'device.created' }
  | { readonly type: 'device.failed'; readonly error: string }
  /** Somebody else deleted a device of the instance. */
  | { readonly type: 'device.deleted'; readonly device: string }
  /** Any other reason, by name: it holds until it is cleared under the same name. */
  | { readonly type: 'fault.found'; readonly reason: string }
  | { readonly type: 'fault.cleared'; readonly reason: string }
  | TrackerSignal
  | Extract<GroupSignal, { type: 'group.decided' }>;

export type VrrpEvent =
  /** First event of every instance: what the machine found out about its interface, and since when it runs. */
  | {
      readonly type: 'instance.started';
      readonly linkUp: boolean;
      readonly sourceAddress: string | null;
      /** Of the machine; without it vrrp_delay_after_boot is over. */
      readonly machineUptimeUs?: number;
      /** Since this program started its first instances; 0 without it. */
      readonly processUptimeUs?: number;
      /** A worker that died had this very instance, and it goes on from there if it is in time. */
      readonly former?: FormerSelf;
    }
  /** A valid advert that is not simply the same again (the heartbeat service counts those). */
  | ({ readonly type: 'advert.received' } & AdvertFact)
  /**
   * An advert for this virtual router was refused, by what its packet claims. Told once for each fault until the
   * instance changes its role or follows another sender; the heartbeat service counts the others.
   */
  | {
      readonly type: 'advert.refused';
      readonly fault: AdvertFault;
      readonly source: string;
      readonly detail: string;
    }
  /** The Master_Down_Timer ran out: the socket was drained, and no advert of the awaited master was in it. */
  | {
      readonly type: 'master.silent';
      /** Since the last awaited advert, or since the watch began if there was none. */
      readonly silentUs: number;
      /** How long silence was allowed to last. */
      readonly allowedUs: number;
      /** Adverts that should have come meanwhile. */
      readonly missedAdverts: number;
      /** Own lateness in noticing: what this process lost by not running. */
      readonly lateUs: number;
      /** The first advert has left already, as the watch had said: then, on the clock of the rows (CLOCK_MONOTONIC). */
      readonly announced?: { readonly priority: number; readonly sentUs: number };
    }
  /**
   * The first advert of a take-over left just before the instance had something else to do: nobody stood by it, and priority 0
   * followed (`resigned`: if that could be sent). `sentUs`: when it left, as in `master.silent`.
   */
  | {
      readonly type: 'claim.withdrawn';
      readonly priority: number;
      readonly sentUs: number;
      readonly resigned: boolean;
    }
  /** This process did not run when it should have (RFC-agnostic: scheduling, garbage collection, a paused guest). */
  | { readonly type: 'self.stalled'; readonly stalledUs: number }
  /**
   * The statecharts of this process did not run for longer than its adverts were repeated without them: they have
   * been given up already.
   */
  | {
      readonly type: 'self.leaseLost';
      /** How long nothing had been heard of the statecharts by then. */
      readonly leaseUs: number;
      /** How long ago that was. */
      readonly lateUs: number;
      /** Whether priority 0 was sent. */
      readonly resigned: boolean;
    }
  | StandingEvent
  | Extract<GroupSignal, { type: 'group.contested' }>
  /** Something of the instance left the kernel's tables: by our own request, or because somebody else deleted it. */
  | ({ readonly type: 'object.deleted' } & DeletedObject)
  | { readonly type: 'device.removed' }
  | { readonly type: 'device.removeFailed'; readonly error: string }
  | { readonly type: 'vips.added' }
  | { readonly type: 'vips.addFailed'; readonly address: string; readonly error: string }
  | { readonly type: 'vips.removed' }
  | { readonly type: 'vips.removeFailed'; readonly address: string; readonly error: string }
  | { readonly type: 'garps.sent' }
  | { readonly type: 'garps.failed'; readonly error: string }
  /** Adverts cannot leave (first failure after success), or leave again. */
  | { readonly type: 'adverts.sendFailed'; readonly error: string }
  | { readonly type: 'adverts.sendRecovered' }
  /** A reload: it goes on with this configuration. Posted only if something in it differs. */
  | { readonly type: 'instance.reconfigured'; readonly input: VrrpInput }
  /** A reload: the configuration does not have it any more. */
  | { readonly type: 'instance.removed' }
  /** The program ends (signal, control command). */
  | { readonly type: 'shutdown.requested'; readonly reason: string };

/** Raised by one region of the chart for the others; never comes from outside. */
export type VrrpInternalEvent =
  | { readonly type: 'mastership.gained' }
  | { readonly type: 'mastership.lost' }
  | { readonly type: 'addresses.held' }
  /** What could not be added at first is there now, too. */
  | { readonly type: 'addresses.completed' }
  /** A fact about the standing was recorded. */
  | { readonly type: 'standing.reviewed' }
  /** Nothing stands against taking part, for the first time or again. */
  | { readonly type: 'standing.good' }
  | { readonly type: 'standing.bad' }
  | { readonly type: 'priority.changed' }
  /** It does not, or no more, go on where a former worker stopped. */
  | { readonly type: 'resumption.ended' }
  /** vrrp_startup_delay is over. */
  | { readonly type: 'hold.ended' }
  /** preempt_delay is over: the master of lower priority is no longer followed. */
  | { readonly type: 'preemption.due' }
  /** The role and what the kernel holds may agree now, so that somebody may be told. */
  | { readonly type: 'role.reviewed' }
  /** Another router advertised while this one is master, and this one stays. */
  | { readonly type: 'mastership.contested' };
