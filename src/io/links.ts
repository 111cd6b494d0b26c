/** Links: a table that rtnetlink messages are folded into, and what a listener must hear of it. */
import { INTERFACE_RUNNING, INTERFACE_UP } from '../../native/index.ts';
import type { LinkMessage } from '../protocol/rtnetlink.ts';

/** State of an interface. One that was up and is removed or renamed is said once more, down. */
export interface LinkState {
  readonly interface: string;
  readonly index: number;
  /** Administratively up and with a carrier (IFF_UP and IFF_RUNNING). */
  readonly up: boolean;
}

/** Links by index: names may move from one to another. */
export type LinkTable = Map<number, LinkState>;

const UP_AND_RUNNING = INTERFACE_UP | INTERFACE_RUNNING;

/** Folds a RTM_NEWLINK in. Returns nothing new for the many messages that change neither name nor state. */
export function putLink(table: LinkTable, message: LinkMessage): LinkState[] {
  const { index, name, flags } = message;
  const before = table.get(index);
  const now = { interface: name, index, up: (flags & UP_AND_RUNNING) === UP_AND_RUNNING };
  table.set(index, now);
  if (before === undefined) return [now];
  if (before.interface !== name) return before.up ? [{ ...before, up: false }, now] : [now];
  return before.up === now.up ? [] : [now];
}

/** Folds a RTM_DELLINK in. */
export function dropLink(table: LinkTable, index: number): LinkState[] {
  const before = table.get(index);
  table.delete(index);
  return before?.up ? [{ ...before, up: false }] : [];
}

/** What a listener who knows `before` must hear to know `after`; what is gone comes first. */
export function linkChanges(before: LinkTable, after: LinkTable): LinkState[] {
  const stillNamed = new Set(Array.from(after.values(), (link) => link.interface));
  const gone: LinkState[] = [];
  for (const link of before.values()) {
    if (link.up && !stillNamed.has(link.interface)) gone.push({ ...link, up: false });
  }
  const known = new Map(Array.from(before.values(), (link) => [link.interface, link]));
  const changed = [...after.values()].filter((link) => {
    const former = known.get(link.interface);
    return former?.index !== link.index || former.up !== link.up;
  });
  return [...gone, ...changed];
}
