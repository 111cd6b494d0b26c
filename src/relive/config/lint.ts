/** `relive config lint`. */
import path from 'node:path';
import {
  configTestExitCode,
  type Diagnostic,
  diagnosticsJson,
  formatDiagnostics,
} from '../../config/diagnostics.ts';
import type { Holder, Standing } from '../../config/lint/holders.ts';
import { isFinding, lint, MAX_NODES } from '../../config/lint/lint.ts';
import { RULES } from '../../config/lint/rules.ts';
import { CliError, EXIT, print, writeOut } from '../cli.ts';
import { table } from '../output.ts';
import { type InputOptions, Inputs } from './input.ts';

export interface LintOptions extends InputOptions {
  readonly output: 'text' | 'json';
  readonly allow: readonly string[];
  readonly rules?: true;
}

const FINDINGS = 1;

export function run(files: readonly string[], options: LintOptions): void {
  if (options.rules === true) {
    listRules();
    return;
  }
  if (files.length === 0) throw new CliError(EXIT.usage, 'which file? name one for each node');
  if (files.length > MAX_NODES) throw new CliError(EXIT.usage, `more than ${MAX_NODES} nodes`);
  const labels = labelsOf(files);
  // At most one of several nodes is this machine.
  const reader = new Inputs({ ...options, host: options.host && files.length === 1 });
  const inputs = files.map((file, index) => ({
    label: labels[index] ?? file,
    result: reader.read(file, index),
  }));
  const { diagnostics, holders } = lint(inputs, new Set(options.allow));
  if (options.output === 'json') print(diagnosticsJson(diagnostics));
  else showText(diagnostics, files.length > 1 ? holders : []);
  process.exitCode = lintExitCode(diagnostics);
}

/** That of `relived -t` for what the reader found; else whether there is anything to look at. */
export function lintExitCode(diagnostics: readonly Diagnostic[]): number {
  const ofReader = configTestExitCode(diagnostics.filter((diagnostic) => !isFinding(diagnostic)));
  if (ofReader !== 0) return ofReader;
  return diagnostics.some(({ severity, unsupported }) => unsupported || severity !== 'note') ? FINDINGS : 0;
}

/** The end of each path that tells it from the others. */
function labelsOf(files: readonly string[]): string[] {
  const names = files.map((file) => path.basename(file));
  return new Set(names).size === files.length ? names : [...files];
}

function showText(diagnostics: readonly Diagnostic[], holders: readonly Holder[]): void {
  writeOut(formatDiagnostics(diagnostics));
  const counts = (['error', 'warning', 'note'] as const)
    .map((severity) => ({ severity, count: diagnostics.filter((one) => one.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${severity}${count === 1 ? '' : 's'}`);
  print(counts.length === 0 ? 'nothing found' : counts.join(', '));
  if (holders.length === 0) return;
  print('');
  const standing = (one: Standing | null): string => (one === null ? '-' : `${one.node} (${one.priority})`);
  const rows = holders.map(({ address, virtualRouterId, holder, next, remark }) => [
    address,
    String(virtualRouterId),
    standing(holder),
    standing(next),
    remark,
  ]);
  for (const line of table([['ADDRESS', 'VRID', 'HOLDER', 'NEXT', ''], ...rows])) print(line);
}

/** `relive config lint --rules`. */
function listRules(): void {
  const rows = RULES.map(({ code, title, compares }) => [code, compares === true ? 'nodes' : 'file', title]);
  for (const line of table([['CODE', 'LOOKS AT', 'FINDS'], ...rows])) print(line);
}
