/** Routes and rules of keepalived's protocol that leave the kernel's tables, as a stream. It tells; it decides nothing. */
import { type Observable, Subject } from 'rxjs';
import type { NetlinkMessage } from '../protocol/netlink/message.ts';
import { PROTOCOL_KEEPALIVED } from '../protocol/rtnetlink/common.ts';
import {
  decodeRoute,
  type RouteMessage,
  RTM_DELROUTE,
  RTM_NEWROUTE,
  RTNLGRP_IPV4_ROUTE,
  RTNLGRP_IPV6_ROUTE,
  routeKey,
} from '../protocol/rtnetlink/route.ts';
import {
  decodeRule,
  RTM_DELRULE,
  RTM_NEWRULE,
  RTNLGRP_IPV4_RULE,
  RTNLGRP_IPV6_RULE,
  type RuleMessage,
  ruleKey,
} from '../protocol/rtnetlink/rule.ts';
import { listenForGood } from './lasting-listener.ts';
import { dumpObjects } from './rtnetlink-sockets.ts';

type KernelObject =
  | { readonly object: 'route'; readonly route: RouteMessage }
  | { readonly object: 'rule'; readonly rule: RuleMessage };

export type Deletion = {
  /** Netlink port of who deleted it; absent: the kernel, or not known. */ readonly by?: number;
} & KernelObject;

export interface DeletionStream {
  readonly deletions$: Observable<Deletion>;
  /** Notifications were lost, or the kernel could not be listened to. The stream goes on, or will try again. */
  readonly troubles$: Observable<Error>;
  /** Tells what the kernel has told so far. */
  hearNow(): void;
  close(): void;
}

const GROUPS = [RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE];

/** By what the kernel knows them by. */
type ObjectTable = Map<string, KernelObject>;

function keyOf(found: KernelObject): string {
  if (found.object === 'rule') return `rule ${ruleKey(found.rule)}`;
  return `route ${found.route.family} ${routeKey(found.route)} ${found.route.interfaceIndex}`;
}

/** Null for what is not a route or rule of keepalived's. */
function objectOf({ type, payload }: NetlinkMessage): KernelObject | null {
  if (type === RTM_NEWROUTE || type === RTM_DELROUTE) {
    const route = decodeRoute(payload);
    return route?.protocol === PROTOCOL_KEEPALIVED ? { object: 'route', route } : null;
  }
  if (type !== RTM_NEWRULE && type !== RTM_DELRULE) return null;
  const rule = decodeRule(payload);
  // Kernels before 4.17 do not tell the protocol of a rule.
  return rule !== null && (rule.protocol ?? PROTOCOL_KEEPALIVED) === PROTOCOL_KEEPALIVED
    ? { object: 'rule', rule }
    : null;
}

function readTable(): ObjectTable {
  const { routes, rules } = dumpObjects(PROTOCOL_KEEPALIVED);
  const found: KernelObject[] = [
    ...routes.map((route) => ({ object: 'route', route }) as const),
    ...rules.map((rule) => ({ object: 'rule', rule }) as const),
  ];
  return new Map(found.map((each) => [keyOf(each), each]));
}

/**
 * Of the network namespace in which this is called. A socket of its own: a routing daemon may change a million routes a
 * minute, and links and addresses must not drown in that. When notifications are lost, what is there is read again, and what
 * has gone is told. Throws SystemError if rtnetlink cannot be listened to.
 */
export function createDeletionStream(): DeletionStream {
  const deletions = new Subject<Deletion>();
  const troubles = new Subject<Error>();
  let table: ObjectTable = new Map();

  const heard = (messages: readonly NetlinkMessage[]): void => {
    for (const message of messages) {
      const found = objectOf(message);
      if (found === null) continue;
      const isGone = message.type === RTM_DELROUTE || message.type === RTM_DELRULE;
      if (!isGone) table.set(keyOf(found), found);
      else {
        table.delete(keyOf(found));
        deletions.next({ ...found, ...(message.port === 0 ? {} : { by: message.port }) });
      }
    }
  };
  const readAgain = (): void => {
    const before = table;
    table = readTable();
    for (const [key, gone] of before) if (!table.has(key)) deletions.next(gone);
  };

  const listener = listenForGood({
    ...{ groups: GROUPS, heard, readAgain },
    troubled: (error) => troubles.next(error),
  });
  return {
    deletions$: deletions.asObservable(),
    troubles$: troubles.asObservable(),
    hearNow: () => listener.hearNow(),
    close() {
      listener.close();
      deletions.complete();
      troubles.complete();
    },
  };
}
