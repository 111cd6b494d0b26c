/** Addresses, routes and rules: added to and removed from the kernel's tables by rtnetlink. */

import { interfaceIndex } from '../../native/index.ts';
import {
  additionSteps,
  type ObjectStep,
  type Prepared,
  removalSteps,
} from '../engine/outputs/object-requests.ts';
import type { KernelObjects } from '../machines/kernel-objects.ts';
import type { VrrpEvent } from '../machines/vrrp/vrrp.events.ts';
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

async function perform(requests: NetlinkRequests, prepared: Prepared): Promise<string | null> {
  if (prepared === null || typeof prepared === 'string') return prepared;
  const { type, flags, payload, harmless, doing } = prepared;
  const failure = await requests.request(type, flags, payload);
  return failure === null || harmless.includes(failure.code) ? null : `${failure.message} (${doing})`;
}

/** Requests between two turns of the event loop (about 3 ms), so that adverts leave in the midst of many. */
const REQUESTS_A_TURN = 32;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One after another, in the order given; the kernel keeps that order, so that a route finds the address it needs. */
async function inOrder(requests: NetlinkRequests, steps: readonly ObjectStep[]): Promise<Failed[]> {
  const failures: Failed[] = [];
  for (let start = 0; start < steps.length; start += REQUESTS_A_TURN) {
    if (start > 0) await nextTurn();
    const slice = steps.slice(start, start + REQUESTS_A_TURN);
    const errors = await Promise.all(slice.map(({ prepare }) => perform(requests, prepare())));
    slice.forEach(({ name }, at) => {
      const error = errors[at];
      if (error) failures.push({ address: name, error });
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

/** Objects in the network namespace of this process. Errors become outcomes; nothing throws. */
export function createObjectExecutor(requests: NetlinkRequests = createNetlinkRequests()): ObjectExecutor {
  return {
    async add(objects) {
      const failures = await inOrder(requests, additionSteps(objects, interfaceIndex));
      const failed = firstOf(failures, objects);
      return failed === null ? { type: 'vips.added' } : { type: 'vips.addFailed', ...failed };
    },
    async remove(objects) {
      const failures = await inOrder(requests, removalSteps(objects, interfaceIndex));
      const failed = firstOf(failures, objects);
      return failed === null ? { type: 'vips.removed' } : { type: 'vips.removeFailed', ...failed };
    },
    close() {
      requests.close();
    },
  };
}
