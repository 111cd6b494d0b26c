/** Asks the questions of the corpus of its recordings, and judges the answers. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { JournalReader } from '../../src/journal/reader.ts';
import type { Explanation } from '../../src/relive/why/model.ts';
import { ShiftedReader } from '../../src/relive/why/on-clock.ts';
import { answer } from '../../src/relive/why/question.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import type { Incident, Question } from './incident.ts';
import { unpack } from './recording.ts';

/** - `honest`: it says less than it could, and nothing wrong. `wrong`: it names a cause that was none. */
export type Mark = 'right' | 'honest' | 'wrong';

export interface Answer {
  readonly question: Question;
  readonly mark: Mark;
  readonly explanation: Explanation | null;
  /** What is not as the label says. */
  readonly fault: string;
}

/** An incident counts as right if every answer about it is. */
export interface Scored {
  readonly incident: Incident;
  readonly mark: Mark;
  readonly answers: readonly Answer[];
}

export function scoreIncident(incident: Incident): Scored {
  const directory = temporaryDirectory('corpus');
  try {
    const moments = unpack(incident.name, directory);
    const answers = incident.questions.map((question) => {
      const atUs = moments[question.at ?? 'end'];
      if (atUs === undefined) throw new Error(`${incident.name} has no moment ${question.at}`);
      return ask(question, directory, atUs);
    });
    const marks = answers.map(({ mark }) => mark);
    const mark = marks.includes('wrong') ? 'wrong' : marks.includes('honest') ? 'honest' : 'right';
    return { incident, mark, answers };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function ask(question: Question, directory: string, atUs: number): Answer {
  const readers = question.journals
    .filter((host) => existsSync(join(directory, host)))
    .map((host) => readerOf(join(directory, host), question.clocks?.[host] ?? 0));
  try {
    const explanation = answer(readers, {
      instance: question.about ?? null,
      atUs,
      notMaster: question.notMaster === true,
    });
    return judge(question, explanation);
  } finally {
    for (const reader of readers) reader.close();
  }
}

/** A clock that is ahead tells later times of the same. */
function readerOf(path: string, aheadSeconds: number): JournalReader {
  return aheadSeconds === 0 ? new JournalReader(path) : new ShiftedReader(path, -aheadSeconds * 1_000_000);
}

function judge(question: Question, explanation: Explanation | null): Answer {
  const told = (mark: Mark, fault = ''): Answer => ({ question, mark, explanation, fault });
  if (explanation === null) return told('honest', 'nothing found');
  const { verdict, culprit } = explanation;
  if (question.honest?.includes(verdict) === true) return told('honest', 'it says less than it could');
  if (!question.right.includes(verdict)) return told('wrong', `expected ${question.right.join(' or ')}`);
  if (question.node !== undefined && culprit.node !== question.node)
    return told('wrong', `expected ${question.node}, not ${culprit.node ?? 'nobody'}`);
  if (question.what !== undefined && !(culprit.what ?? '').includes(question.what))
    return told('wrong', `expected ${question.what}, not ${culprit.what ?? 'nothing'}`);
  const text = [explanation.sentence, ...explanation.chain.map((step) => step.text)].join('\n');
  if (question.says !== undefined && !text.includes(question.says))
    return told('wrong', `it does not say "${question.says}"`);
  return told('right');
}
