/** What the corpus is made of: how an incident is played, and what the right answers to questions about it are. */
import type { Verdict } from '../../src/relive/why/model.ts';
import type { Stage } from './stage.ts';

/** How an incident is played. */
export interface Script {
  readonly hosts: readonly string[];
  readonly play: (stage: Stage) => Promise<void>;
}

export interface Question {
  /** Whose journals are at hand. */
  readonly journals: readonly string[];
  /** What is asked about; default: whatever changed last. */
  readonly about?: string;
  /** Name of a moment of the recording; `end`. */
  readonly at?: string;
  /** By router: seconds that its clock is taken to be ahead of that of the first journal. */
  readonly clocks?: Readonly<Record<string, number>>;
  /** Asked why it is not master. */
  readonly notMaster?: true;
  /** Verdicts that are right; the first is the best. */
  readonly right: readonly Verdict[];
  /** Verdicts that say less than the journals could tell, and nothing wrong. They do not count as right. */
  readonly honest?: readonly Verdict[];
  /** Of a right answer: the router where it began, by name or address. */
  readonly node?: string;
  /** Of a right answer: the tracker, object, server or fault. */
  readonly what?: string;
  /** Of a right answer: a part of its text that must be there. */
  readonly says?: string;
}

export interface Incident {
  readonly name: string;
  /** In plain words, as somebody would tell it. */
  readonly story: string;
  readonly questions: readonly Question[];
}
