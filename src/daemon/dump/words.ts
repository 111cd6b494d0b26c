/** Small words of keepalived's dumps. */
import { timestamp } from '../logger.ts';

export const SECOND_US = 1_000_000;
export const MILLISECOND_US = 1_000;

export const yesNo = (value: boolean): string => (value ? 'yes' : 'no');
export const enabled = (value: boolean): string => (value ? 'enabled' : 'disabled');
export const wholeSeconds = (us: number): number => Math.trunc(us / SECOND_US);
/** With six digits behind the point. */
export const exactSeconds = (us: number): string => (us / SECOND_US).toFixed(6);

/** The lines below a title, which is left out with them. */
export function listed(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

/** Seconds since 1970 and the date (ctime), with microseconds, and without the year if it is not wanted. */
export function timeText(us: number, withYear = true): string {
  const text = timestamp(new Date(us / MILLISECOND_US));
  const seconds = exactSeconds(us);
  const micros = seconds.slice(seconds.indexOf('.'));
  return `${seconds} (${text.replace(/ (\d{4})$/, withYear ? `${micros} $1` : micros)})`;
}
