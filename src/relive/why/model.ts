/** What an explanation is made of. */
import type { Epoch, StoredRow } from '../../journal/model.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';

/**
 * Wall clocks of nodes are compared as they are. Within this an order across nodes is not claimed.
 * NTP keeps neighbours on a LAN well inside it.
 */
export const CLOCK_TOLERANCE_US = 200_000;

export type Verdict =
  | 'peer-killed'
  | 'peer-crashed'
  | 'peer-stopped'
  | 'peer-stalled'
  | 'peer-resigned'
  | 'peer-silent'
  | 'link-cut'
  | 'path-broken'
  | 'path-healed'
  | 'preemption'
  | 'start-up'
  | 'returned'
  | 'own-stall'
  | 'object-deleted'
  | 'tracker-failed'
  | 'stopped'
  | 'crashed'
  | 'killed'
  | 'checked'
  | 'ordered'
  | 'name-changed'
  | 'reconfigured'
  | 'other';

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
    name: text(input?.name) ?? actor.replace(/^vrrp\//, ''),
    priority: number(context.effectivePriority) ?? number(input?.priority) ?? 0,
    sourceAddress: text(context.sourceAddress),
    virtualRouterId: number(input?.virtualRouterId),
    intervalUs: number(master?.advertIntervalUs) ?? number(input?.advertIntervalUs) ?? 1_000_000,
    master: source === null ? null : { source, priority: number(master?.priority) ?? 0 },
  };
}
