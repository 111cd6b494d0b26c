/** Problems in a configuration, each with its place. */

/** keepalived's classes of configuration problem, from least to most severe; its exit status follows the worst. */
export type DiagnosticSeverity = 'warning' | 'error';

export interface Diagnostic {
  readonly severity: DiagnosticSeverity;
  /** Stable identifier, kebab-case: `unknown-keyword`, `number-out-of-range`. */
  readonly code: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  /** Width of the offending text, in characters; at least 1. */
  readonly width: number;
  /** What is wrong and what was expected, without the place. */
  readonly message: string;
  /** "did you mean ...", null if there is nothing near. */
  readonly suggestion: string | null;
  /** The source line as written. */
  readonly source: string;
}
