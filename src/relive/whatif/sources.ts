/** Journals on one clock: that of the first. */
import type { JournalReader } from '../../journal/reader.ts';
import { clockBetween } from '../clocks/clock-fit.ts';
import { relationInWords } from '../clocks/words.ts';
import { nodeLabel } from '../journals.ts';
import type { Source } from './lines.ts';
import type { Window } from './losses.ts';

/** So much around the range is looked at to compare clocks. */
const MARGIN_US = 600_000_000;

export function sourcesIn(readers: readonly JournalReader[], { fromUs, toUs }: Window): Source[] {
  const [reference] = readers;
  return readers.map((reader) => {
    const name = nodeLabel(reader, readers);
    if (reference === undefined || reader === reference) return { name, reader, moveUs: 0, clock: null };
    const range = { fromWallUs: fromUs - MARGIN_US, toWallUs: toUs + MARGIN_US };
    const fit = clockBetween(reference, reader, range);
    const middleUs = Math.round((fromUs + toUs) / 2);
    const relation = fit.relationAt(middleUs);
    // Clocks that may agree are taken to: the middle of wide bounds is a worse guess than that somebody keeps them right.
    const mayAgree = relation.leastUs <= 0 && relation.mostUs >= 0;
    const moveUs = mayAgree ? 0 : Math.round(fit.toReference(middleUs).us - middleUs);
    return { name, reader, moveUs, clock: relationInWords(relation, nodeLabel(reference, readers), name) };
  });
}
