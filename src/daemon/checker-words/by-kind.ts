/** Which kind of checker has which words. */
import type { ProbePlan } from '../../machines/checker/checker.input.ts';
import { httpWords } from './http.ts';
import { tcpWords } from './tcp.ts';
import type { CheckerWords } from './told.ts';

export const WORDS: Readonly<Record<ProbePlan['kind'], CheckerWords>> = {
  tcp: tcpWords,
  http: httpWords,
  ssl: httpWords,
};
