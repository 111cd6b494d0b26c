/** reload_time_file: what its text asks for (keepalived 2.4.3, reload_monitor.c). */

export type ReloadTime =
  | { readonly kind: 'at'; readonly atMs: number; readonly dated: boolean }
  | { readonly kind: 'none' }
  | { readonly kind: 'wrong'; readonly why: string };

const FORM = /^(?:(?:(\d{2})?(\d{2})-(\d{2})-(\d{2}) )?(\d{2}):(\d{2}):(\d{2}))(Z)?$/;

/**
 * `HH:MM:SS`, `YY-MM-DD HH:MM:SS` or `YYYY-MM-DD HH:MM:SS`, local time unless a Z follows. A time of day that has passed
 * means tomorrow; a date that has passed means nothing. An empty file asks for no reload.
 */
export function readReloadTime(text: string, now: Date): ReloadTime {
  const [line = ''] = text.split('\n');
  if (line === '') return { kind: 'none' };
  const match = FORM.exec(line);
  if (match === null) return { kind: 'wrong', why: `Reload time ${line} format is incorrect - ignoring` };
  const [, century, short, month, day, hour, minute, second, utc] = match;
  const clock = [hour, minute, second].map(Number);
  const dated = short !== undefined;
  const make = (addDays: number): Date => {
    const date = dated
      ? [Number((century ?? '20') + short), Number(month) - 1, Number(day)]
      : today(now, utc);
    const [year = 0, monthIndex = 0, dayOfMonth = 0] = date;
    const parts = [year, monthIndex, dayOfMonth + addDays, ...clock] as const;
    return utc === undefined
      ? new Date(...(parts as unknown as [number, number]))
      : new Date(Date.UTC(...parts));
  };
  const at = make(0);
  if (!isAsWritten(at, clock, dated ? Number(day) : null, utc)) {
    return { kind: 'wrong', why: `Reload time ${line} is not valid - ignoring` };
  }
  if (at > now) return { kind: 'at', atMs: at.getTime(), dated };
  if (dated) return { kind: 'wrong', why: `Reload time ${line} is in the past - ignoring` };
  return { kind: 'at', atMs: make(1).getTime(), dated };
}

function today(now: Date, utc: string | undefined): number[] {
  return utc === undefined
    ? [now.getFullYear(), now.getMonth(), now.getDate()]
    : [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
}

/** The 31st of February would quietly become a day in March. */
function isAsWritten(
  at: Date,
  clock: readonly number[],
  day: number | null,
  utc: string | undefined,
): boolean {
  const local = utc === undefined;
  const is = local
    ? [at.getHours(), at.getMinutes(), at.getSeconds()]
    : [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()];
  const isDay = local ? at.getDate() : at.getUTCDate();
  return is.every((part, index) => part === clock[index]) && (day === null || day === isDay);
}
