/** Problems in a configuration, each with its place, and what they mean for the exit status. */

/**
 * - `note`: the keyword is understood but has no effect here, and nothing observable is lost. keepalived is silent too.
 * - `warning`: keepalived complains and starts all the same (the line is ignored or corrected), or a function that does
 *   not decide who holds an address is missing here.
 * - `error`: keepalived refuses to start, or ignoring the line could change who holds an address.
 */
export type DiagnosticSeverity = 'note' | 'warning' | 'error';

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
  /**
   * Nothing is wrong with the configuration; it asks for what is not supported yet. `-t` judges the file and passes it;
   * a start is refused if the severity is error.
   */
  readonly unsupported: boolean;
  /** The source line, secrets masked: as written, or what its definitions and loops made of it. */
  readonly source: string;
  /** How `source` came about, outermost first: `~SEQ i=3`, `$NAME (file:line)`. Absent or empty: as written. */
  readonly expansion?: readonly string[];
  /** How often the same problem was met in the iterations of a loop; absent: once. */
  readonly times?: number;
}

/** The configuration (or a file that an enforced include demands) could not be read. */
const CANNOT_TEST = new Set(['config-not-found', 'include-failed', 'bad-interface']);
/**
 * keepalived mentions an include that matches nothing or cannot be read, and a notification script that cannot be run,
 * and passes the test. Nor has it anything against a range of addresses that is too large for anybody's table.
 */
const MENTIONED = new Set([
  'include-not-found',
  'include-skipped',
  'script-not-found',
  'script-unsafe',
  'notify-user',
  'range-too-large',
]);
const NO_CONFIG = new Set(['config-not-found', 'include-failed']);

/** Columns of source that one printed line may show; longer lines are cut around the caret. */
const SHOWN_COLUMNS = 100;

/**
 * Exit status of `relived -t`: 0 clean (notes do not count), 2 a keyword without its argument (keepalived ends at once),
 * 4 the configuration could not be tested, 5 any other problem, warnings included, 6 a script that is not safe to run
 * (keepalived 2.4.3, main.c).
 */
export function configTestExitCode(diagnostics: readonly Diagnostic[]): 0 | 2 | 4 | 5 | 6 {
  const problems = diagnostics.filter(
    ({ severity, code, unsupported }) => severity !== 'note' && !MENTIONED.has(code) && !unsupported,
  );
  if (problems.length === 0) return 0;
  if (problems.some(({ severity, code }) => severity === 'error' && code === 'missing-parameter')) return 2;
  if (problems.some(({ code }) => code === 'script-security' || code === 'key-file-exposed')) return 6;
  return problems.every((problem) => CANNOT_TEST.has(problem.code)) ? 4 : 5;
}

/**
 * Exit status of a start with this configuration: 0 go on, 2 unusable configuration (or one that asks for what is not
 * supported and decides who holds an address), 6 no configuration file.
 */
export function startExitCode(diagnostics: readonly Diagnostic[]): 0 | 2 | 6 {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  if (errors.length === 0) return 0;
  return errors.some((error) => NO_CONFIG.has(error.code)) ? 6 : 2;
}

/**
 * Every problem as text: keepalived's `(file: Line n)` first, so that existing log filters find it, then the place in
 * `file:line:column` form, the source line and a caret under the offending text. Ends with a newline unless empty.
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(formatDiagnostic).join('');
}

function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, message, suggestion } = diagnostic;
  const text = [`(${printable(file)}: Line ${line}) ${severity}: ${printable(message)} [${diagnostic.code}]`];
  text.push(`  at ${printable(file)}:${line}:${column}`);
  if (diagnostic.source.trim() !== '') {
    const gutter = String(line);
    const shown = cutAround(diagnostic.source, column, diagnostic.width);
    text.push(`  ${gutter} | ${shown.source}`, `  ${' '.repeat(gutter.length)} | ${shown.caret}`);
  }
  const { expansion = [], times = 1 } = diagnostic;
  if (expansion.length > 0) text.push(`  expanded from ${printable(expansion.join(', '))}`);
  if (times > 1) text.push(`  the same ${times - 1} more time${times > 2 ? 's' : ''} in this loop`);
  if (suggestion !== null) text.push(`  help: ${printable(suggestion)}`);
  return `${text.join('\n')}\n`;
}

/** The part of a line that is printed, and the caret line below it (tabs kept, so that both stay aligned). */
function cutAround(source: string, column: number, width: number): { source: string; caret: string } {
  const start = column - 1 < SHOWN_COLUMNS - 20 ? 0 : column - 1 - 40;
  const end = Math.min(source.length, start + SHOWN_COLUMNS);
  const before = start > 0 ? '...' : '';
  const after = end < source.length ? '...' : '';
  const indent = before.replace(/./g, ' ') + source.slice(start, column - 1).replace(/[^\t]/g, ' ');
  const carets = '^'.repeat(Math.max(1, Math.min(width, end - (column - 1))));
  return { source: before + printable(source.slice(start, end)) + after, caret: indent + carets };
}

/** Control characters would let a configuration file write to the operator's terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly the characters to replace
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/g, '?');
}

/** For editors: JSON, one object a line; `endColumn` is the column after the last character. */
export function diagnosticsJson(diagnostics: readonly Diagnostic[]): string {
  const objects = diagnostics.map((diagnostic) => JSON.stringify(diagnosticObject(diagnostic)));
  return objects.length === 0 ? '[]' : `[\n${objects.join(',\n')}\n]`;
}

function diagnosticObject({ severity, code, file, line, column, width, ...rest }: Diagnostic): object {
  const { message, suggestion, unsupported } = rest;
  return { severity, code, file, line, column, endColumn: column + width, message, suggestion, unsupported };
}

/** What a valid configuration asks for in vain, as the last line of a test; null: nothing, or it is not valid. */
export function unsupportedSummary(diagnostics: readonly Diagnostic[]): string | null {
  if (configTestExitCode(diagnostics) !== 0) return null;
  const missing = diagnostics.filter(({ unsupported, severity }) => unsupported && severity !== 'note');
  if (missing.length === 0) return null;
  const decisive = missing.filter(({ severity }) => severity === 'error').length;
  if (decisive > 0) {
    return `the configuration is valid, but relived will not start with it: ${things(decisive)} not supported yet could change who holds an address`;
  }
  return `the configuration is valid, but relived will leave ${things(missing.length)} undone: not supported yet`;
}

function things(count: number): string {
  return count === 1 ? 'one thing' : `${count} things`;
}
