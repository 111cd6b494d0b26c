import { blocksOf, numberOf } from '../facts.ts';
import type { LintRule } from '../rule.ts';

export const QUORUM_UNREACHABLE: LintRule = {
  code: 'quorum-unreachable',
  title: 'a quorum that is never regained',
  why: 'A service that lost its quorum comes back when the weight of the live servers reaches quorum and hysteresis. If all of them together do not, it stays down.',
  check: ({ nodes, report }) => {
    for (const { root } of nodes) {
      for (const server of blocksOf(root, 'virtual_server')) {
        const weights = blocksOf(server, 'real_server').map((one) => numberOf(one, 'weight') ?? 1);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const written = server.given('quorum').findLast(({ value }) => typeof value === 'number')?.value;
        const quorum = typeof written === 'number' ? written : (numberOf(server, 'quorum') ?? 1);
        const hysteresis = numberOf(server, 'hysteresis') ?? 0;
        if (
          weights.length === 0 ||
          blocksOf(server, 'real_server_name').length > 0 ||
          quorum + hysteresis <= total
        )
          continue;
        const needs = hysteresis === 0 ? String(quorum) : `${quorum} and a hysteresis of ${hysteresis}`;
        report(
          server.place('quorum'),
          `the quorum needs ${needs}, all real servers together have weight ${total}`,
        );
      }
    }
  },
};
