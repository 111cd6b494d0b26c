/** Virtual addresses: added to and removed from the kernel's table by rtnetlink. */
import { getSystemErrorMessage, getSystemErrorName } from 'node:util';
import {
  closeNetlinkSocket,
  interfaceIndex,
  type NetlinkSocket,
  openNetlinkSocket,
} from '../../native/index.ts';
import { askKernel } from '../../native/netlink.ts';
import type { VirtualAddress } from '../machines/vrrp/vrrp.effects.ts';
import type { VrrpEvent } from '../machines/vrrp/vrrp.events.ts';
import { encodeAddress, NLM_F_CREATE, NLM_F_EXCL, RTM_DELADDR, RTM_NEWADDR } from '../protocol/rtnetlink.ts';

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

/** How one kind of request goes. */
interface Task {
  readonly type: number;
  readonly flags: number;
  /** Refusals that mean it is so already. */
  readonly done: readonly string[];
  readonly doing: string;
  /** The error of an address whose interface is missing; null if nothing is wrong with that. */
  readonly missing: (interfaceName: string) => string | null;
}

/** keepalived behaviour: an address that exists already counts as set. */
const ADD: Task = {
  type: RTM_NEWADDR,
  flags: NLM_F_CREATE | NLM_F_EXCL,
  done: ['EEXIST'],
  doing: 'adding',
  missing: (name) => `interface ${name} does not exist`,
};

const REMOVE: Task = {
  type: RTM_DELADDR,
  flags: 0,
  // ENODEV: the interface went between the look-up and the request.
  done: ['EADDRNOTAVAIL', 'ENODEV'],
  doing: 'removing',
  missing: () => null,
};

/** An acknowledgement was lost. Asking again is safe: what was carried out is refused as being so already. */
const LOST_ANSWER = 'ENOBUFS';
const MAX_ATTEMPTS = 3;
const RECEIVE_BUFFER_BYTES = 256 * 1024;
/** Addresses between two turns of the event loop (1 to 2 ms), so that adverts leave in the midst of many. */
const ADDRESSES_A_TURN = 32;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

function performOne(socket: NetlinkSocket, task: Task, vip: VirtualAddress): string | null {
  const what = `${vip.address}/${vip.prefixLength}`;
  const index = interfaceIndex(vip.interface);
  if (index === null) return task.missing(vip.interface);
  const payload = encodeAddress({ ...vip, index });
  if (payload === null) return `${what} is not an IPv4 address with a prefix length`;
  for (let attempt = 1; ; attempt++) {
    try {
      const { errno } = askKernel(socket, task.type, task.flags, payload);
      const code = errno === 0 ? '' : getSystemErrorName(-errno);
      if (errno === 0 || task.done.includes(code)) return null;
      return `${code}: ${getSystemErrorMessage(-errno)} (${task.doing} ${what} on ${vip.interface})`;
    } catch (error) {
      if (codeOf(error) === LOST_ANSWER && attempt < MAX_ATTEMPTS) continue;
      return `${error instanceof Error ? error.message : error} (${task.doing} ${what} on ${vip.interface})`;
    }
  }
}

/** One address after another. Null if all succeeded. */
async function performAll(
  socket: NetlinkSocket,
  task: Task,
  addresses: readonly VirtualAddress[],
): Promise<Failed | null> {
  let first: Failed | null = null;
  let failures = 0;
  for (const [at, vip] of addresses.entries()) {
    if (at > 0 && at % ADDRESSES_A_TURN === 0) await nextTurn();
    const error = performOne(socket, task, vip);
    if (error === null) continue;
    failures++;
    first ??= { address: vip.address, error };
  }
  if (first === null || failures === 1) return first;
  return { ...first, error: `${first.error}; ${failures} of ${addresses.length} addresses failed` };
}

/**
 * Addresses in the network namespace of this process. Throws SystemError if rtnetlink cannot be opened; after that
 * errors become outcomes.
 */
export function createVipExecutor(): VipExecutor {
  const socket = openNetlinkSocket([], RECEIVE_BUFFER_BYTES);
  return {
    async add(addresses) {
      const failed = await performAll(socket, ADD, addresses);
      return failed === null ? { type: 'vips.added' } : { type: 'vips.addFailed', ...failed };
    },
    async remove(addresses) {
      const failed = await performAll(socket, REMOVE, addresses);
      return failed === null ? { type: 'vips.removed' } : { type: 'vips.removeFailed', ...failed };
    },
    close() {
      closeNetlinkSocket(socket);
    },
  };
}
