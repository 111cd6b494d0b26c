/** Points of a history as people write and read them. */

export type Point =
  | { readonly kind: 'time'; readonly wallUs: number }
  /** `@12`, or `r2@12` for one node of several. */
  | { readonly kind: 'seq'; readonly seq: number; readonly node: string | null };

/**
 * Places that have a name, `@boot` or `r2@boot`: the newest change of mastership, the first row since the machine was
 * started, the first row of the newest process.
 */
export const MARKS = ['last-failover', 'boot', 'start'] as const;

/** What is known only of a history. */
export interface Mark {
  readonly kind: 'mark';
  readonly mark: (typeof MARKS)[number];
  readonly node: string | null;
}

const UNIT_US: Readonly<Record<string, number>> = { ms: 1e3, s: 1e6, m: 60e6, h: 3600e6, d: 86_400e6 };

/** Local time unless it ends in Z or an offset. Date.parse takes a date alone as UTC, which nobody means. */
function parseDate(word: string): number | null {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?))?(Z|[+-]\d\d:?\d\d)?$/.exec(
    word,
  );
  if (match === null) return null;
  const [, date, time = '00:00', zone = ''] = match;
  const parsed = Date.parse(`${date}T${time}${zone}`);
  return Number.isNaN(parsed) ? null : parsed * 1000 + beyondMilliseconds(time);
}

/** Microseconds that Date cannot hold. */
function beyondMilliseconds(time: string): number {
  const digits = /\.(\d+)$/.exec(time)?.[1] ?? '';
  return Number(digits.padEnd(6, '0').slice(3));
}

/** Today at that time, or yesterday if that is still to come. */
function parseClock(word: string, nowUs: number): number | null {
  const match = /^(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?$/.exec(word);
  if (match === null) return null;
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 59) return null;
  const date = new Date(nowUs / 1000);
  date.setHours(hours, minutes, seconds, 0);
  const wallUs = date.getTime() * 1000 + Number((match[4] ?? '').padEnd(6, '0'));
  return wallUs > nowUs ? wallUs - 86_400e6 : wallUs;
}

/** `today`, `yesterday 03:12`. A day alone begins at midnight. */
function parseDay(word: string, nowUs: number): number | null {
  const match = /^(today|yesterday)(?: (\d{1,2}:\d\d(?::\d\d(?:\.\d{1,6})?)?))?$/.exec(word);
  if (match === null) return null;
  const midnight = new Date(nowUs / 1000);
  midnight.setHours(24, 0, 0, 0);
  // As seen from the last moment of that day, every time of it is in the past. Days are not all as long.
  if (match[1] === 'yesterday') midnight.setDate(midnight.getDate() - 1);
  return parseClock(match[2] ?? '0:00', midnight.getTime() * 1000 - 1);
}

const AGO = /^[-~]((?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+)$/;

function parseAgo(word: string, nowUs: number): number | null {
  const text = AGO.exec(word)?.[1];
  if (text === undefined) return null;
  let agoUs = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    agoUs += Number(count) * (UNIT_US[unit ?? ''] ?? 0);
  }
  return nowUs - Math.round(agoUs);
}

/** `-10m` as a word that no reader of options takes for one. Other words stay as they are. */
export function shieldAgo(word: string): string {
  return AGO.test(word) ? `~${word.slice(1)}` : word;
}

/** Null if it is none of what POINT_HELP says. */
export function parsePoint(word: string, nowUs: number): Point | Mark | null {
  if (word === 'now') return { kind: 'time', wallUs: nowUs };
  const place = /^([^@\s]+)?@(\d+|[a-z-]+)$/.exec(word);
  if (place !== null) return parsePlace(place[1] ?? null, place[2] ?? '');
  const wallUs = parseAgo(word, nowUs) ?? parseDate(word) ?? parseClock(word, nowUs) ?? parseDay(word, nowUs);
  return wallUs === null ? null : { kind: 'time', wallUs };
}

function parsePlace(node: string | null, place: string): Point | Mark | null {
  if (/^\d+$/.test(place)) return { kind: 'seq', seq: Number(place), node };
  const mark = MARKS.find((known) => known === place);
  return mark === undefined ? null : { kind: 'mark', mark, node };
}

export const POINT_HELP =
  'ISO date and time, HH:MM[:SS], "yesterday HH:MM", -10m, -1h30m, now, @seq, @last-failover, @boot, @start; node@... for one of several';

/** `2026-11-22 03:12:07.123`, local or UTC. */
export function formatWall(wallUs: number, utc = false): string {
  const date = new Date(Math.floor(wallUs / 1000));
  const shifted = utc ? date : new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 23).replace('T', ' ') + (utc ? 'Z' : '');
}

/** What times of the minute that was shown last have in common. */
let minute = { sinceMs: -1, utc: false, text: '' };

/** As `formatWall`, for many times one after the other: most are of the minute of the one before, and zones are slow. */
export function formatNextWall(wallUs: number, utc: boolean): string {
  const ms = Math.floor(wallUs / 1000);
  const sinceMs = Math.floor(ms / 60_000) * 60_000;
  if (sinceMs !== minute.sinceMs || utc !== minute.utc)
    minute = { sinceMs, utc, text: formatWall(sinceMs * 1000, utc).slice(0, 17) };
  const digits = String(100_000 + ms - sinceMs);
  return `${minute.text}${digits.slice(1, 3)}.${digits.slice(3)}${utc ? 'Z' : ''}`;
}

/** `03:12:07.123`. */
export function formatClock(wallUs: number, utc = false): string {
  return formatWall(wallUs, utc).slice(11);
}

/** `3.609 s`, `250 ms`, `2 h 5 min`. */
export function formatDuration(us: number): string {
  if (us < 1000) return `${us} us`;
  if (us < 1_000_000) return `${trim(us / 1000, us < 10_000 ? 1 : 0)} ms`;
  const seconds = us / 1e6;
  if (seconds < 120) return `${trim(seconds, 3)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function trim(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return digits === 0 ? text : text.replace(/\.?0+$/, '');
}
