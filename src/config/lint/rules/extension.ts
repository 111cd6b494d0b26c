import { type BlockNode, ListNode } from '../../node.ts';
import { type BlockKeyword, isBlock, isSetting, type Setting } from '../../registry/spec.ts';
import type { LintRule, Report } from '../rule.ts';

export const EXTENSION_USED: LintRule = {
  code: 'extension',
  title: 'a keyword, or a value of one, that keepalived does not know',
  why: 'keepalived complains of the line and ignores it: the file means something else there.',
  severity: 'note',
  check: ({ nodes, report }) => {
    for (const { root } of nodes) reportExtensions(root as unknown as BlockNode, report);
  },
};

/** Nesting is bounded by the registry. */
function reportExtensions(node: BlockNode, report: Report): void {
  for (const [keyword, spec] of Object.entries(node.spec.keywords)) {
    if (isSetting(spec)) reportLines(node, keyword, spec, report);
    else if (isBlock(spec)) reportBlocks(node, keyword, spec, report);
  }
}

function reportLines(node: BlockNode, keyword: string, spec: Setting, report: Report): void {
  for (const { keyword: written, words, value } of node.given(keyword as never)) {
    if (spec.status === 'extension') report(written, `keepalived does not know '${keyword}'`);
    else if (value !== null && spec.isExtension(value)) {
      report(words[0] ?? written, `keepalived does not know this value of '${keyword}'`);
    }
  }
}

function reportBlocks(node: BlockNode, keyword: string, spec: BlockKeyword, report: Report): void {
  const blocks = node.blocks(keyword as never) as unknown as readonly (BlockNode | ListNode)[];
  for (const inner of blocks) {
    if (spec.status === 'extension') {
      report(inner.keyword ?? inner.origin, `keepalived does not know '${keyword}'`);
    } else if (spec.isExtension(inner.name)) {
      report(inner.origin, `keepalived does not take this name of '${keyword}'`);
    }
    if (!(inner instanceof ListNode)) reportExtensions(inner, report);
  }
}
