/** Paints how much happened: adverts as a line, rows as columns, of all nodes together; the most is as high as the strip. */
import type { RatesAnswer } from '../../api.ts';
import type { Brush } from './draw-axis.ts';
import { GUTTER_PX, RATES_PX } from './scene.ts';

const HIGH_PX = RATES_PX - 10;

interface Sums {
  readonly rows: readonly number[];
  readonly adverts: readonly number[];
  readonly mostRows: number;
  readonly mostAdverts: number;
}

/** A picture is painted many times. */
const known = new WeakMap<RatesAnswer, Sums>();

function sumsOf(rates: RatesAnswer): Sums {
  const found = known.get(rates);
  if (found !== undefined) return found;
  const { nodes } = rates;
  const sum = (what: 'rows' | 'adverts'): number[] =>
    (nodes[0]?.[what] ?? []).map((_, cell) =>
      nodes.reduce((total, node) => total + (node[what][cell] ?? 0), 0),
    );
  const most = (counts: readonly number[]): number => counts.reduce((a, b) => Math.max(a, b), 1);
  const [rows, adverts] = [sum('rows'), sum('adverts')];
  const sums = { rows, adverts, mostRows: most(rows), mostAdverts: most(adverts) };
  known.set(rates, sums);
  return sums;
}

/** Adverts of an old time are not kept: that is no silence. */
function notKept(
  { context, width, palette, x }: Brush,
  { fromUs, toUs }: RatesAnswer['thinned'][number],
  bottom: number,
): void {
  const left = Math.max(GUTTER_PX, x(fromUs));
  const wide = Math.min(width, x(toUs)) - left;
  if (wide < 1) return;
  context.fillStyle = palette.line;
  context.fillRect(left, bottom - HIGH_PX, wide, HIGH_PX);
  context.fillStyle = palette.muted;
  context.font = `10px ${palette.font}`;
  context.textAlign = 'left';
  if (wide > 150) context.fillText('adverts are not kept that long', left + 6, bottom - 6);
}

export function drawRates(brush: Brush, rates: RatesAnswer, top: number): void {
  const { context, width, palette, x } = brush;
  const { fromUs, cellUs } = rates;
  const { rows, adverts, mostRows, mostAdverts } = sumsOf(rates);
  const bottom = top + HIGH_PX + 6;
  for (const time of rates.thinned) notKept(brush, time, bottom);
  context.fillStyle = palette.tones.accent;
  for (const [cell, count] of rows.entries()) {
    if (count === 0) continue;
    const left = x(fromUs + cell * cellUs);
    if (left > width) break;
    const right = x(fromUs + (cell + 1) * cellUs);
    if (right < GUTTER_PX) continue;
    const tall = Math.max(1.5, (count / mostRows) * HIGH_PX);
    context.fillRect(left, bottom - tall, Math.max(1, right - left - 0.5), tall);
  }
  context.strokeStyle = palette.tones.calm;
  context.beginPath();
  for (const [cell, count] of adverts.entries()) {
    const left = x(fromUs + cell * cellUs);
    if (left > width) break;
    const right = x(fromUs + (cell + 1) * cellUs);
    if (right < GUTTER_PX) continue;
    const y = bottom - (count / mostAdverts) * HIGH_PX;
    context.lineTo(left, y);
    context.lineTo(right, y);
  }
  context.stroke();
}

export function drawRateWords({ context, palette }: Brush, rates: RatesAnswer, top: number): void {
  const { mostRows, mostAdverts } = sumsOf(rates);
  const perSecond = (count: number): string => {
    const rate = count / (rates.cellUs / 1e6);
    return rate >= 10 ? rate.toFixed(0) : String(Number(rate.toPrecision(2)));
  };
  const more = rates.counting ? ' …' : '';
  context.font = `10px ${palette.font}`;
  context.textAlign = 'left';
  context.fillStyle = palette.tones.calm;
  context.fillText(`≤ ${perSecond(mostAdverts)} adverts/s${more}`, 12, top + 13, GUTTER_PX - 16);
  context.fillStyle = palette.tones.accent;
  context.fillText(`≤ ${perSecond(mostRows)} events/s${more}`, 12, top + 27, GUTTER_PX - 16);
}
