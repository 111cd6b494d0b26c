/** What the Linux kernel holds for an actor: addresses, routes and rules, as effects carry them. */
import type { AddressOptions } from '../protocol/rtnetlink/address.ts';
import { type Route, type RouteMessage, routeKey, routeText } from '../protocol/rtnetlink/route.ts';
import { type Rule, type RuleMessage, ruleKey, ruleText } from '../protocol/rtnetlink/rule.ts';

/** keepalived's no_track: neither its deletion by somebody else nor the state of its interface matters. */
type Untracked = { readonly untracked?: true };

/** An address with what the kernel needs to hold it. */
export type VirtualAddress = AddressOptions &
  Untracked & {
    /** Interface that carries it. */
    readonly interface: string;
  };

export type VirtualRoute = Route & Untracked;

/** The interfaces that a rule speaks of need not exist for it to be set. */
export type VirtualRule = Rule & Untracked;

/**
 * Added in this order, removed the other way round by kind: rules, routes, addresses (keepalived). Absent: none, as most
 * instances have only addresses, and rows of a journal shall be short.
 */
export type KernelObjects = {
  readonly addresses: readonly VirtualAddress[];
  readonly routes?: readonly VirtualRoute[];
  readonly rules?: readonly VirtualRule[];
};

export function kernelObjects(
  addresses: readonly VirtualAddress[],
  routes: readonly VirtualRoute[],
  rules: readonly VirtualRule[],
): KernelObjects {
  return {
    addresses,
    ...(routes.length > 0 ? { routes } : {}),
    ...(rules.length > 0 ? { rules } : {}),
  };
}

/** Interfaces that objects need, but for those of no_track. keepalived counts the legs of a route as nobody's. */
export function trackedInterfaces({ addresses, routes = [], rules = [] }: KernelObjects): readonly string[] {
  const names = [
    ...addresses.filter(isTracked).map((address) => address.interface),
    ...routes.filter(isTracked).map((route) => route.interface),
    ...rules.filter(isTracked).flatMap((rule) => [rule.inInterface, rule.outInterface]),
  ];
  return [...new Set(names.filter((name) => name !== undefined))];
}

export function isTracked({ untracked }: Untracked): boolean {
  return untracked !== true;
}

/** What is in `all` and not in `without`. */
export function difference(all: KernelObjects, without: KernelObjects): KernelObjects {
  return kernelObjects(
    missing(all.addresses, without.addresses),
    missing(all.routes, without.routes),
    missing(all.rules, without.rules),
  );
}

/** What is in one of them; an entry that is in both comes twice. */
export function together(one: KernelObjects, other: KernelObjects): KernelObjects {
  const both = <T>(a: readonly T[] = [], b: readonly T[] = []): readonly T[] => [...a, ...b];
  return kernelObjects(
    both(one.addresses, other.addresses),
    both(one.routes, other.routes),
    both(one.rules, other.rules),
  );
}

export const NO_OBJECTS: KernelObjects = { addresses: [] };

function missing<T>(all: readonly T[] = [], without: readonly T[] = []): readonly T[] {
  const known = new Set(without.map((each) => JSON.stringify(each)));
  return all.filter((each) => !known.has(JSON.stringify(each)));
}

export function isEmpty({ addresses, routes = [], rules = [] }: KernelObjects): boolean {
  return addresses.length + routes.length + rules.length === 0;
}

/** An address, a route or a rule that an actor held and that is gone. */
export type DeletedObject = {
  readonly object: 'address' | 'route' | 'rule';
  /** `10.0.0.100`; a route or rule as ip(8) shows it. */
  readonly name: string;
  /** Netlink port of who deleted it, often the number of a process; absent: the kernel, or it is not known. */
  readonly by?: number;
  /** While this program was asking for just that. */
  readonly own?: true;
};

/** What netlink tells of something that left the kernel's tables. */
export type GoneObject = { readonly by?: number; readonly own?: true } & (
  | { readonly object: 'address'; readonly interface: string; readonly address: string }
  /** `interface`: null for a route of several ways, or none. */
  | { readonly object: 'route'; readonly route: RouteMessage; readonly interface: string | null }
  | { readonly object: 'rule'; readonly rule: RuleMessage }
);

/** The one of these objects that is gone and whose deletion matters; null if it is none of them. */
export function deletedOf(objects: KernelObjects, gone: GoneObject): DeletedObject | null {
  const name = nameOfGone(objects, gone, isTracked);
  if (name === null) return null;
  const { object, by, own } = gone;
  return { object, name, ...(by === undefined ? {} : { by }), ...(own === undefined ? {} : { own }) };
}

/** Whether one of these is gone. */
export function includesGone(objects: KernelObjects, gone: GoneObject): boolean {
  return nameOfGone(objects, gone, () => true) !== null;
}

function nameOfGone(
  { addresses, routes = [], rules = [] }: KernelObjects,
  gone: GoneObject,
  counts: (object: Untracked) => boolean,
): string | null {
  switch (gone.object) {
    case 'address': {
      const { address, interface: on } = gone;
      const own = addresses.find((vip) => vip.address === address && vip.interface === on && counts(vip));
      return own === undefined ? null : address;
    }
    case 'route': {
      const key = routeKey(gone.route);
      const own = routes.find(
        (route) =>
          counts(route) &&
          routeKey(route) === key &&
          (route.interface === undefined || route.interface === gone.interface),
      );
      return own === undefined ? null : routeText(own);
    }
    case 'rule': {
      const key = ruleKey(gone.rule);
      const own = rules.find((rule) => counts(rule) && ruleKey(rule) === key);
      return own === undefined ? null : ruleText(own);
    }
  }
}
