/** The time that the page shows, and whether it is the present one. */
import { formatClock, formatDate, formatDuration } from '../text/time-format.ts';
import { byId } from './dom.ts';

export interface ClockView {
  /** Time of the selected row; null: live. */
  readonly atUs: number | null;
  readonly nowUs: number;
  readonly connected: boolean;
}

export class Clock {
  readonly #clock = byId('clock', HTMLElement);
  readonly #mode = byId('mode', HTMLElement);

  show({ atUs, nowUs, connected }: ClockView): void {
    if (atUs === null) {
      this.#mode.textContent = connected ? 'Live' : 'Reconnecting';
      this.#clock.textContent = formatClock(nowUs);
      return;
    }
    this.#mode.textContent = 'History';
    this.#clock.textContent = `${formatDate(atUs)} ${formatClock(atUs, 3)} (${formatDuration(nowUs - atUs)} ago)`;
  }
}
