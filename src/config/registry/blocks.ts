/** The one table of blocks and their keywords. */
import { GLOBAL_ROOT } from './global/root.ts';
import { LVS_ROOT } from './lvs/root.ts';
import { ROUTES_ROOT } from './routes/blocks.ts';
import { type AnyBlock, isBlock, type KeywordTable, type SettingsBlock } from './spec.ts';
import { VRRP_ROOT } from './vrrp/root.ts';

export const ROOT = {
  path: '',
  keywords: { ...GLOBAL_ROOT, ...VRRP_ROOT, ...LVS_ROOT, ...ROUTES_ROOT },
} satisfies SettingsBlock;

/** Every block by its path, the top level first. */
export const BLOCKS: ReadonlyMap<string, AnyBlock> = collect(ROOT, new Map());

function collect(block: AnyBlock, blocks: Map<string, AnyBlock>): Map<string, AnyBlock> {
  blocks.set(block.path, block);
  if (!('keywords' in block)) return blocks;
  for (const spec of Object.values<KeywordTable[string]>(block.keywords)) {
    if (isBlock(spec) && !('skipped' in spec.block)) collect(spec.block, blocks);
  }
  return blocks;
}

/** Keywords of a block, or options of its lines. */
export function keywordsOf(block: AnyBlock): KeywordTable {
  if ('keywords' in block) return block.keywords;
  return 'line' in block ? block.line.options : {};
}

/** Blocks (by their path) whose keyword this is. */
export function blocksWithKeyword(keyword: string): string[] {
  return [...BLOCKS.values()]
    .filter((block) => 'keywords' in block && Object.hasOwn(block.keywords, keyword))
    .map(({ path }) => path);
}
