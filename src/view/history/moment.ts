/** A row and all that is shown with it: one question and one picture for each place of the timeline that somebody looks at. */
import type { MomentAnswer, ViewRow } from '../api.ts';
import { at, rowInForce, withBefore } from '../queries.ts';
import type { JournalSource } from '../source.ts';
import { links } from './links.ts';

export interface MomentQuery {
  readonly actor: string;
  readonly timeUs: number;
  readonly everybody: boolean;
}

/** @param hearers sources whose instances may have heard the row's adverts */
export function moment(
  sources: readonly JournalSource[],
  hearers: readonly JournalSource[],
  own: JournalSource,
  { actor, timeUs, everybody }: MomentQuery,
): MomentAnswer {
  const row = rowInForce(own, actor, timeUs);
  if (row === null) return { row, cause: null, links: null, fleet: null };
  return {
    row,
    cause: row.cause === null ? null : causeOf(own, row.cause),
    links: links(hearers, own, row.seq),
    fleet: everybody ? at(sources, row.wallUs).fleet : null,
  };
}

function causeOf(source: JournalSource, seq: number): ViewRow | null {
  const row = source.row(seq);
  return row === null ? null : (withBefore(source, [row])[0] ?? null);
}
