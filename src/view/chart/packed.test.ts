import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { machineDefinitions } from '../../machines/registry.ts';
import { layoutOf } from './layouts.ts';
import { packLayout, unpackLayout } from './packed.ts';

describe.each(machineDefinitions)('the layout of $name', ({ name }) => {
  it('is the same after it was packed for the page', () => {
    const layout = layoutOf(name);
    if (layout === null) throw new Error('no layout');
    const sent = JSON.stringify(packLayout(layout));
    expect(unpackLayout(JSON.parse(sent))).toEqual(layout);
    const full = gzipSync(JSON.stringify(layout)).length;
    expect(gzipSync(sent).length).toBeLessThan(full * 0.75);
  });
});
