/** Running timers as arcs on their transitions: what is left of each, shrinking while the page is live. */
import type { ChartLayout } from '../chart/layout-types.ts';
import type { TimerView } from '../explain-api.ts';
import { formatDuration } from '../text/time-format.ts';
import { svg } from './dom.ts';

const RADIUS = 8;

interface Arc {
  readonly timer: TimerView;
  readonly ring: SVGElement;
  readonly text: SVGElement;
}

/** What is left of a timer some time after its row. One that every advert renews is only known at the row itself. */
export function leftOf({ leftUs, allUs, renewed }: TimerView, sinceUs: number): number {
  return renewed && sinceUs > 0 ? allUs : Math.max(0, leftUs - sinceUs);
}

/** `2.1 s left of 5 s` */
export function leftWords(timer: TimerView, sinceUs: number): string {
  const all = formatDuration(timer.allUs);
  if (timer.renewed && sinceUs > 0) return `${all}, begins anew with every advert`;
  const left = leftOf(timer, sinceUs);
  return left === 0 ? `due after ${all}` : `${formatDuration(round(left))} left of ${all}`;
}

/** Digits that change too quickly to be read are left out. */
const round = (us: number): number => (us > 1_000_000 ? Math.round(us / 100_000) * 100_000 : us);

export class TimerArcs {
  readonly group = svg('g', { class: 'timers' });
  #arcs: readonly Arc[] = [];

  show(layout: ChartLayout | null, timers: readonly TimerView[]): void {
    this.#arcs = timers.flatMap((timer) => {
      const box = layout?.edges.find(({ id }) => timer.edges.includes(id))?.labelBox;
      return box === undefined || box === null ? [] : [this.#draw(timer, box.x - 3, box.y)];
    });
    this.group.replaceChildren(...this.#arcs.map(({ ring }) => ring.parentNode as SVGElement));
    this.tick(0);
  }

  #draw(timer: TimerView, x: number, y: number): Arc {
    const circle = (name: string): SVGElement =>
      svg('circle', {
        class: name,
        cx: x,
        cy: y,
        r: RADIUS,
        pathLength: 100,
        transform: `rotate(-90 ${x} ${y})`,
      });
    const ring = circle('left-over');
    const text = svg('text', { x: x + RADIUS + 4, y: y - 3, 'font-size': 12 });
    svg('g', { 'data-timer': timer.timer, 'data-edges': timer.edges.join(' ') }, circle('whole'), ring, text);
    return { timer, ring, text };
  }

  /** @param sinceUs time since the row that the timers were asked for */
  tick(sinceUs: number): void {
    for (const { timer, ring, text } of this.#arcs) {
      const left = leftOf(timer, sinceUs);
      const part = timer.allUs > 0 ? Math.min(100, (left / timer.allUs) * 100) : 0;
      const words = left === 0 ? 'due' : formatDuration(round(left));
      const dashes = `${part.toFixed(1)} 100`;
      // What is set is laid out anew, also if it is the same.
      if (ring.getAttribute('stroke-dasharray') !== dashes) ring.setAttribute('stroke-dasharray', dashes);
      if (text.textContent !== words) text.textContent = words;
    }
  }
}
