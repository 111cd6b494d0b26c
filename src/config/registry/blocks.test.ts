import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { BLOCKS, blocksWithKeyword, keywordsOf } from './blocks.ts';
import { keywordsDocument } from './document.ts';
import { isAlias, isSetting } from './spec.ts';

const SPECS = [...BLOCKS.values()].flatMap((block) =>
  Object.entries(keywordsOf(block)).map(([keyword, spec]) => ({
    name: `${block.path} ${keyword}`,
    block,
    keyword,
    spec,
  })),
);

describe('the registry', () => {
  test('says what each keyword means, and why it does not act if it does not', () => {
    for (const { name, keyword, spec } of SPECS) {
      expect(spec.meaning, name).not.toBe('');
      if (isSetting(spec)) expect(spec.default.text, name).not.toBe('');
      expect(spec.why === '', name).toBe(['acts', 'block', 'extension'].includes(spec.status));
      expect(keyword, name).toMatch(/^[-a-zA-Z0-9_]+$/);
      if (spec.status === 'acts' || spec.status === 'extension') expect(spec.severity, name).toBeNull();
      if (spec.status === 'refused') expect(['warning', 'error'], name).toContain(spec.severity);
      if (spec.status === 'accepted') expect(['note', null], name).toContain(spec.severity);
    }
  });

  test('has aliases only of keywords that it has', () => {
    for (const { name, block, spec } of SPECS) {
      if (!isAlias(spec)) continue;
      const target = keywordsOf(block)[spec.alias];
      expect(target !== undefined && !isAlias(target), name).toBe(true);
    }
  });

  test('finds the blocks of a keyword', () => {
    expect(blocksWithKeyword('v3_checksum_as_v2')).toEqual(['global_defs', 'vrrp_instance']);
  });

  test('is what docs/keywords.md says (else run scripts/keywords-doc.mjs)', () => {
    const page = path.join(import.meta.dirname, '../../../docs/keywords.md');
    expect(fs.readFileSync(page, 'utf8')).toBe(keywordsDocument());
  });
});
