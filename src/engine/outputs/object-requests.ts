/**
 * Requests to rtnetlink for the objects of an actor: the same bytes whether the kernel is asked, or a history is compared with
 * what it was asked.
 */
import type {
  KernelObjects,
  VirtualAddress,
  VirtualRoute,
  VirtualRule,
} from '../../machines/kernel-objects.ts';
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL } from '../../protocol/netlink/message.ts';
import {
  addressText,
  encodeAddress,
  encodeAddressRemoval,
  RTM_DELADDR,
  RTM_NEWADDR,
} from '../../protocol/rtnetlink/address.ts';
import {
  encodeRoute,
  encodeRouteRemoval,
  RTM_DELROUTE,
  RTM_NEWROUTE,
  routeText,
} from '../../protocol/rtnetlink/route.ts';
import { encodeRule, RTM_DELRULE, RTM_NEWRULE, ruleText } from '../../protocol/rtnetlink/rule.ts';

/** Index of an interface; null if there is none of that name. */
export type IndexOf = (name: string) => number | null;

/** A step of a change: what is asked, and how the object is named in an outcome. */
export interface ObjectStep {
  readonly name: string;
  /** Interfaces are looked up when its turn has come. */
  readonly prepare: () => Prepared;
}

/** keepalived behaviour: what exists already counts as set. */
const ALREADY_HELD: readonly string[] = ['EEXIST'];
/** No such address, route or rule; or the interface went between the look-up and the request. */
const ALREADY_GONE: readonly string[] = ['EADDRNOTAVAIL', 'ENODEV', 'ESRCH', 'ENOENT'];

/** One request: what it asks, what counts as done all the same, and how a failure is told. */
export interface ObjectRequest {
  readonly type: number;
  readonly flags: number;
  readonly payload: Uint8Array;
  readonly harmless: readonly string[];
  readonly doing: string;
}

/** A request, or what is wrong with it, or null if there is nothing to do. */
export type Prepared = ObjectRequest | string | null;

function addAddress(vip: VirtualAddress, indexOf: IndexOf): Prepared {
  const index = indexOf(vip.interface);
  if (index === null) return `interface ${vip.interface} does not exist`;
  const payload = encodeAddress(index, vip);
  if (payload === null) return malformed(vip);
  const doing = `adding ${addressText(vip)} on ${vip.interface}`;
  return { type: RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_EXCL, payload, harmless: ALREADY_HELD, doing };
}

function removeAddress(vip: VirtualAddress, indexOf: IndexOf): Prepared {
  const index = indexOf(vip.interface);
  if (index === null) return null;
  const payload = encodeAddressRemoval(index, vip);
  if (payload === null) return malformed(vip);
  const doing = `removing ${addressText(vip)} on ${vip.interface}`;
  return { type: RTM_DELADDR, flags: 0, payload, harmless: ALREADY_GONE, doing };
}

function malformed(vip: VirtualAddress): string {
  return `${addressText(vip)} is not an address with a prefix length, or an option of it cannot be`;
}

function addRoute(route: VirtualRoute, indexOf: IndexOf): Prepared {
  const payload = encodeRoute(route, indexOf);
  if ('error' in payload) return payload.error;
  const placements = { create: NLM_F_EXCL, append: NLM_F_APPEND };
  const flags = NLM_F_CREATE | (route.placement === undefined ? 0 : placements[route.placement]);
  const doing = `adding route ${routeText(route)}`;
  return { type: RTM_NEWROUTE, flags, payload, harmless: ALREADY_HELD, doing };
}

function removeRoute(route: VirtualRoute, indexOf: IndexOf): Prepared {
  const payload = encodeRouteRemoval(route, indexOf);
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

/** In order: addresses, routes, rules. */
export function additionSteps(objects: KernelObjects, indexOf: IndexOf): ObjectStep[] {
  const { addresses, routes = [], rules = [] } = objects;
  return [
    ...addresses.map((vip) => ({ name: vip.address, prepare: () => addAddress(vip, indexOf) })),
    ...routes.map((route) => ({
      name: `route ${routeText(route)}`,
      prepare: () => addRoute(route, indexOf),
    })),
    ...rules.map((rule) => ({ name: `rule ${ruleText(rule)}`, prepare: () => addRule(rule) })),
  ];
}

/** The other way round. */
export function removalSteps(objects: KernelObjects, indexOf: IndexOf): ObjectStep[] {
  const { addresses, routes = [], rules = [] } = objects;
  return [
    ...rules.map((rule) => ({ name: `rule ${ruleText(rule)}`, prepare: () => removeRule(rule) })),
    ...routes.map((route) => ({
      name: `route ${routeText(route)}`,
      prepare: () => removeRoute(route, indexOf),
    })),
    ...addresses.map((vip) => ({ name: vip.address, prepare: () => removeAddress(vip, indexOf) })),
  ];
}
