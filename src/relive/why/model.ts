/** What an explanation is made of. */
import type { Epoch, StoredRow } from '../../journal/model.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';

/**
 * Wall clocks of nodes are compared as they are. Within this an order across nodes is not claimed.
 * NTP keeps neighbours on a LAN well inside it.
 */
export const CLOCK_TOLERANCE_US = 200_000;

/**
 * The kind of the cause. What the journals at hand do not tell has verdicts of its own: `peer-silent`, `peer-resigned`,
 * `yielded`, `priority-changed`, `unrecorded`.
 */
export type Verdict =
  /** The process of the former master was killed or died; its statechart crashed; it was stopped in good order. */
  | 'peer-killed'
  | 'peer-crashed'
  | 'peer-stopped'
  /** It did not run for a while, and so sent nothing. */
  | 'peer-stalled'
  /** It said priority 0, or was not heard any more; why is not known. */
  | 'peer-resigned'
  | 'peer-silent'
  /** A link went down, or the address to send from was removed. */
  | 'link-cut'
  | 'source-lost'
  /** Adverts left and did not arrive: for good, some of them only, or until now. */
  | 'path-broken'
  | 'adverts-lost'
  | 'path-healed'
  /** Adverts arrived and were refused. */
  | 'refused'
  /** A better router came back and claimed; of equal ones the higher address; a stranger with our virtual router id. */
  | 'preemption'
  | 'election'
  | 'foreign-router'
  /** A better router claimed, or a master became a lesser one; why is not known. */
  | 'yielded'
  | 'priority-changed'
  /** Its process died, and another took its place. */
  | 'restarted'
  | 'start-up'
  | 'returned'
  | 'own-stall'
  | 'object-deleted'
  /** What is followed failed, or is well again. */
  | 'tracker-failed'
  | 'tracker-passed'
  | 'stopped'
  | 'crashed'
  | 'killed'
  /** The change itself is in a gap of the journal. */
  | 'unrecorded'
  /** Of servers: a check, a quorum, an operator's order, an answer of the name servers. */
  | 'checked'
  | 'quorum-lost'
  | 'ordered'
  | 'name-changed'
  | 'reconfigured'
  /** Why it is not master: it is one, does not run, cannot take part, must wait, or follows a better one. */
  | 'is-master'
  | 'not-running'
  | 'faulty'
  | 'startup-delay'
  | 'preempt-delay'
  | 'nopreempt'
  | 'outranked'
  | 'group-waits'
  | 'waiting'
  | 'other';

/** Where it began. */
export interface Culprit {
  /** Name of a node whose journal is at hand, or the address of a router; null: not known. */
  readonly node: string | null;
  /** Tracker, object, server, signal or fault, `script/chk`; null: nothing of that kind. */
  readonly what: string | null;
}

/** One link of the chain of causes, oldest first in an explanation. */
export interface Step {
  readonly node: string;
  readonly seq: number | null;
  readonly wallUs: number | null;
  readonly text: string;
  /** An input from outside: nothing in any journal led to it. */
  readonly isRoot: boolean;
}

export interface Explanation {
  readonly verdict: Verdict;
  readonly sentence: string;
  readonly culprit: Culprit;
  readonly node: string;
  readonly actor: string;
  /** Row that changed mastership; null if the process ended without one. */
  readonly seq: number | null;
  readonly wallUs: number;
  readonly chain: readonly Step[];
  /** What should have come and did not. */
  readonly missing: readonly string[];
  readonly prevention: readonly string[];
  /** What the journals at hand do not tell. */
  readonly unknown: readonly string[];
}

/** A journal with the name under which people see it. */
export interface Witness {
  readonly name: string;
  readonly reader: JournalReader;
}

/** A change of mastership by a row. */
export interface RowChange {
  readonly kind: 'row';
  readonly witness: Witness;
  readonly actor: string;
  readonly wallUs: number;
  readonly row: StoredRow;
  readonly before: Json | null;
}

/** A process that was master and whose history ends without a stop. */
export interface EndChange {
  readonly kind: 'end';
  readonly witness: Witness;
  readonly actor: string;
  readonly wallUs: number;
  readonly epoch: Epoch;
}

export type Change = RowChange | EndChange;

/** The vrrp context of an actor, read defensively: it comes from a file. */
export interface KnownContext {
  readonly actor: string;
  readonly name: string;
  readonly priority: number;
  readonly sourceAddress: string | null;
  readonly virtualRouterId: number | null;
  readonly intervalUs: number;
  readonly master: { readonly source: string; readonly priority: number } | null;
}

const object = (value: Json | undefined): JsonObject | null =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : null;
const number = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null);
const text = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);

export function knownContext(actor: string, context: JsonObject): KnownContext {
  const input = object(context.input);
  const master = object(context.master);
  const source = text(master?.source);
  return {
    actor,
    name: text(input?.name) ?? actor.replace(/^vrrp\//, ''),
    priority: number(context.effectivePriority) ?? number(input?.priority) ?? 0,
    sourceAddress: text(context.sourceAddress),
    virtualRouterId: number(input?.virtualRouterId),
    intervalUs: number(master?.advertIntervalUs) ?? number(input?.advertIntervalUs) ?? 1_000_000,
    master: source === null ? null : { source, priority: number(master?.priority) ?? 0 },
  };
}
