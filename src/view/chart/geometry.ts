/** Plane geometry of charts: who covers whom. Touching borders do not count. */
import type { Box, Point } from './layout-types.ts';

export function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** A line of horizontal and vertical pieces runs through the inside of a box. */
export function crosses(points: readonly Point[], box: Box): boolean {
  return points.some((to, index) => {
    const from = points[index - 1];
    if (from === undefined) return false;
    const left = Math.min(from.x, to.x);
    const top = Math.min(from.y, to.y);
    const piece = { x: left, y: top, w: Math.abs(to.x - from.x), h: Math.abs(to.y - from.y) };
    return overlaps(piece, box);
  });
}

export function shifted<T extends Point>(thing: T, dx: number, dy: number): T {
  return { ...thing, x: Math.round((thing.x + dx) * 10) / 10, y: Math.round((thing.y + dy) * 10) / 10 };
}
