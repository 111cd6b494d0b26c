/** Links: a table that rtnetlink messages are folded into, and what a listener must hear of it. */
import { INTERFACE_RUNNING, INTERFACE_UP } from '../../native/index.ts';
import type { LinkMessage } from '../protocol/rtnetlink/link.ts';

/** State of an interface. One that is removed or renamed is said once more, down and gone. */
export interface LinkState extends Omit<LinkMessage, 'name' | 'flags'> {
  readonly interface: string;
  /** Administratively up and with a carrier (IFF_UP and IFF_RUNNING). */
  readonly up: boolean;
  /** Set when no interface has this name any longer. */
  readonly gone?: true;
}

/** Links by index: names may move from one to another. */
export type LinkTable = Map<number, LinkState>;

const UP_AND_RUNNING = INTERFACE_UP | INTERFACE_RUNNING;

function stateOf({ name, flags, ...rest }: LinkMessage): LinkState {
  return { interface: name, up: (flags & UP_AND_RUNNING) === UP_AND_RUNNING, ...rest };
}

const gone = (link: LinkState): LinkState => ({ ...link, up: false, gone: true });

function same(a: LinkState, b: LinkState): boolean {
  return (Object.keys(a) as (keyof LinkState)[]).every((key) => a[key] === b[key]);
}

/** Folds a RTM_NEWLINK in. Returns nothing new for the many messages that change nothing of its state. */
export function putLink(table: LinkTable, message: LinkMessage): LinkState[] {
  const now = stateOf(message);
  const before = table.get(now.index);
  table.set(now.index, now);
  if (before === undefined) return [now];
  if (before.interface !== now.interface) return [gone(before), now];
  return same(before, now) ? [] : [now];
}

/** Folds a RTM_DELLINK in. */
export function dropLink(table: LinkTable, index: number): LinkState[] {
  const before = table.get(index);
  table.delete(index);
  return before === undefined ? [] : [gone(before)];
}

/** What a listener who knows `before` must hear to know `after`; what is gone comes first. */
export function linkChanges(before: LinkTable, after: LinkTable): LinkState[] {
  const stillNamed = new Set(Array.from(after.values(), (link) => link.interface));
  const removed = [...before.values()].filter((link) => !stillNamed.has(link.interface));
  const known = new Map(Array.from(before.values(), (link) => [link.interface, link]));
  const changed = [...after.values()].filter((link) => {
    const former = known.get(link.interface);
    return former === undefined || !same(former, link);
  });
  return [...removed.map(gone), ...changed];
}
