/** The system log: one datagram a line, as syslog(3) sends them, without ever waiting for whoever reads them. */
import { sendDatagram } from '../../native/process.ts';

export interface SyslogOptions {
  /** Code of the facility (RFC 3164 section 4.1.1). */
  readonly facility: number;
  /** Name before each line. */
  readonly identity: string;
  /** /dev/log */
  readonly path?: string;
}

/** Where the system log listens, if there is one. */
export const SOCKET = '/dev/log';
const SEVERITY_INFO = 6;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Nov  7 01:02:03` (RFC 3164 section 4.1.2). */
function stamp(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = String(date.getDate()).padStart(2, ' ');
  return `${MONTHS[date.getMonth()]} ${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export class Syslog {
  readonly #options: SyslogOptions;
  #lost = 0;

  constructor(options: SyslogOptions) {
    this.#options = options;
  }

  /** A line that nobody takes, because there is no system log or its reader is behind, is lost and counted. */
  log(line: string): void {
    const isHeard = this.#lost === 0 || this.#send(`${this.#lost} lines before this one were lost`);
    if (isHeard) this.#lost = 0;
    // Where nobody took the one, nobody takes the other.
    if (!isHeard || !this.#send(line)) this.#lost += 1;
  }

  close(): void {}

  #send(line: string): boolean {
    const { facility, identity, path = SOCKET } = this.#options;
    const text = `<${facility * 8 + SEVERITY_INFO}>${stamp(new Date())} ${identity}[${process.pid}]: ${line}`;
    return sendDatagram(path, Buffer.from(text.replaceAll('\0', ' '), 'utf8'));
  }
}
