/** Marks of a consolidated text: JSON that comes from another process, so nothing is taken for granted. */
import type { Expansion, Problem } from '../problems.ts';
import type { LexOptions } from './lexer.ts';

export interface LineMark extends LexOptions {
  readonly number: number;
  readonly step: number;
}

export interface ProblemMark extends Problem {
  readonly step: number;
}

export type StepMark = readonly [outer: number, rest: Omit<Expansion, 'outer'>];
export type FileMark = readonly [file: string, number: number];
export type SecretsMark = Readonly<Record<'names' | 'values' | 'lines', readonly string[]>>;

/** Each: what the mark says; null: it is malformed. */
export const lineMark = reader<LineMark>(
  (mark) =>
    isRecord(mark) &&
    isCount(mark.number) &&
    isCount(mark.step) &&
    isCount(mark.from) &&
    (mark.to === null || isCount(mark.to)) &&
    typeof mark.quiet === 'boolean',
);

export const fileMark = reader<FileMark>(
  (mark) => Array.isArray(mark) && typeof mark[0] === 'string' && isCount(mark[1]),
);

export const filesMark = reader<readonly string[]>(isTexts);

export const stepMark = reader<StepMark>(
  (mark) =>
    Array.isArray(mark) &&
    isCount(mark[0]) &&
    isRecord(mark[1]) &&
    typeof mark[1].what === 'string' &&
    typeof mark[1].loop === 'boolean' &&
    typeof mark[1].part === 'string' &&
    Array.isArray(mark[1].values) &&
    mark[1].values.every((pair) => isTexts(pair) && pair.length === 2),
);

const SEVERITIES: readonly unknown[] = ['note', 'warning', 'error'];

export const problemMark = reader<ProblemMark>(
  (mark) =>
    isRecord(mark) &&
    isCount(mark.step) &&
    SEVERITIES.includes(mark.severity) &&
    typeof mark.code === 'string' &&
    typeof mark.message === 'string' &&
    (mark.suggestion === undefined || mark.suggestion === null || typeof mark.suggestion === 'string') &&
    isPlace(mark.place),
);

export const secretsMark = reader<SecretsMark>(
  (mark) => isRecord(mark) && isTexts(mark.names) && isTexts(mark.values) && isTexts(mark.lines),
);

function reader<T>(isMark: (value: unknown) => boolean): (json: string) => T | null {
  return (json) => {
    try {
      const value: unknown = JSON.parse(json);
      return isMark(value) ? (value as T) : null;
    } catch {
      return null;
    }
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function isPlace(value: unknown): boolean {
  if (!isRecord(value) || !isCount(value.column) || !isCount(value.width) || !isRecord(value.line))
    return false;
  const { file, number, text } = value.line;
  return typeof file === 'string' && isCount(number) && typeof text === 'string';
}
