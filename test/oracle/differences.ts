/**
 * Where relived's `-t` and that of Debian's keepalived (2.2.7) disagree on purpose, each with its reason. docs/keepalived-compat.md
 * is written from this table.
 */
import type { Verdicts } from './judge.ts';

export interface Difference {
  readonly id: string;
  readonly title: string;
  readonly reason: string;
  /** The least that shows it. */
  readonly example: string;
  /**
   * What keepalived 2.2.7 complains of and relived does not: every line of its output is of this kind.
   * null: it accepts what relived rejects.
   */
  readonly keepalived: RegExp | null;
  /** Codes of what relived complains of and keepalived 2.2.7 does not; nothing else may be among it. */
  readonly relived: readonly string[];
  /** What the configuration has to look like, where complaints alone would not be narrow enough. */
  readonly configuration?: RegExp;
}

export const DIFFERENCES: readonly Difference[] = [];

/** The entry that explains these verdicts on a configuration; null: none does. */
export function explanation(text: string, { ours, theirs }: Verdicts): Difference | null {
  const codes = counted(ours.diagnostics);
  const lines = theirs.output.split('\n').filter((line) => line.trim() !== '');
  const explains = ({ keepalived, relived, configuration }: Difference): boolean => {
    if (configuration !== undefined && !configuration.test(text)) return false;
    if (theirs.accepted) return keepalived === null && codes.every((code) => relived.includes(code));
    return keepalived !== null && lines.length > 0 && lines.every((line) => keepalived.test(line));
  };
  return DIFFERENCES.find(explains) ?? null;
}

/** Codes of the problems that `-t` counts. */
export function counted(diagnostics: Verdicts['ours']['diagnostics']): string[] {
  return diagnostics
    .filter(({ severity, unsupported }) => severity !== 'note' && !unsupported)
    .map(({ code }) => code);
}
