import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ChartLayout } from './layout-types.ts';
import { packLayout, unpackLayout } from './packed-layout.ts';

const directory = new URL('../layout/', import.meta.url);
const files = readdirSync(directory).filter((file) => file.endsWith('.json'));

describe('a packed chart', () => {
  it.each(files)('is what it was: %s', (file) => {
    const layout = JSON.parse(readFileSync(new URL(file, directory), 'utf8')) as ChartLayout;
    const packed = JSON.stringify(packLayout(layout));
    expect(unpackLayout(JSON.parse(packed))).toEqual(layout);
    expect(packed.length).toBeLessThan(0.62 * JSON.stringify(layout).length);
  });
});
