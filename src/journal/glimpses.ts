/** An actor's changes newest first, with little of each: to look for one among very many without reading them. */
import type { Json } from '../protocol/json.ts';
import type { SegmentReader } from './segment-reader.ts';

/** Rows fetched at a time: few at first, as most searches end soon. */
const FIRST_PAGE = 16;
const LARGEST_PAGE = 1024;

export interface Glimpse {
  readonly seq: number;
  readonly epoch: number;
  readonly wallUs: number;
  readonly kind: string;
  readonly state: Json;
}

interface GlimpseRow {
  readonly seq: number;
  readonly wall_us: number;
  readonly kind: string;
  readonly state: string;
}

/** Those of one segment at or before a seq. */
export function* glimpsesOf(segment: SegmentReader, actor: string, seq: number): Generator<Glimpse> {
  const [known] = segment.query<{ id: number }>('SELECT id FROM actor WHERE name = ?', actor);
  if (known === undefined) return;
  const sql = `SELECT seq, wall_us, kind, state FROM ev
    WHERE actor = ? AND changed = 1 AND seq <= ? ORDER BY seq DESC LIMIT ?`;
  const { epoch } = segment.meta;
  let size = FIRST_PAGE;
  for (let to = seq; ; size = Math.min(2 * size, LARGEST_PAGE)) {
    const page = segment.query<GlimpseRow>(sql, known.id, to, size);
    for (const row of page)
      yield {
        ...{ seq: row.seq, epoch, wallUs: row.wall_us, kind: row.kind },
        state: segment.parseState(row.state),
      };
    const last = page.at(-1);
    if (last === undefined || page.length < size) return;
    to = last.seq - 1;
  }
}
