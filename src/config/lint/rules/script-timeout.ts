import { blocksOf, numberOf } from '../facts.ts';
import type { LintRule } from '../rule.ts';

export const SCRIPT_TIMEOUT: LintRule = {
  code: 'script-timeout',
  title: 'a script that may run longer than its interval',
  why: 'A run that still goes on is not started again: while the script hangs, the last result stays in force for the whole timeout.',
  check: ({ nodes, report }) => {
    for (const { root } of nodes) {
      for (const script of blocksOf(root, 'vrrp_script')) {
        const interval = numberOf(script, 'interval');
        const timeout = numberOf(script, 'timeout');
        if (interval === null || timeout === null || timeout <= interval) continue;
        const times = `${timeout / 1_000_000} s, it is due every ${interval / 1_000_000} s`;
        report(
          script.place('timeout'),
          `'${String(script.name)}' may run for ${times}`,
          'a timeout below the interval',
        );
      }
    }
  },
};
