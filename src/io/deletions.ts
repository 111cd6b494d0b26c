/** Routes and rules of keepalived's protocol that leave the kernel's tables, as a stream. It tells; it decides nothing. */
import { type Observable, Subject } from 'rxjs';
import type { NetlinkMessage } from '../protocol/netlink/message.ts';
import { PROTOCOL_KEEPALIVED } from '../protocol/rtnetlink/common.ts';
import {
  decodeRoute,
  type RouteMessage,
  RTM_DELROUTE,
  RTNLGRP_IPV4_ROUTE,
  RTNLGRP_IPV6_ROUTE,
} from '../protocol/rtnetlink/route.ts';
import {
  decodeRule,
  RTM_DELRULE,
  RTNLGRP_IPV4_RULE,
  RTNLGRP_IPV6_RULE,
  type RuleMessage,
} from '../protocol/rtnetlink/rule.ts';
import { listenToKernel } from './rtnetlink-sockets.ts';

export type Deletion = { /** Netlink port of who deleted it; absent: the kernel. */ readonly by?: number } & (
  | { readonly object: 'route'; readonly route: RouteMessage }
  | { readonly object: 'rule'; readonly rule: RuleMessage }
);

export interface DeletionStream {
  readonly deletions$: Observable<Deletion>;
  /** Notifications were lost, or the kernel could not be listened to. The stream goes on, or will try again. */
  readonly troubles$: Observable<Error>;
  close(): void;
}

const GROUPS = [RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE];
/** How long after the kernel could not be listened to it is tried again. */
const RETRY_DELAY_MS = 1_000;

/** Null for what is not the deletion of a route or rule of keepalived's. */
function deletionOf({ type, port, payload }: NetlinkMessage): Deletion | null {
  const by = port === 0 ? {} : { by: port };
  if (type === RTM_DELROUTE) {
    const route = decodeRoute(payload);
    return route?.protocol === PROTOCOL_KEEPALIVED ? { object: 'route', route, ...by } : null;
  }
  if (type !== RTM_DELRULE) return null;
  const rule = decodeRule(payload);
  // Kernels before 4.17 do not tell the protocol of a rule.
  return rule !== null && (rule.protocol ?? PROTOCOL_KEEPALIVED) === PROTOCOL_KEEPALIVED
    ? { object: 'rule', rule, ...by }
    : null;
}

/**
 * Of the network namespace in which this is called. A socket of its own: a routing daemon may change a million routes a
 * minute, and links and addresses must not drown in that. Throws SystemError if rtnetlink cannot be listened to.
 */
export function createDeletionStream(): DeletionStream {
  const deletions = new Subject<Deletion>();
  const troubles = new Subject<Error>();
  let closed = false;
  let stopListening: () => void = () => {};
  let retry: NodeJS.Timeout | undefined;

  const heard = (messages: readonly NetlinkMessage[]): void => {
    for (const message of messages) {
      const deletion = deletionOf(message);
      if (deletion !== null) deletions.next(deletion);
    }
  };
  const listenAgain = (trouble: Error): void => {
    if (closed) return;
    troubles.next(trouble);
    try {
      stopListening = listenToKernel(GROUPS, heard, listenAgain);
    } catch (error) {
      const again = error instanceof Error ? error : new Error(String(error));
      retry = setTimeout(listenAgain, RETRY_DELAY_MS, again);
    }
  };

  stopListening = listenToKernel(GROUPS, heard, listenAgain);
  return {
    deletions$: deletions.asObservable(),
    troubles$: troubles.asObservable(),
    close() {
      if (closed) return;
      closed = true;
      clearTimeout(retry);
      stopListening();
      deletions.complete();
      troubles.complete();
    },
  };
}
