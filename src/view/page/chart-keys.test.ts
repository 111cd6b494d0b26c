import { expect, it } from 'vitest';
import { nearest } from './chart-keys.ts';

const box = (id: string, x: number, y: number) => ({ id, x, y, w: 10, h: 10 });

it('arrows lead to the nearest state in their direction, straight on rather than aside', () => {
  const here = box('here', 50, 50);
  const others = [here, box('right', 90, 52), box('aside', 65, 90), box('far', 300, 50), box('up', 50, 0)];
  expect(nearest(here, others, [1, 0])).toBe('right');
  expect(nearest(here, others, [0, -1])).toBe('up');
  expect(nearest(here, others, [0, 1])).toBe('aside');
  expect(nearest(here, others, [-1, 0])).toBeNull();
});
