import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { machineDefinitions } from '../../src/machines/registry.ts';
import { buildLayout, layoutText } from '../../src/view/chart/build-layout.ts';

/** That each shows what its definition has is a test beside them: src/view/chart/layout.test.ts. */
it.each(machineDefinitions)(
  'the layout of $name is what scripts/build-charts.mjs makes of it',
  async (definition) => {
    const file = new URL(`../../src/view/layout/${definition.name.split('@')[0]}.json`, import.meta.url);
    expect(layoutText(await buildLayout(definition))).toBe(readFileSync(file, 'utf8'));
  },
);
