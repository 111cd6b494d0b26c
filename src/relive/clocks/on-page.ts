/** The clocks of the nodes on the visualizer's page, compared as everywhere in relive; on the clock of the first node. */
import { JournalError } from '../../journal/model.ts';
import { JournalReader } from '../../journal/reader.ts';
import type { ClocksAnswer, ClockView } from '../../view/api.ts';
import type { CompareClocks } from '../../view/history/answers.ts';
import { type ClockFit, clockBetween, type FitOptions } from './clock-fit.ts';
import { relationInWords } from './words.ts';

const HOUR_US = 3_600_000_000;
/** Of a longer time the last hours are compared: reading months takes too long for a page. */
const LONGEST_US = 2 * HOUR_US;
/** Times at which the correction is told; in between clocks drift by less than a pixel. */
const PIECES = 16;
const KEPT = 8;
const FRESH_MS = 30_000;

export interface ClockedNode {
  readonly node: string;
  readonly directory: string;
}

/** A time of the page, by whole hours, so that scrolling compares little anew. */
function rangeOf(fromUs: number, toUs: number): { readonly fromWallUs: number; readonly toWallUs: number } {
  const toWallUs = Math.ceil(toUs / HOUR_US) * HOUR_US;
  return {
    fromWallUs: Math.max(Math.floor(fromUs / HOUR_US) * HOUR_US, toWallUs - LONGEST_US),
    toWallUs,
  };
}

function viewOf(fit: ClockFit, node: string, reference: string, fromUs: number, toUs: number): ClockView {
  const pieces = Array.from({ length: PIECES }, (_, index) => {
    const from = fromUs + (index * (toUs - fromUs)) / PIECES;
    const { us, errorUs } = fit.toReference(from);
    return { fromUs: from, shiftUs: us - from, errorUs: Number.isFinite(errorUs) ? errorUs : null };
  });
  const middle = fit.relationAt((fromUs + toUs) / 2);
  return { node, pieces, words: relationInWords(middle, reference, node) };
}

function compare(
  nodes: readonly ClockedNode[],
  fromUs: number,
  toUs: number,
  options: FitOptions,
): ClocksAnswer {
  const readers: JournalReader[] = [];
  try {
    for (const { directory } of nodes) readers.push(new JournalReader(directory));
    const [reference, ...others] = readers;
    const name = nodes[0]?.node;
    if (reference === undefined || name === undefined) return { reference: null, clocks: [] };
    const range = { fromWallUs: fromUs, toWallUs: toUs };
    const clocks = others.map((reader, index) => {
      const fit = clockBetween(reference, reader, range, options);
      return viewOf(fit, nodes[index + 1]?.node ?? '', name, fromUs, toUs);
    });
    return { reference: name, clocks };
  } catch (error) {
    // A node without a journal yet, or a segment that has just been removed: there is nothing to compare for now.
    if (!(error instanceof JournalError)) throw error;
    return { reference: null, clocks: [] };
  } finally {
    for (const reader of readers) reader.close();
  }
}

/** @param nodes as they are called now */
export function clocksOnPage(nodes: () => readonly ClockedNode[], options: FitOptions = {}): CompareClocks {
  const kept = new Map<string, { readonly answer: ClocksAnswer; readonly untilMs: number }>();
  return (fromUs, toUs) => {
    const named = nodes();
    if (named.length < 2) return { reference: null, clocks: [] };
    const { fromWallUs, toWallUs } = rangeOf(fromUs, toUs);
    const key = `${fromWallUs} ${toWallUs} ${named.map(({ node }) => node).join('\n')}`;
    const known = kept.get(key);
    const nowMs = performance.timeOrigin + performance.now();
    if (known !== undefined && known.untilMs > nowMs) return known.answer;
    const answer = compare(named, fromWallUs, toWallUs, options);
    // An hour that is not over tells more and more.
    const untilMs = toWallUs / 1_000 < nowMs ? Number.POSITIVE_INFINITY : nowMs + FRESH_MS;
    kept.delete(key);
    kept.set(key, { answer, untilMs });
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT) break;
      kept.delete(oldest);
    }
    return answer;
  };
}
