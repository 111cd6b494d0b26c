/** Notifications of rtnetlink for as long as somebody wants them, over the loss of some and sockets that break. */
import type { NetlinkMessage } from '../protocol/netlink/message.ts';
import { type KernelListener, listenToKernel } from './rtnetlink-sockets.ts';

/** How long after the kernel could not be listened to it is tried again. */
const RETRY_DELAY_MS = 1_000;

export interface Hearing {
  /** RTNLGRP_*. */
  readonly groups: readonly number[];
  readonly heard: (messages: readonly NetlinkMessage[]) => void;
  /** Reads what there is and tells what differs; may throw. At first, and after each loss. */
  readonly readAgain: () => void;
  /** Notifications were lost, or the kernel cannot be listened to: it is listened to again, at once or a second later. */
  readonly troubled: (error: Error) => void;
}

/** Listens first and asks afterwards, so that nothing falls between. Throws SystemError if that fails the first time. */
export function listenForGood({ groups, heard, readAgain, troubled }: Hearing): KernelListener {
  let closed = false;
  let listener: KernelListener | null = null;
  let retry: NodeJS.Timeout | undefined;

  const listen = (): void => {
    const fresh = listenToKernel(groups, heard, listenAgain);
    listener = fresh;
    try {
      readAgain();
    } catch (error) {
      fresh.close();
      throw error;
    }
  };
  // Always a new socket: the old one may hold facts older than those it lost, and nothing would correct them once
  // they are folded into what is read after the loss.
  const listenAgain = (trouble: Error): void => {
    if (closed) return;
    troubled(trouble);
    try {
      listen();
    } catch (error) {
      const again = error instanceof Error ? error : new Error(String(error));
      retry = setTimeout(listenAgain, RETRY_DELAY_MS, again);
    }
  };

  listen();
  return {
    hearNow() {
      if (!closed) listener?.hearNow();
    },
    close() {
      if (closed) return;
      closed = true;
      clearTimeout(retry);
      listener?.close();
    },
  };
}
