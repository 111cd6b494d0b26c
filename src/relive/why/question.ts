/** A question as it is asked of journals, and its answer. */
import type { JournalReader } from '../../journal/reader.ts';
import { nodeLabel } from '../journals.ts';
import { actorOf } from '../range.ts';
import { explain } from './explain.ts';
import { findFocus } from './focus.ts';
import type { Explanation, Witness } from './model.ts';
import { explainAbsence } from './not-master.ts';
import { onOneClock } from './on-clock.ts';
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
export function answer(readers: readonly JournalReader[], why: Why): Explanation | null {
  const named = readers.map((reader) => ({ name: nodeLabel(reader, readers), reader }));
  const { witnesses, notes, close } = onOneClock(named, why.atUs);
  try {
    const explanation = explanationOf(witnesses, why);
    return explanation === null || notes.length === 0
      ? explanation
      : { ...explanation, unknown: [...notes, ...explanation.unknown] };
  } finally {
    close();
  }
}

function explanationOf(witnesses: readonly Witness[], why: Why): Explanation | null {
  const { instance, atUs, notMaster } = why;
  const readers = witnesses.map(({ reader }) => reader);
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
