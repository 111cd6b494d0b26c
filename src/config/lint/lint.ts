/** What keepalived accepts and operators regret: rules over the configurations of one node, or of all nodes together. */
import type { Diagnostic } from '../diagnostics.ts';
import { Problems } from '../problems.ts';
import type { ReadConfigResult } from '../read.ts';
import { Allowances } from './allow.ts';
import { lintNode } from './facts.ts';
import { type Holder, holders } from './holders.ts';
import { pairsOf } from './rule.ts';
import { RULES } from './rules.ts';

/** More nodes than one virtual router ever has; every two of them are compared. */
export const MAX_NODES = 16;

export interface LintInput {
  /** How messages name the node. */
  readonly label: string;
  readonly result: ReadConfigResult;
}

export interface LintResult {
  /** Of the reader and of the rules; what is allowed is left out, but for errors. */
  readonly diagnostics: readonly Diagnostic[];
  readonly holders: readonly Holder[];
}

/** @param allowed codes that are not reported */
export function lint(inputs: readonly LintInput[], allowed: ReadonlySet<string> = new Set()): LintResult {
  const nodes = inputs.slice(0, MAX_NODES).map(({ label, result }) => lintNode(label, result));
  const pairs = pairsOf(nodes);
  const problems = new Problems();
  for (const { code, severity = 'warning', check } of RULES) {
    if (allowed.has(code)) continue;
    check({
      nodes,
      pairs,
      report: (place, message, suggestion) =>
        problems.add({ severity, code, place, message, suggestion: suggestion ?? null }),
    });
  }
  const allowances = new Allowances(inputs.flatMap(({ result }) => result.files));
  const read = inputs.flatMap(({ result }) => result.diagnostics);
  const diagnostics = [...read, ...problems.list()].filter(
    ({ severity, unsupported, code, file, line }) =>
      (severity === 'error' && !unsupported) || !(allowed.has(code) || allowances.allows(file, line, code)),
  );
  return { diagnostics, holders: holders(nodes) };
}

const RULE_CODES: ReadonlySet<string> = new Set(RULES.map(({ code }) => code));

/** Whether a rule found it, and not the reader. */
export function isFinding({ code }: Diagnostic): boolean {
  return RULE_CODES.has(code);
}
