import { blocksOf } from '../facts.ts';
import type { LintRule } from '../rule.ts';

const CHECKERS = /^[A-Z]+_(CHECK|GET)$/;

export const NO_CHECKER: LintRule = {
  code: 'no-checker',
  title: 'a real server that nothing checks',
  why: 'It counts as alive whatever happens to it, and connections go on being sent there.',
  check: ({ nodes, report }) => {
    for (const { root } of nodes) {
      for (const server of blocksOf(root, 'virtual_server')) {
        for (const real of blocksOf(server, 'real_server')) {
          const checkers = Object.keys(real.spec.keywords).filter((keyword) => CHECKERS.test(keyword));
          if (checkers.some((keyword) => real.hasBlock(keyword))) continue;
          report(real.origin, 'this real server has no checker and always counts as alive');
        }
      }
    }
  },
};
