import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltPage, buildPage } from './page-build.fixture.ts';

const MOST_BYTES = 60_000;

describe('the built page', () => {
  let page: BuiltPage;
  beforeAll(() => {
    page = buildPage('small');
  });
  afterAll(() => page.remove());

  const text = (file: string): string => readFileSync(new URL(file, page.assets), 'utf8');

  it('is small', () => {
    const files = readdirSync(page.assets);
    const own = ['app.js', 'icon.svg', 'index.html', 'style.css'];
    expect(files.toSorted()).toEqual(own.flatMap((file) => [file, `${file}.br`, `${file}.gz`]).toSorted());
    // As it is sent to those who take nothing better than gzip.
    const sizes = own.map((file) => readFileSync(new URL(`${file}.gz`, page.assets)).length);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
  });

  it('needs nothing from elsewhere and nothing inline', () => {
    expect(text('index.html')).not.toMatch(/<style|style=|\son\w+=|javascript:|<script(?![^>]*\ssrc=)/i);
    const addresses = ['index.html', 'style.css', 'app.js'].flatMap((file) => {
      return text(file).match(/(?:https?:)?\/\/[a-z0-9.-]+\.[a-z]{2,}/gi) ?? [];
    });
    expect([...new Set(addresses)]).toEqual(['http://www.w3.org']);
    expect(text('app.js')).not.toMatch(/\beval\(|new Function\(/);
  });
});
