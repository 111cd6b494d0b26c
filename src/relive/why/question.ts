/** A question as it is asked of journals, and its answer. */
import type { JournalReader } from '../../journal/reader.ts';
import { nodeLabel } from '../journals.ts';
import { actorOf } from '../range.ts';
import { explain } from './explain.ts';
import { findFocus } from './focus.ts';
import type { Explanation } from './model.ts';
import { explainAbsence } from './not-master.ts';
import { explainServer, findServerChange, serversCalled } from './server.ts';

export interface Why {
  /** VRRP instance, virtual or real server; null: whatever changed last. */
  readonly instance: string | null;
  /** Unix time: the newest change at or before it; null: of all. */
  readonly atUs: number | null;
  /** Why it was not master then, instead of what changed. Of an instance. */
  readonly notMaster: boolean;
}

/** Without a word: of an instance, and of a server only where no instance has changed. Null: nothing changed. */
export function answer(
  readers: readonly JournalReader[],
  { instance, atUs, notMaster }: Why,
): Explanation | null {
  const witnesses = readers.map((reader) => ({ name: nodeLabel(reader, readers), reader }));
  if (notMaster && instance !== null) return explainAbsence(witnesses, actorOf(instance, readers), atUs);
  const servers = instance === null ? [] : serversCalled(instance, readers);
  if (servers.length === 0) {
    const change = findFocus(witnesses, instance === null ? null : actorOf(instance, readers), atUs);
    if (change !== null) return explain(change, witnesses);
  }
  if (instance !== null && servers.length === 0) return null;
  const change = findServerChange(witnesses, instance === null ? null : servers, atUs);
  return change === null ? null : explainServer(change, witnesses);
}
