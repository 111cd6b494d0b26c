import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type FarLook, farLooks } from './far-look.ts';
import { overlaps } from './geometry.ts';
import { type Box, type ChartLayout, FONT_PX, type LayoutNode } from './layout-types.ts';
import { textWidth } from './text-width.ts';

const directory = new URL('../layout/', import.meta.url);
const files = readdirSync(directory).filter((file) => file.endsWith('.json'));
const read = (file: string): ChartLayout =>
  JSON.parse(readFileSync(new URL(file, directory), 'utf8')) as ChartLayout;

/** What the letters of a name cover. */
function letters({ label }: LayoutNode, { x, y, fontPx, isCentred }: FarLook): Box {
  const w = textWidth(label, fontPx, 'bold');
  return { x: isCentred ? x - w / 2 : x, y: y - fontPx * 0.75, w, h: fontPx * 0.75 };
}

describe('a chart from afar', () => {
  it.each(files)('has every name, none over another and none over another state: %s', (file) => {
    const layout = read(file);
    const looks = farLooks(layout, 36);
    const states = layout.nodes.filter(({ kind }) => kind !== 'initial');
    expect([...looks.keys()].sort()).toEqual(states.map(({ id }) => id).sort());
    const drawn = states.map((node) => ({ node, look: looks.get(node.id) as FarLook }));
    for (const { node, look } of drawn) {
      expect(look.fontPx).toBeGreaterThanOrEqual(FONT_PX.title);
      const name = letters(node, look);
      for (const other of drawn) {
        if (other.node === node) continue;
        const about = `${node.id} and ${other.node.id}`;
        expect(overlaps(name, letters(other.node, other.look)), about).toBe(false);
        if (other.look.isCentred) expect(overlaps(name, other.look.box), about).toBe(false);
        if (other.look.isCentred && look.isCentred)
          expect(overlaps(look.box, other.look.box), about).toBe(false);
      }
    }
  });

  it('has names that are twice as large as they are drawn, where there is room', () => {
    const looks = [...farLooks(read('vrrp.json'), 36).values()];
    const large = looks.filter(({ fontPx }) => fontPx >= 2 * FONT_PX.title);
    expect(large.length).toBeGreaterThan(looks.length * 0.8);
  });
});
