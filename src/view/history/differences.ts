/** Where a life that never was parts from the recorded one: the first change of state that one has and the other has not. */
import type { Difference } from '../api.ts';
import { summarizeState } from '../chart/active.ts';
import type { JournalSource } from '../source.ts';

/** Lives are lived again as exactly as that: what differs by less in time is the same. */
const SAME_US = 20_000;
/** When a process ended is known to a second. */
const SAME_END_US = 1_500_000;
/** Changes of one actor that are compared; lives that are the same for so long are told to be. */
const MOST_CHANGES = 20_000;
const MOST_ACTORS = 1_000;

interface Change {
  readonly timeUs: number;
  readonly seq: number;
  /** In one word; `gone` where its process ended. */
  readonly main: string;
}

/** Actors whose states are a matter of who is master. */
const IS_COMPARED = /^(?:vrrp|group)\//;

function changes(source: JournalSource, actor: string, fromUs: number, toUs: number): Change[] {
  const [fromSeq, toSeq] = [source.seqAt(fromUs - 1) + 1, source.seqAt(toUs)];
  const found: Change[] = [];
  const before = source.stateAt(actor, fromSeq - 1);
  let main = before === null ? '' : summarizeState(before.state).main;
  for (const row of source.rows({ fromSeq, toSeq, actor, changedOnly: true })) {
    const now = summarizeState(row.state).main;
    if (now !== main) found.push({ timeUs: row.wallUs, seq: row.seq, main: now });
    main = now;
    if (found.length >= MOST_CHANGES) break;
  }
  for (const { ended, lastUs, epoch } of source.epochs()) {
    const last = source.seqAt(lastUs);
    if (ended && lastUs >= fromUs && lastUs < toUs && source.row(last)?.epoch === epoch)
      found.push({ timeUs: lastUs, seq: last, main: 'gone' });
  }
  return found.sort((a, b) => a.timeUs - b.timeUs);
}

/** What it was before a change; empty before its first. */
function mainBefore(all: readonly Change[], timeUs: number, first: string): string {
  return all.findLast((change) => change.timeUs < timeUs)?.main ?? first;
}

function firstDifference(
  recorded: JournalSource,
  whatIf: JournalSource,
  actor: string,
  [fromUs, toUs]: readonly [number, number],
): Difference | null {
  // Both are compared from where the other life begins, with what was so then.
  const [a, b] = [changes(recorded, actor, fromUs + 1, toUs), changes(whatIf, actor, fromUs + 1, toUs)];
  const mainAt = (source: JournalSource): string =>
    summarizeState(source.stateAt(actor, source.seqAt(fromUs))?.state ?? null).main;
  const isSame = (one: Change | undefined, other: Change | undefined): boolean =>
    one !== undefined &&
    one.main === other?.main &&
    Math.abs(one.timeUs - (other?.timeUs ?? 0)) <= (one.main === 'gone' ? SAME_END_US : SAME_US);
  const at = a.findIndex((change, index) => !isSame(change, b[index]));
  const place = at >= 0 ? at : a.length;
  const [was, becomes] = [a[place], b[place]];
  if (was === undefined && becomes === undefined) return null;
  const timeUs = Math.min(
    was?.timeUs ?? Number.POSITIVE_INFINITY,
    becomes?.timeUs ?? Number.POSITIVE_INFINITY,
  );
  const side = (source: JournalSource, all: readonly Change[], change: Change | undefined) => {
    const moves = change !== undefined && change.timeUs - timeUs <= SAME_US ? change : null;
    return { state: moves?.main ?? mainBefore(all, timeUs, mainAt(source)), seq: moves?.seq ?? null };
  };
  return {
    ...{ node: recorded.node, whatIfNode: whatIf.node, actor, timeUs },
    ...{ recorded: side(recorded, a, was), whatIf: side(whatIf, b, becomes) },
  };
}

/** The first of each actor, earliest first. */
export function differences(sources: readonly JournalSource[]): Difference[] {
  const found = sources.flatMap((whatIf) => {
    const recorded = sources.find(({ node }) => node === whatIf.against);
    const [first, last] = [whatIf.row(whatIf.firstSeq()), whatIf.row(whatIf.lastSeq())];
    if (recorded === undefined || first === null || last === null) return [];
    const names = new Set(
      whatIf.pieces().flatMap(({ firstSeq }) => whatIf.standingsAt(firstSeq).map(({ actor }) => actor)),
    );
    for (const { actor } of whatIf.standingsAt(whatIf.lastSeq())) names.add(actor);
    return [...names]
      .filter((actor) => IS_COMPARED.test(actor))
      .slice(0, MOST_ACTORS)
      .flatMap((actor) => firstDifference(recorded, whatIf, actor, [first.wallUs, last.wallUs]) ?? []);
  });
  return found.sort((a, b) => a.timeUs - b.timeUs || (a.actor < b.actor ? -1 : 1));
}
