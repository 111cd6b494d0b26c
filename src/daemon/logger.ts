/** Where log lines go: standard error, the system log, a file; to each that was asked for. */
import fs from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { FACILITY_DAEMON, facilityCode } from './facility.ts';
import type { DaemonOptions } from './options.ts';
import { SOCKET, Syslog } from './syslog.ts';

export interface LineLogger {
  log(line: string): void;
  close(): void;
}

export interface Logger extends LineLogger {
  /**
   * Lines that nothing waits for: they are made and written when this run of the loop is over, or before the next line. Adverts
   * leave meanwhile.
   */
  logLater(lines: () => readonly string[]): void;
}

export interface LoggerOptions {
  readonly console: boolean;
  /** Facility of the system log (RFC 3164 section 4.1.1); null: not there. */
  readonly facility: number | null;
  /** Appended to; null: none. */
  readonly file: string | null;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The same text for as long as the second lasts: a start with thousands of servers says as many lines in it. */
function perSecond(textOf: (date: Date) => string): (date: Date) => string {
  let [second, text] = [Number.NaN, ''];
  return (date) => {
    const now = Math.floor(date.getTime() / 1_000);
    if (now !== second) [second, text] = [now, textOf(date)];
    return text;
  };
}

/** ctime(3)'s form, as keepalived's console lines carry it: `Mon Nov 23 00:47:25 2026`. */
export function timestamp(date: Date): string {
  const day = String(date.getDate()).padStart(2, ' ');
  return `${DAYS[date.getDay()]} ${MONTHS[date.getMonth()]} ${day} ${clock(date)} ${date.getFullYear()}`;
}

/** As lines of keepalived's log file begin: `Mon Nov 03 00:47:25.123000000 2026`. */
export function fileTimestamp(date: Date): string {
  const fraction = `${String(date.getMilliseconds()).padStart(3, '0')}000000`;
  const day = String(date.getDate()).padStart(2, '0');
  return `${DAYS[date.getDay()]} ${MONTHS[date.getMonth()]} ${day} ${clock(date)}.${fraction} ${date.getFullYear()}`;
}

function clock(date: Date): string {
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((value) => String(value).padStart(2, '0'))
    .join(':');
}

/** Lines that go to the console together. */
const MOST_TOGETHER = 200;

function consoleLogger(): LineLogger {
  // A terminal that went away must not end a router.
  process.stderr.on('error', () => {});
  const stamp = perSecond(timestamp);
  // The lines of one run of the loop go together: a call to the kernel for each was a tenth of the start of a thousand instances.
  let waiting: string[] = [];
  const flush = (): void => {
    if (waiting.length === 0) return;
    const text = waiting.join('');
    waiting = [];
    process.stderr.write(text);
  };
  process.on('exit', flush);
  return {
    log: (line) => {
      if (waiting.push(`${stamp(new Date())}: ${line}\n`) === 1) queueMicrotask(flush);
      else if (waiting.length >= MOST_TOGETHER) flush();
    },
    close: () => {
      flush();
      process.off('exit', flush);
    },
  };
}

/**
 * keepalived: standard error with -l in the foreground, the system log unless -G forbids it, and a file with -g. In the
 * foreground of a machine without a system log, standard error serves in its place.
 */
export function loggerOptions(options: DaemonOptions, background: boolean): LoggerOptions {
  const { logConsole, noSyslog, logFacility, logFile } = options;
  const facility = noSyslog ? null : (facilityCode(logFacility ?? 'daemon') ?? FACILITY_DAEMON);
  const heard = facility !== null && fs.existsSync(SOCKET);
  return {
    console: !background && (logConsole || !heard),
    facility,
    file: logFile === null || logFile.includes('/') ? logFile : join(temporaryDirectory(), logFile),
  };
}

/** keepalived: TMPDIR if it is a directory, else /tmp. */
function temporaryDirectory(): string {
  const { TMPDIR: wanted = '' } = process.env;
  return isAbsolute(wanted) && fs.statSync(wanted, { throwIfNoEntry: false })?.isDirectory()
    ? wanted
    : '/tmp';
}

/** What may wait for a slow disk; more is lost, and counted. */
const MOST_WAITING_BYTES = 1 << 20;

/**
 * Each line is handed to the kernel at once, but never waited for. A symbolic link is not followed: whoever may write the
 * directory could point it anywhere.
 * @throws if the file cannot be opened
 */
export function fileLogger(path: string): LineLogger {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NOCTTY, O_NONBLOCK } = fs.constants;
  const fd = fs.openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0o644);
  const stream = fs.createWriteStream(path, { fd });
  let usable = true;
  let lost = 0;
  stream.on('error', () => {
    usable = false;
  });
  const write = (line: string): void => {
    stream.write(`${fileTimestamp(new Date())}: ${line}\n`);
  };
  return {
    log: (line) => {
      if (!usable) return;
      if (stream.writableLength > MOST_WAITING_BYTES) {
        lost += 1;
        return;
      }
      if (lost > 0) write(`${lost} lines before this one were lost`);
      lost = 0;
      write(line);
    },
    close: () => stream.end(),
  };
}

/** Of `logLater`, before they are made all the same. */
const MOST_WAITING = 1_000;

/** Puts what can wait between the lines that are written at once. */
function patient(logger: LineLogger): Logger {
  let waiting: (() => readonly string[])[] = [];
  const flush = (): void => {
    const all = waiting;
    waiting = [];
    for (const lines of all) for (const line of lines()) logger.log(line);
  };
  // Before whoever writes many lines together does.
  process.prependListener('exit', flush);
  return {
    log: (line) => {
      flush();
      logger.log(line);
    },
    logLater: (lines) => {
      if (waiting.push(lines) === 1) queueMicrotask(flush);
      else if (waiting.length >= MOST_WAITING) flush();
    },
    close: () => {
      process.off('exit', flush);
      flush();
      logger.close();
    },
  };
}

/** A log file that cannot be opened is told to the others, and no reason not to start. */
export function createLogger({ console, facility, file }: LoggerOptions): Logger {
  const loggers: LineLogger[] = [];
  if (console) loggers.push(consoleLogger());
  if (facility !== null) loggers.push(new Syslog({ facility, identity: 'relived' }));
  const log = (line: string): void => {
    // A line is one entry everywhere, whatever a name or an error brings along.
    for (const one of line.split('\n')) for (const logger of loggers) logger.log(one);
  };
  if (file !== null) {
    try {
      loggers.push(fileLogger(file));
    } catch (error) {
      log(`cannot open the log file: ${error instanceof Error ? error.message : error}`);
    }
  }
  return patient({
    log,
    close: () => {
      for (const logger of loggers) logger.close();
    },
  });
}
