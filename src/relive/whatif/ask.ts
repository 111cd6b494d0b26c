/** From journals and changes to an answer. */
import type { JournalReader } from '../../journal/reader.ts';
import { CliError, EXIT } from '../cli.ts';
import { findFocus } from '../why/focus.ts';
import { type ChangeOptions, changesInWords, termsOf } from './changes.ts';
import type { RoleChange } from './chronicle.ts';
import { figuresOf, firstDifference, firstOtherSending } from './compare.ts';
import { parseEdit } from './edit.ts';
import type { Life } from './life.ts';
import type { Source } from './lines.ts';
import { type LivedAgain, liveAgain, RangeTooLong } from './live.ts';
import type { Window } from './losses.ts';
import type { Scribe } from './scribe.ts';
import type { Answer, Report } from './telling.ts';
import { type Terms, UNCHANGED } from './terms.ts';

/** Before and after the newest change of mastership, if no range is given. */
const AROUND_US = 60_000_000;

/** The newest change of mastership with what is around it. @throws CliError 3 */
export function aroundLastFailover(readers: readonly JournalReader[], actor: string | null): Window {
  const witnesses = readers.map((reader) => ({ name: reader.node, reader }));
  const change = findFocus(witnesses, actor, null);
  if (change === null) throw new CliError(EXIT.nothingFound, 'no change of mastership found; give --since');
  return { fromUs: change.wallUs - AROUND_US, toUs: change.wallUs + AROUND_US };
}

/** Nothing is known after the last sign of life of all. */
export function withinHistory({ fromUs, toUs }: Window, readers: readonly JournalReader[]): Window {
  const lastUs = Math.max(...readers.map((reader) => reader.epochs().at(-1)?.lastWallUs ?? 0));
  const firstUs = Math.min(...readers.map((reader) => reader.epochs()[0]?.startWallUs ?? 0));
  const range = { fromUs: Math.max(fromUs, firstUs - 1), toUs: Math.min(toUs, lastUs) };
  if (range.toUs <= range.fromUs) throw new CliError(EXIT.nothingFound, 'no history in this range');
  return range;
}

export interface Question {
  readonly sources: readonly Source[];
  readonly range: Window;
  readonly changes: ChangeOptions;
  /** Only about this instance; null: about all that change, or have changed. */
  readonly actor: string | null;
  /** Directory for the journals of the changed life, one for each router; null: it is not written down. */
  readonly write?: string | null;
}

export async function ask({ sources, range, changes, actor, write = null }: Question): Promise<Report> {
  const readers = sources.map(({ reader }) => reader);
  const names = sources.map(({ name }) => name);
  const edits = changes.set.map(parseEdit);
  const terms = await termsOf(changes, edits, names, readers);
  const used = new Set<string>();
  const watched: Terms = {
    ...terms,
    input: (router, id, recorded) => {
      const input = terms.input(router, id, recorded);
      if (input !== recorded) used.add(router);
      return input;
    },
  };
  const scribe = write === null ? null : new (await import('./scribe.ts')).Scribe();
  const lived = live(sources, range, watched, scribe);
  if (edits.length + changes.config.length > 0 && used.size === 0)
    throw new CliError(
      EXIT.usage,
      `${changesInWords(changes).join(', ')}: nothing in this history is configured otherwise by that`,
    );
  const report = reportOf(lived, changes, actor);
  if (write !== null && report.mismatches.length === 0) {
    const moveUs = new Map(sources.map(({ name, moveUs: us }) => [name, us]));
    scribe?.write(write, range.toUs, { terms, moveUs, changes: report.changes });
  }
  const clocks = sources.flatMap(({ clock }) => clock ?? []).map((words) => `clocks: ${words}`);
  return { ...report, assumptions: [...report.assumptions, ...clocks] };
}

/** @throws CliError 2 or 3 */
export function live(
  sources: readonly Source[],
  range: Window,
  changed: Terms,
  scribe: Scribe | null = null,
): LivedAgain {
  try {
    const lived = liveAgain({ sources, range, unchanged: UNCHANGED, changed: [changed], scribe });
    const [missing] = lived.missingMachines;
    if (missing !== undefined)
      throw new CliError(
        EXIT.error,
        `${missing} was recorded, and there is no such machine to live it again with`,
      );
    return lived;
  } catch (error) {
    if (error instanceof RangeTooLong) throw new CliError(EXIT.usage, error.message);
    throw error;
  }
}

export function reportOf(lived: LivedAgain, changes: ChangeOptions, actor: string | null): Report {
  const { range, routers, proof, changed, base } = lived;
  const [life = base] = changed;
  const wrong = new Set(proof.mismatches.map((mismatch) => mismatch.actor));
  const answers = virtualRouters(lived, actor)
    .filter((names) => !names.some((name) => wrong.has(name)))
    .map((names) => answerOf(lived, life, names));
  return {
    ...range,
    routers,
    changes: changesInWords(changes),
    proven: { states: proof.same, largestUs: proof.largestUs },
    mismatches: proof.mismatches,
    answers,
    assumptions: assumptionsOf(lived, life, changes),
  };
}

/** Instances that are of one virtual router, of all routers together. */
function virtualRouters({ virtualRouter, base, changed }: LivedAgain, actor: string | null): string[][] {
  const groups = new Map<string, Set<string>>();
  for (const [key, label] of virtualRouter) {
    const name = key.slice(key.indexOf(' ') + 1);
    groups.set(label, (groups.get(label) ?? new Set()).add(name));
  }
  const moved = new Set(
    [base, ...changed].flatMap(({ chronicle }) => chronicle.changes.map((each) => each.actor)),
  );
  return [...groups.values()]
    .map((names) => [...names])
    .filter((names) => (actor === null ? names.some((name) => moved.has(name)) : names.includes(actor)));
}

function answerOf(lived: LivedAgain, life: Life, names: readonly string[]): Answer {
  const { base, range, routers } = lived;
  const isOurs = ({ actor }: RoleChange): boolean => names.includes(actor);
  const before = new Map(
    [...lived.before].filter(([key]) => names.includes(key.slice(key.indexOf(' ') + 1))),
  );
  const terms = { routers: routers.length, before, endUs: range.toUs };
  const of = ({ chronicle, falseTakeOvers }: Life) =>
    figuresOf(chronicle.changes.filter(isOurs), falseTakeOvers.filter(isOurs), terms);
  const [was, becomes] = [base, life].map(({ chronicle }) => chronicle.changes.filter(isOurs));
  const other = routers.length > 1 ? null : firstOtherSending(base, life, names[0] ?? null);
  return {
    actor: names[0] ?? '',
    recorded: of(base),
    changed: of(life),
    difference: firstDifference(was ?? [], becomes ?? []),
    unknownFromUs: other?.atUs ?? null,
    timeline: becomes ?? [],
  };
}

function assumptionsOf({ routers, uncertain }: LivedAgain, life: Life, changes: ChangeOptions): string[] {
  const isOne = routers.length === 1;
  const assumptions: string[] = [];
  for (const [type, count] of life.assumed)
    assumptions.push(
      `${count} times ${type}: no such answer of the kernel is recorded then, so a healthy one is taken`,
    );
  if (life.hasOtherIntervals)
    assumptions.push(
      isOne
        ? 'other routers have the new interval, too, and send from their first recorded advert to their last'
        : 'all routers have the new interval',
      'a gap of several lost adverts is a time in which nothing comes through, from the first of them to the last; one lost advert is one lost advert',
    );
  if (life.unplacedGaps > 0)
    assumptions.push(
      `${life.unplacedGaps} gaps within a minute of adverts are put into its middle: where they were is not recorded`,
    );
  if (isOne) assumptions.push('a sender that is heard no more was gone right after its last advert');
  else
    assumptions.push(
      'what got lost between these routers gets lost again at the same times; everything else takes 0.2 ms',
    );
  if (changes.ignoreEvent.length + changes.without.length > 0)
    assumptions.push('what was not heard because of what is left out is not heard now either');
  for (const actor of uncertain)
    assumptions.push(`${actor} is at the beginning what is known of it: rows of it were lost`);
  return assumptions;
}
