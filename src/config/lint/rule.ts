/** What a rule of the linter is, and what it is given. */
import type { Place } from '../problems.ts';
import { type Instance, type LintNode, OWNER_PRIORITY } from './facts.ts';

/** The same virtual router on two nodes; `one` is of the node that was named first. */
export interface Pair {
  readonly one: Instance;
  readonly other: Instance;
  readonly oneNode: LintNode;
  readonly otherNode: LintNode;
}

export type Report = (place: Place, message: string, suggestion?: string) => void;

export interface LintContext {
  readonly nodes: readonly LintNode[];
  /** Every two nodes that have a virtual router in common. */
  readonly pairs: readonly Pair[];
  readonly report: Report;
}

export interface LintRule {
  /** Stable, kebab-case: what a comment or `--allow` names. */
  readonly code: string;
  readonly title: string;
  /** Why it matters to an operator. */
  readonly why: string;
  /** There is nothing to mend, only something to know; without it a finding is a warning. */
  readonly severity?: 'note';
  /** Needs the files of two nodes or more. */
  readonly compares?: true;
  check(context: LintContext): void;
}

/** A rule that looks at each instance by itself. */
export function instanceRule(
  words: Pick<LintRule, 'code' | 'title' | 'why'>,
  check: (instance: Instance, report: Report, node: LintNode) => void,
): LintRule {
  return {
    ...words,
    check: ({ nodes, report }) => {
      for (const node of nodes) for (const instance of node.instances) check(instance, report, node);
    },
  };
}

/** A rule that looks at the same virtual router on two nodes. */
export function pairRule(
  words: Pick<LintRule, 'code' | 'title' | 'why'>,
  check: (pair: Pair, report: Report) => void,
): LintRule {
  return {
    ...words,
    compares: true,
    check: ({ pairs, report }) => {
      for (const pair of pairs) check(pair, report);
    },
  };
}

/** One virtual router: version 2 and 3, multicast or not, on whatever interface. */
export function routerKey({ family, virtualRouterId }: Instance): string {
  return `${family}/${virtualRouterId}`;
}

/**
 * Pairs by address family and VRID; a node that uses a VRID on several interfaces is paired by interface as well. At most
 * one pair for each instance and other node.
 */
export function pairsOf(nodes: readonly LintNode[]): Pair[] {
  const pairs: Pair[] = [];
  for (const [index, oneNode] of nodes.entries()) {
    for (const otherNode of nodes.slice(index + 1)) {
      const others = byRouter(otherNode);
      const count = byRouter(oneNode);
      for (const one of oneNode.instances) {
        const candidates = others.get(routerKey(one)) ?? [];
        const ambiguous = candidates.length > 1 || (count.get(routerKey(one)) ?? []).length > 1;
        const other = ambiguous
          ? candidates.find((candidate) => candidate.interface === one.interface)
          : candidates[0];
        if (other !== undefined) pairs.push({ one, other, oneNode, otherNode });
      }
    }
  }
  return pairs;
}

function byRouter({ instances }: LintNode): Map<string, Instance[]> {
  const found = new Map<string, Instance[]>();
  for (const instance of instances) {
    const key = routerKey(instance);
    found.set(key, [...(found.get(key) ?? []), instance]);
  }
  return found;
}

/** Priority while every tracker is well: what is added then is added, within keepalived's limits. */
export function wellPriority({ priority, trackers }: Instance): number {
  if (priority === OWNER_PRIORITY) return priority;
  return clamp(trackers.reduce((sum, { weight }) => sum + Math.max(0, weight), priority));
}

export function clamp(priority: number): number {
  return Math.min(254, Math.max(1, priority));
}
