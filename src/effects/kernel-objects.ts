/** Addresses, routes and rules: added to and removed from the kernel's tables by rtnetlink. */

import { interfaceIndex } from '../../native/index.ts';
import type { KernelObjects, VirtualAddress, VirtualRoute, VirtualRule } from '../machines/kernel-objects.ts';
import type { VrrpEvent } from '../machines/vrrp/vrrp.events.ts';
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL } from '../protocol/netlink/message.ts';
import {
  addressText,
  encodeAddress,
  encodeAddressRemoval,
  RTM_DELADDR,
  RTM_NEWADDR,
} from '../protocol/rtnetlink/address.ts';
import {
  encodeRoute,
  encodeRouteRemoval,
  RTM_DELROUTE,
  RTM_NEWROUTE,
  routeText,
} from '../protocol/rtnetlink/route.ts';
import { encodeRule, RTM_DELRULE, RTM_NEWRULE, ruleText } from '../protocol/rtnetlink/rule.ts';
import { createNetlinkRequests, type NetlinkRequests } from './netlink-requests.ts';

export type ObjectsOutcome = Extract<VrrpEvent, { type: `vips.${string}` }>;

export interface ObjectExecutor {
  /** Everything is tried, whatever becomes of the rest; a failure names the first that is not held. */
  add(objects: KernelObjects): Promise<ObjectsOutcome>;
  /** As `add`. What is not there, or whose interface is gone, is removed. */
  remove(objects: KernelObjects): Promise<ObjectsOutcome>;
  close(): void;
}

interface Failed {
  readonly address: string;
  readonly error: string;
}

/** keepalived behaviour: what exists already counts as set. */
const ALREADY_HELD: readonly string[] = ['EEXIST'];
/** No such address, route or rule; or the interface went between the look-up and the request. */
const ALREADY_GONE: readonly string[] = ['EADDRNOTAVAIL', 'ENODEV', 'ESRCH', 'ENOENT'];

/** One request: what it asks, what counts as done all the same, and how a failure is told. */
interface Request {
  readonly type: number;
  readonly flags: number;
  readonly payload: Uint8Array;
  readonly harmless: readonly string[];
  readonly doing: string;
}

/** A request, or what is wrong with it, or null if there is nothing to do. */
type Prepared = Request | string | null;

function addAddress(vip: VirtualAddress): Prepared {
  const index = interfaceIndex(vip.interface);
  if (index === null) return `interface ${vip.interface} does not exist`;
  const payload = encodeAddress(index, vip);
  if (payload === null) return malformed(vip);
  const doing = `adding ${addressText(vip)} on ${vip.interface}`;
  return { type: RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_EXCL, payload, harmless: ALREADY_HELD, doing };
}

function removeAddress(vip: VirtualAddress): Prepared {
  const index = interfaceIndex(vip.interface);
  if (index === null) return null;
  const payload = encodeAddressRemoval(index, vip);
  if (payload === null) return malformed(vip);
  const doing = `removing ${addressText(vip)} on ${vip.interface}`;
  return { type: RTM_DELADDR, flags: 0, payload, harmless: ALREADY_GONE, doing };
}

function malformed(vip: VirtualAddress): string {
  return `${addressText(vip)} is not an address with a prefix length, or an option of it cannot be`;
}

function addRoute(route: VirtualRoute): Prepared {
  const payload = encodeRoute(route, interfaceIndex);
  if ('error' in payload) return payload.error;
  const placements = { create: NLM_F_EXCL, append: NLM_F_APPEND };
  const flags = NLM_F_CREATE | (route.placement === undefined ? 0 : placements[route.placement]);
  const doing = `adding route ${routeText(route)}`;
  return { type: RTM_NEWROUTE, flags, payload, harmless: ALREADY_HELD, doing };
}

function removeRoute(route: VirtualRoute): Prepared {
  const payload = encodeRouteRemoval(route, interfaceIndex);
  if ('error' in payload) return payload.missingInterface ? null : payload.error;
  const doing = `removing route ${routeText(route)}`;
  return { type: RTM_DELROUTE, flags: 0, payload, harmless: ALREADY_GONE, doing };
}

function addRule(rule: VirtualRule): Prepared {
  const payload = encodeRule(rule);
  if (payload === null) return `an address of the rule ${ruleText(rule)} is malformed`;
  const doing = `adding rule ${ruleText(rule)}`;
  return { type: RTM_NEWRULE, flags: NLM_F_CREATE | NLM_F_EXCL, payload, harmless: ALREADY_HELD, doing };
}

function removeRule(rule: VirtualRule): Prepared {
  const payload = encodeRule(rule);
  if (payload === null) return `an address of the rule ${ruleText(rule)} is malformed`;
  return {
    type: RTM_DELRULE,
    flags: 0,
    payload,
    harmless: ALREADY_GONE,
    doing: `removing rule ${ruleText(rule)}`,
  };
}

async function perform(requests: NetlinkRequests, prepared: Prepared): Promise<string | null> {
  if (prepared === null || typeof prepared === 'string') return prepared;
  const { type, flags, payload, harmless, doing } = prepared;
  const failure = await requests.request(type, flags, payload);
  return failure === null || harmless.includes(failure.code) ? null : `${failure.message} (${doing})`;
}

/** Requests between two turns of the event loop (about 3 ms), so that adverts leave in the midst of many. */
const REQUESTS_A_TURN = 32;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One after another, in the order given; the kernel keeps that order. */
async function forEach<T>(
  requests: NetlinkRequests,
  objects: readonly T[],
  prepare: (object: T) => Prepared,
  nameOf: (object: T) => string,
): Promise<Failed[]> {
  const failures: Failed[] = [];
  for (let start = 0; start < objects.length; start += REQUESTS_A_TURN) {
    if (start > 0) await nextTurn();
    const slice = objects.slice(start, start + REQUESTS_A_TURN);
    const errors = await Promise.all(slice.map((object) => perform(requests, prepare(object))));
    slice.forEach((object, at) => {
      const error = errors[at];
      if (error) failures.push({ address: nameOf(object), error });
    });
  }
  return failures;
}

function firstOf(
  failures: readonly Failed[],
  { addresses, routes = [], rules = [] }: KernelObjects,
): Failed | null {
  const [first] = failures;
  if (first === undefined) return null;
  const all = addresses.length + routes.length + rules.length;
  const more = failures.length > 1 ? `; ${failures.length} of ${all} failed` : '';
  return { address: first.address, error: `${first.error}${more}` };
}

const addressName = (vip: VirtualAddress): string => vip.address;
const routeName = (route: VirtualRoute): string => `route ${routeText(route)}`;
const ruleName = (rule: VirtualRule): string => `rule ${ruleText(rule)}`;

/** Objects in the network namespace of this process. Errors become outcomes; nothing throws. */
export function createObjectExecutor(requests: NetlinkRequests = createNetlinkRequests()): ObjectExecutor {
  return {
    async add(objects) {
      const failures = [
        ...(await forEach(requests, objects.addresses, addAddress, addressName)),
        ...(await forEach(requests, objects.routes ?? [], addRoute, routeName)),
        ...(await forEach(requests, objects.rules ?? [], addRule, ruleName)),
      ];
      const failed = firstOf(failures, objects);
      return failed === null ? { type: 'vips.added' } : { type: 'vips.addFailed', ...failed };
    },
    async remove(objects) {
      const failures = [
        ...(await forEach(requests, objects.rules ?? [], removeRule, ruleName)),
        ...(await forEach(requests, objects.routes ?? [], removeRoute, routeName)),
        ...(await forEach(requests, objects.addresses, removeAddress, addressName)),
      ];
      const failed = firstOf(failures, objects);
      return failed === null ? { type: 'vips.removed' } : { type: 'vips.removeFailed', ...failed };
    },
    close() {
      requests.close();
    },
  };
}
