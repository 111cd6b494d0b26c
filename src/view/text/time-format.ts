/** Times and durations as people read them. Input is in microseconds. */

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** `3 ms`, `3.609 s`, `2 min 5 s`, `3 h 20 min`, `2 d 4 h`. */
export function formatDuration(us: number): string {
  const abs = Math.max(0, us);
  if (abs < 1_000) return `${abs} us`;
  if (abs < 1_000_000) return `${trim(abs / 1_000, abs < 10_000 ? 2 : 0)} ms`;
  if (abs < 60_000_000) return `${trim(abs / 1_000_000, abs < 10_000_000 ? 3 : 1)} s`;
  const seconds = Math.floor(abs / 1_000_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
}

function trim(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)));
}

/** Local time of day: `09:31:04`, with as many decimals of a second as asked for. */
export function formatClock(us: number, decimals: 0 | 3 | 6 = 0): string {
  const date = new Date(us / 1_000);
  const clock = `${pad(date.getHours(), 2)}:${pad(date.getMinutes(), 2)}:${pad(date.getSeconds(), 2)}`;
  if (decimals === 0) return clock;
  const fraction = pad(Math.floor(us % 1_000_000), 6);
  return `${clock}.${fraction.slice(0, decimals)}`;
}

/** Local date: `2026-11-22`. */
export function formatDate(us: number): string {
  const date = new Date(us / 1_000);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1, 2)}-${pad(date.getDate(), 2)}`;
}

const STEPS_US = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 15e6,
  3e7, 6e7, 12e7, 3e8, 6e8, 9e8, 18e8, 36e8, 72e8, 108e8, 216e8, 432e8, 864e8, 1728e8, 6048e8,
];

const LONGEST_STEP_US = 12_096e8;

/** Distance of marks on a time axis so that at most `most` fit between them. */
export function axisStepUs(spanUs: number, most: number): number {
  let step = STEPS_US.find((candidate) => spanUs / candidate <= most) ?? LONGEST_STEP_US;
  while (spanUs / step > most) step *= 2;
  return step;
}

/** Mark of a time axis, as exact as its distance to the next one needs. */
export function formatMark(us: number, stepUs: number): string {
  if (stepUs >= 864e8) return formatDate(us);
  if (stepUs >= 6e7) return formatClock(us).slice(0, 5);
  if (stepUs >= 1e6) return formatClock(us);
  return formatClock(us, stepUs >= 1e3 ? 3 : 6);
}
