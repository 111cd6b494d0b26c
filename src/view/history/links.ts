/** What led to a row and what it led to: arrows between lanes, also between nodes. */
import type { LinksAnswer, LinkView } from '../api.ts';
import { rows } from '../queries.ts';
import type { JournalSource, SourceRow } from '../source.ts';

/** Rows after a cause that are looked at for its effects: they follow soon. */
const MOST_LOOKED_AT = 2_000;
const MOST_EFFECTS = 40;
/** Rows of an instance before an advert was heard, one of which had it sent. */
const SENDERS = 60;
/** How far clocks of two nodes may be apart for their rows to be put together. */
const CLOCKS_APART_US = 50_000;
/** An advert that was asked for is heard within this time, or is another one. */
const HEARD_WITHIN_US = 2_000_000;

const SENDING = new Set(['announce', 'sendAdvert', 'reviseAnnouncement']);

function linkOf(source: JournalSource, row: SourceRow, across = false): LinkView {
  const { actor, seq, wallUs, event } = row;
  return { node: source.node, actor, seq, timeUs: wallUs, type: event.type, across };
}

function effectsOf(source: JournalSource, { seq }: SourceRow): LinkView[] {
  const found: LinkView[] = [];
  for (const row of source.rows({ fromSeq: seq + 1, toSeq: seq + MOST_LOOKED_AT })) {
    if (row.cause === seq) found.push(linkOf(source, row));
    if (found.length >= MOST_EFFECTS) break;
  }
  return found;
}

const sends = ({ effects }: SourceRow, priority: unknown): boolean =>
  effects.some(
    ({ type, params }) =>
      SENDING.has(type) &&
      (priority === undefined || params.priority === undefined || params.priority === priority),
  );

/** The row of another node's instance of that name that had this advert sent. */
function sendersOf(sources: readonly JournalSource[], own: JournalSource, row: SourceRow): LinkView[] {
  if (row.event.type !== 'advert.received') return [];
  const { source: address, priority } = row.event;
  return sources.flatMap((source) => {
    if (source === own) return [];
    const query = { actor: row.actor, after: null, before: null, seq: null, limit: SENDERS };
    const before = rows(source, { ...query, atUs: row.wallUs + CLOCKS_APART_US }).rows;
    const sender = before.findLast((candidate) => candidate.machine !== null && sends(candidate, priority));
    if (sender === undefined || !isAddressOf(source, sender, address)) return [];
    return [linkOf(source, sender, true)];
  });
}

/** The instance says itself what it sends from; one that does not may be anybody. */
function isAddressOf(source: JournalSource, { actor, seq }: SourceRow, address: unknown): boolean {
  return source.stateAt(actor, seq)?.context.sourceAddress === address;
}

/** Rows of other nodes that heard what a row had sent. */
function hearersOf(sources: readonly JournalSource[], own: JournalSource, row: SourceRow): LinkView[] {
  if (!sends(row, undefined)) return [];
  return sources.flatMap((source) => {
    if (source === own) return [];
    const fromSeq = source.seqAt(row.wallUs - CLOCKS_APART_US) + 1;
    const toSeq = Math.min(source.seqAt(row.wallUs + HEARD_WITHIN_US), fromSeq + MOST_LOOKED_AT);
    for (const heard of source.rows({ fromSeq, toSeq, actor: row.actor })) {
      const { type, source: address, priority } = heard.event;
      if (type === 'advert.received' && sends(row, priority) && isAddressOf(own, row, address))
        return [linkOf(source, heard, true)];
    }
    return [];
  });
}

/** Null: there is no such row. */
export function links(
  sources: readonly JournalSource[],
  own: JournalSource,
  seq: number,
): LinksAnswer | null {
  const row = own.row(seq);
  if (row === null) return null;
  const cause = row.cause === null ? null : own.row(row.cause);
  return {
    causes: [...(cause === null ? [] : [linkOf(own, cause)]), ...sendersOf(sources, own, row)],
    effects: [...effectsOf(own, row), ...hearersOf(sources, own, row)],
  };
}
