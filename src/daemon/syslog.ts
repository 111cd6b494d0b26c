/** The system log: one datagram a line, as syslog(3) sends them, without ever waiting for whoever reads them. */
import { closeDatagramSocket, openDatagramSocket, sendDatagram } from '../../native/syslog.ts';

export interface SyslogOptions {
  /** Code of the facility (RFC 3164 section 4.1.1). */
  readonly facility: number;
  /** Name before each line. */
  readonly identity: string;
  /** /dev/log */
  readonly path?: string;
}

const SOCKET = '/dev/log';
const DAEMON = 3;
const LOCAL0 = 16;
const SEVERITY_INFO = 6;
/** A log that has gone is looked for again at most this often. */
const REOPEN_MS = 1_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** The reader is behind: another socket would not help. */
const BEHIND: readonly string[] = ['EAGAIN', 'ENOBUFS'];

/** keepalived's words for facilities: `0` to `7` and `local0` to `local7`, `user`, `daemon`; null for others. */
export function facilityCode(word: string): number | null {
  const local = /^(?:local)?([0-7])$/i.exec(word)?.[1];
  if (local !== undefined) return LOCAL0 + Number(local);
  return { user: 1, daemon: DAEMON }[word.toLowerCase()] ?? null;
}

/** `Nov  7 01:02:03` (RFC 3164 section 4.1.2). */
function stamp(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = String(date.getDate()).padStart(2, ' ');
  return `${MONTHS[date.getMonth()]} ${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export class Syslog {
  readonly #options: SyslogOptions;
  #fd = -1;
  #triedMs = Number.NEGATIVE_INFINITY;
  #lost = 0;

  constructor(options: SyslogOptions) {
    this.#options = options;
  }

  /** A line that nobody takes is lost, and counted. */
  log(line: string): void {
    if (this.#lost > 0 && this.#send(`${this.#lost} lines before this one were lost`)) this.#lost = 0;
    if (!this.#send(line)) this.#lost += 1;
  }

  close(): void {
    if (this.#fd >= 0) closeDatagramSocket(this.#fd);
    this.#fd = -1;
  }

  #send(line: string): boolean {
    const { facility, identity } = this.#options;
    const text = `<${facility * 8 + SEVERITY_INFO}>${stamp(new Date())} ${identity}[${process.pid}]: ${line}`;
    const bytes = Buffer.from(text.replaceAll('\0', ' '), 'utf8');
    // The second try is for a log that was restarted.
    for (let attempt = 0; attempt < 2 && this.#open(); attempt++) {
      try {
        sendDatagram(this.#fd, bytes);
        return true;
      } catch (error) {
        if (BEHIND.includes(String((error as { code?: unknown }).code))) return false;
        this.close();
        this.#triedMs = Number.NEGATIVE_INFINITY;
      }
    }
    return false;
  }

  #open(): boolean {
    if (this.#fd >= 0) return true;
    const nowMs = performance.now();
    if (nowMs - this.#triedMs < REOPEN_MS) return false;
    this.#triedMs = nowMs;
    try {
      this.#fd = openDatagramSocket(this.#options.path ?? SOCKET);
      return true;
    } catch {
      return false;
    }
  }
}
