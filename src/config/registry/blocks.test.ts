import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { BLOCKS, blocksWithKeyword } from './blocks.ts';
import { keywordsDocument } from './document.ts';
import { defaultNumber } from './spec.ts';

const SPECS = [...BLOCKS.values()].flatMap((block) =>
  [...block.keywords.values()].map((spec) => ({ name: `${block.path} ${spec.keyword}`, spec })),
);

describe('the registry', () => {
  test('knows every keyword of keepalived 2.4.3 for these blocks', () => {
    const counts = Object.fromEntries([...BLOCKS.values()].map((block) => [block.path, block.keywords.size]));
    expect(counts).toEqual({
      '': 25,
      global_defs: 140,
      vrrp_instance: 70,
      'vrrp_instance/virtual_ipaddress': 14,
      'vrrp_instance/unicast_peer': 2,
      'vrrp_instance/authentication': 2,
    });
  });

  test('says what each keyword means, and why it does not act if it does not', () => {
    for (const { name, spec } of SPECS) {
      expect(spec.meaning, name).not.toBe('');
      expect(spec.default, name).not.toBe('');
      expect(spec.why === '', name).toBe(spec.status === 'acts');
      expect(spec.keyword, name).toMatch(/^[-a-zA-Z0-9_]+$/);
      if (spec.status === 'acts') expect(spec.severity, name).toBeNull();
      if (spec.status === 'refused') expect(['warning', 'error'], name).toContain(spec.severity);
      if (spec.status === 'accepted') expect(['note', null], name).toContain(spec.severity);
    }
  });

  test('opens only blocks that it has', () => {
    for (const { name, spec } of SPECS) {
      if (spec.value.type === 'block' && spec.value.opens !== null) {
        expect(BLOCKS.has(spec.value.opens), name).toBe(true);
      }
    }
  });

  test('has its defaults within their own ranges', () => {
    for (const { name, spec } of SPECS) {
      if (spec.defaultValue === null) continue;
      const { value, defaultValue } = spec;
      if (value.type === 'integer') {
        expect(defaultValue, name).toBeGreaterThanOrEqual(value.min);
        expect(defaultValue, name).toBeLessThanOrEqual(value.max);
      } else if (value.type === 'duration') {
        expect(defaultValue, name).toBeGreaterThanOrEqual(value.minUs);
        expect(defaultValue, name).toBeLessThanOrEqual(value.maxUs);
      } else expect(defaultValue, name).toBeTypeOf('boolean');
    }
  });

  test('fails loudly for a default it does not have', () => {
    const globals = BLOCKS.get('global_defs');
    expect(globals && defaultNumber(globals, 'vrrp_version')).toBe(2);
    expect(() => globals && defaultNumber(globals, 'router_id')).toThrow('has no numeric default');
    expect(blocksWithKeyword('v3_checksum_as_v2')).toEqual(['global_defs', 'vrrp_instance']);
  });

  test('is what docs/keywords.md says (else run scripts/keywords-doc.mjs)', () => {
    const page = path.join(import.meta.dirname, '../../../docs/keywords.md');
    expect(fs.readFileSync(page, 'utf8')).toBe(keywordsDocument());
  });
});
