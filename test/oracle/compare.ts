/** Comparing relived's verdicts with the judge's on many configurations, and finding out why they differ. */

import { counted, type Difference, explanation } from './differences.ts';
import type { Sample } from './installed.ts';
import { inParallel, type Judge, type Verdicts } from './judge.ts';
import { shrink } from './shrink.ts';

export interface Comparison {
  readonly compared: number;
  /** Of these, how many keepalived accepts. */
  readonly accepted: number;
  /** keepalived gave no verdict: it died. */
  readonly silent: readonly string[];
  /** Names of those that both judge alike. */
  readonly agreed: ReadonlySet<string>;
  /** How often each known difference was met. */
  readonly known: ReadonlyMap<Difference, number>;
  /** Differences that nothing explains, as a test may print them. */
  readonly unexplained: readonly string[];
}

/** Two at a time: the machines that run this have two processors. */
const WIDTH = 2;

/** Further ones are most often of the same kind, and each costs a second. */
const SHRUNK = 20;

export async function compare(judge: Judge, samples: readonly Sample[]): Promise<Comparison> {
  const silent: string[] = [];
  const agreed = new Set<string>();
  const known = new Map<Difference, number>();
  const unexplained: string[] = [];
  let accepted = 0;
  await inParallel(samples, WIDTH, async ({ name, text }) => {
    const verdicts = await judge.verdicts(text);
    if (verdicts.theirs.failure !== null) silent.push(name);
    else if (verdicts.theirs.accepted) accepted++;
    if (alike(verdicts)) {
      if (verdicts.theirs.failure === null) agreed.add(name);
      return;
    }
    const direct = explanation(text, verdicts);
    const small =
      direct !== null || unexplained.length >= SHRUNK
        ? { text, verdicts }
        : await smallest(judge, text, verdicts);
    const found = direct ?? explanation(small.text, small.verdicts);
    if (found !== null) known.set(found, (known.get(found) ?? 0) + 1);
    else unexplained.push(describe(name, small.text, small.verdicts));
  });
  return { compared: samples.length, accepted, silent, agreed, known, unexplained };
}

/** A configuration on which the verdicts differ in the same way, without the lines that have no part in it. */
async function smallest(
  judge: Judge,
  text: string,
  verdicts: Verdicts,
): Promise<{ text: string; verdicts: Verdicts }> {
  const differs = async (less: string): Promise<boolean> => {
    const now = await judge.verdicts(less);
    return !alike(now) && now.theirs.accepted === verdicts.theirs.accepted;
  };
  const less = await shrink(text, differs);
  return { text: less, verdicts: await judge.verdicts(less) };
}

function alike({ ours, theirs }: Verdicts): boolean {
  return theirs.failure !== null || ours.accepted === theirs.accepted;
}

function describe(name: string, text: string, { ours, theirs }: Verdicts): string {
  const word = (accepted: boolean): string => (accepted ? 'accepts' : 'rejects');
  const codes = counted(ours.diagnostics);
  const messages = ours.diagnostics
    .filter(({ code }) => codes.includes(code))
    .map(({ line, code, message }) => `line ${line}: ${message} [${code}]`);
  return [
    `${name}: keepalived ${word(theirs.accepted)}, relived ${word(ours.accepted)}`,
    text.replaceAll(/^/gm, '    ').trimEnd(),
    `  keepalived: ${theirs.output.trim().replaceAll('\n', '\n    ')}`,
    `  relived: ${messages.join('\n    ')}`,
  ].join('\n');
}
