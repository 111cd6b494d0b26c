/** Virtual addresses: added to and removed from the kernel's table by rtnetlink. */

import { interfaceIndex } from '../../native/index.ts';
import type { VirtualAddress } from '../machines/vrrp/vrrp.effects.ts';
import type { VrrpEvent } from '../machines/vrrp/vrrp.events.ts';
import { NLM_F_CREATE, NLM_F_EXCL } from '../protocol/netlink/message.ts';
import {
  addressText,
  encodeAddress,
  encodeAddressRemoval,
  RTM_DELADDR,
  RTM_NEWADDR,
} from '../protocol/rtnetlink/address.ts';
import { createNetlinkRequests, type NetlinkRequests } from './netlink-requests.ts';

export type VipsOutcome = Extract<VrrpEvent, { type: `vips.${string}` }>;

export interface VipExecutor {
  /** Every address is tried, whatever becomes of the others; a failure names the first that is not held. */
  add(addresses: readonly VirtualAddress[]): Promise<VipsOutcome>;
  /** As `add`. An address that is not there, or whose interface is gone, is removed. */
  remove(addresses: readonly VirtualAddress[]): Promise<VipsOutcome>;
  close(): void;
}

interface Failed {
  readonly address: string;
  readonly error: string;
}

/** keepalived behaviour: an address that exists already counts as set. */
const ALREADY_HELD = 'EEXIST';
/** No such address; or the interface went between the look-up and the request. */
const ALREADY_GONE: readonly string[] = ['EADDRNOTAVAIL', 'ENODEV'];

function malformed(vip: VirtualAddress): string {
  return `${addressText(vip)} is not an address with a prefix length, or an option of it cannot be`;
}

async function addOne(requests: NetlinkRequests, vip: VirtualAddress): Promise<string | null> {
  const index = interfaceIndex(vip.interface);
  if (index === null) return `interface ${vip.interface} does not exist`;
  const payload = encodeAddress(index, vip);
  if (payload === null) return malformed(vip);
  const failure = await requests.request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, payload);
  if (failure === null || failure.code === ALREADY_HELD) return null;
  return `${failure.message} (adding ${addressText(vip)} on ${vip.interface})`;
}

async function removeOne(requests: NetlinkRequests, vip: VirtualAddress): Promise<string | null> {
  const index = interfaceIndex(vip.interface);
  if (index === null) return null;
  const payload = encodeAddressRemoval(index, vip);
  if (payload === null) return malformed(vip);
  const failure = await requests.request(RTM_DELADDR, 0, payload);
  if (failure === null || ALREADY_GONE.includes(failure.code)) return null;
  return `${failure.message} (removing ${addressText(vip)} on ${vip.interface})`;
}

/** Addresses between two turns of the event loop (about 3 ms), so that adverts leave in the midst of many. */
const ADDRESSES_A_TURN = 32;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One address after another, in the order given; the kernel keeps that order. Null if all succeeded. */
async function forEach(
  addresses: readonly VirtualAddress[],
  perform: (vip: VirtualAddress) => Promise<string | null>,
): Promise<Failed | null> {
  const failures: Failed[] = [];
  for (let start = 0; start < addresses.length; start += ADDRESSES_A_TURN) {
    if (start > 0) await nextTurn();
    const slice = addresses.slice(start, start + ADDRESSES_A_TURN);
    const errors = await Promise.all(slice.map((vip) => perform(vip)));
    slice.forEach((vip, at) => {
      const error = errors[at];
      if (error) failures.push({ address: vip.address, error });
    });
  }
  const [first] = failures;
  if (first === undefined) return null;
  const more = failures.length > 1 ? `; ${failures.length} of ${addresses.length} addresses failed` : '';
  return { address: first.address, error: `${first.error}${more}` };
}

/** Addresses in the network namespace of this process. Errors become outcomes; nothing throws. */
export function createVipExecutor(requests: NetlinkRequests = createNetlinkRequests()): VipExecutor {
  return {
    async add(addresses) {
      const failed = await forEach(addresses, (vip) => addOne(requests, vip));
      return failed === null ? { type: 'vips.added' } : { type: 'vips.addFailed', ...failed };
    },
    async remove(addresses) {
      const failed = await forEach(addresses, (vip) => removeOne(requests, vip));
      return failed === null ? { type: 'vips.removed' } : { type: 'vips.removeFailed', ...failed };
    },
    close() {
      requests.close();
    },
  };
}
