/** `--sweep`: one keyword with many values, each lived through. */
import { CliError, EXIT } from '../cli.ts';
import { type ChangeOptions, changesInWords, termsOf } from './changes.ts';
import { type Figures, figuresOf } from './compare.ts';
import { parseEdit } from './edit.ts';
import type { Life } from './life.ts';
import type { Source } from './lines.ts';
import { type LivedAgain, liveAgain } from './live.ts';
import type { Window } from './losses.ts';
import type { Mismatch } from './proof.ts';
import { UNCHANGED } from './terms.ts';

export interface SweepValue {
  /** Null: as it was. */
  readonly value: string | null;
  readonly figures: Figures;
}

export interface SweepReport {
  readonly fromUs: number;
  readonly toUs: number;
  readonly keyword: string;
  readonly changes: readonly string[];
  readonly proven: { readonly states: number; readonly largestUs: number };
  /** Instances that did not come out as recorded: they are in no figure. */
  readonly leftOut: readonly Mismatch[];
  readonly instances: number;
  readonly values: readonly SweepValue[];
  readonly assumptions: readonly string[];
}

/** Keywords that count something, so that values between are whole. */
const WHOLE = new Set(['priority', 'down_timer_adverts', 'rise', 'fall', 'weight']);
const MOST_VALUES = 50;
/** Values of a stretch whose number is not said. */
const USUAL_VALUES = 8;
const ROUND = [1, 2, 5];

/** `advert_int=0.05..2`, `priority=90..110/5`, `advert_int=0.1,0.3,1`. @throws CliError 2 */
export function parseSweep(text: string): { readonly key: string; readonly values: readonly string[] } {
  const [, key = '', rest = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  const stretch = /^([\d.]+?)\.\.([\d.]+?)(?:\/(\d+))?$/.exec(rest);
  const values = stretch === null ? rest.split(',') : between(key, stretch);
  const isUsable = key !== '' && values.length > 0 && values.length <= MOST_VALUES;
  if (!isUsable || values.some((value) => value.trim() === ''))
    throw new CliError(
      EXIT.usage,
      `--sweep ${text}: expected KEYWORD=FROM..TO, KEYWORD=FROM..TO/COUNT or KEYWORD=A,B,C, at most ${MOST_VALUES} values`,
    );
  parseEdit(`${key}=${values[0] ?? ''}`);
  return { key, values };
}

function between(key: string, [, from = '', to = '', count]: RegExpExecArray): string[] {
  const [low, high] = [Number(from), Number(to)];
  if (!(low < high)) return [];
  const isWhole = WHOLE.has(key.replace(/^.*[.:]/, ''));
  const steps = count === undefined ? null : Math.max(2, Number(count));
  if (isWhole) {
    const number = steps ?? Math.min(USUAL_VALUES, high - low + 1);
    const values = Array.from({ length: number }, (_, i) =>
      Math.round(low + ((high - low) * i) / (number - 1)),
    );
    return [...new Set(values)].map(String);
  }
  if (steps === null && low > 0) return rounded(low, high).map(String);
  const number = steps ?? USUAL_VALUES;
  return Array.from({ length: number }, (_, i) => {
    const share = i / (number - 1);
    const value = low > 0 ? low * (high / low) ** share : high * share;
    return String(Number(value.toPrecision(3)));
  });
}

/** 0.05, 0.1, 0.2, 0.5, 1, 2. */
function rounded(low: number, high: number): number[] {
  const values = new Set([low]);
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    for (const digit of ROUND) {
      const value = Number((digit * 10 ** power).toPrecision(3));
      if (value > low && value < high) values.add(value);
    }
  return [...values, high];
}

export interface SweepQuestion {
  readonly sources: readonly Source[];
  readonly range: Window;
  readonly changes: ChangeOptions;
  readonly sweep: string;
  readonly progress: (share: number) => void;
}

export async function sweep(question: SweepQuestion): Promise<SweepReport> {
  const { sources, range, changes } = question;
  const { key, values } = parseSweep(question.sweep);
  const readers = sources.map(({ reader }) => reader);
  const names = sources.map(({ name }) => name);
  const terms = await Promise.all(
    values.map((value) => {
      const edits = [...changes.set, `${key}=${value}`].map(parseEdit);
      return termsOf(changes, edits, names, readers);
    }),
  );
  const lived = liveAgain({
    ...{ sources, range, changed: terms, isCounted: true, unchanged: UNCHANGED },
    progress: (atUs) => question.progress((atUs - range.fromUs) / (range.toUs - range.fromUs)),
  });
  const figures = figuresIn(lived);
  return {
    ...range,
    keyword: key,
    changes: changesInWords(changes),
    proven: { states: lived.proof.same, largestUs: lived.proof.largestUs },
    leftOut: lived.proof.mismatches,
    instances: lived.virtualRouter.size,
    values: [
      { value: null, figures: figures(lived.base) },
      ...lived.changed.map((life, i) => ({ value: values[i] ?? '', figures: figures(life) })),
    ],
    assumptions: assumptionsOf(lived),
  };
}

/** Of all virtual routers together that came out as recorded. */
function figuresIn(lived: LivedAgain): (life: Life) => Figures {
  const { range, routers, proof, virtualRouter } = lived;
  const without = new Set(proof.mismatches.map(({ actor }) => actor));
  const labels = new Set(virtualRouter.values());
  const namesOf = (label: string): Set<string> =>
    new Set(
      [...virtualRouter].filter(([, own]) => own === label).map(([key]) => key.slice(key.indexOf(' ') + 1)),
    );
  return ({ chronicle, falseTakeOvers, tally }) => {
    if (tally !== null) return tally.figures(without, range.toUs);
    const all = [...labels].flatMap((label) => {
      const names = namesOf(label);
      if ([...names].some((name) => without.has(name))) return [];
      const isOurs = ({ actor }: { readonly actor: string }): boolean => names.has(actor);
      const before = new Map([...lived.before].filter(([key]) => names.has(key.slice(key.indexOf(' ') + 1))));
      const terms = { routers: routers.length, before, endUs: range.toUs };
      return [figuresOf(chronicle.changes.filter(isOurs), falseTakeOvers.filter(isOurs), terms)];
    });
    return together(all);
  };
}

function together(all: readonly Figures[]): Figures {
  const sum = (of: (figures: Figures) => number): number => all.reduce((total, each) => total + of(each), 0);
  return {
    failovers: sum(({ failovers }) => failovers),
    takeOvers: sum(({ takeOvers }) => takeOvers),
    falseTakeOvers: sum(({ falseTakeOvers }) => falseTakeOvers),
    detectionUs: all.flatMap(({ detectionUs }) => detectionUs).sort((a, b) => a - b),
    nobodyUs: sum(({ nobodyUs }) => nobodyUs),
    twoUs: sum(({ twoUs }) => twoUs),
    unknownUs: sum(({ unknownUs }) => unknownUs),
  };
}

function assumptionsOf({ routers, changed, base }: LivedAgain): string[] {
  const isOne = routers.length === 1;
  const assumptions: string[] = [];
  const losses = Math.max(0, ...changed.map((life) => life.losses));
  const others = changed.some(({ hasOtherIntervals }) => hasOtherIntervals);
  if (others)
    assumptions.push(
      isOne
        ? 'other routers have the interval of each line, too, and send from their first recorded advert to their last'
        : 'all routers have the interval of each line',
      `one lost advert is one lost advert; several in a row are a time in which nothing comes through${isOne ? ` (${losses} times)` : ''}`,
      'lateness and pauses that were shorter than half the recorded interval are in no journal, so shorter intervals may fare worse than shown',
    );
  if (isOne)
    assumptions.push(
      'a sender that is heard no more was gone right after its last advert',
      'a master that is heard again before the recorded Master_Down_Interval is over lived on; of others that is not known',
      'what others send does not depend on what this router does',
    );
  if (base.unplacedGaps > 0)
    assumptions.push(
      `${base.unplacedGaps} gaps within a minute of adverts are put into its middle: where they were is not recorded`,
    );
  return assumptions;
}
