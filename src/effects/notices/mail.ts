/** Alert mails through the relay: one connection for each, one at a time, in the order of what they tell. */
import type SmtpConnection from 'nodemailer/lib/smtp-connection';
import type { MailPlan } from '../../config/notices.ts';
import { envelopeAddress, mailText } from '../../protocol/mail.ts';

export interface Mailer {
  /** Returns at once. A mail that cannot wait or cannot be sent is told to `problem`, and lost (keepalived: no retry). */
  send(subject: string, body: string): void;
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>;
  /** Gives up what waits, and the one under way. */
  close(): void;
}

/** Called with the subject of the mail and what became of it. */
export type MailProblem = (subject: string, error: string) => void;

/** A relay that does not answer holds each for its timeout: what is older than that many changes is old news. */
export const MAX_WAITING_MAILS = 64;

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number): string => String(value).padStart(2, '0');

/** RFC 5322 section 3.3, in the local time zone: `Mon, 01 Mar 2021 09:44:08 +0000`. */
export function mailDate(date: Date): string {
  const eastMinutes = -date.getTimezoneOffset();
  const east = Math.abs(eastMinutes);
  const zone = `${eastMinutes < 0 ? '-' : '+'}${two(Math.floor(east / 60))}${two(east % 60)}`;
  const day = `${DAYS[date.getDay()]}, ${two(date.getDate())} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${zone}`;
}

interface Waiting {
  readonly subject: string;
  readonly text: string;
}

/** Loads the transport now: at the first failover it would cost a tenth of a second that adverts need. */
export async function createMailer(plan: MailPlan, problem: MailProblem): Promise<Mailer> {
  const { default: Connection } = await import('nodemailer/lib/smtp-connection');
  return new MailQueue(Connection, plan, problem);
}

class MailQueue implements Mailer {
  readonly #Connection: typeof SmtpConnection;
  readonly #plan: MailPlan;
  readonly #problem: MailProblem;
  readonly #waiting: Waiting[] = [];
  #current: SmtpConnection | null = null;
  #running: Promise<void> | null = null;

  constructor(Connection: typeof SmtpConnection, plan: MailPlan, problem: MailProblem) {
    this.#Connection = Connection;
    this.#plan = plan;
    this.#problem = problem;
  }

  send(subject: string, body: string): void {
    const full = `[${this.#plan.routerId}] ${subject}`;
    if (this.#waiting.length >= MAX_WAITING_MAILS) {
      this.#problem(full, `${MAX_WAITING_MAILS} mails wait already`);
      return;
    }
    const { from, recipients: to } = this.#plan;
    const text = mailText({ date: mailDate(new Date()), from, to, subject: full, body });
    this.#waiting.push({ subject: full, text });
    this.#running ??= this.#run();
  }

  async idle(): Promise<void> {
    await this.#running;
  }

  close(): void {
    this.#waiting.length = 0;
    this.#current?.close();
  }

  async #run(): Promise<void> {
    for (let mail = this.#waiting.shift(); mail !== undefined; mail = this.#waiting.shift()) {
      const error = await this.#deliver(mail);
      if (error !== null) this.#problem(mail.subject, error);
    }
    this.#running = null;
  }

  /** What went wrong, null if every recipient's copy was taken. */
  #deliver({ text }: Waiting): Promise<string | null> {
    const { server, heloName, timeoutUs, from, recipients } = this.#plan;
    const timeoutMs = Math.ceil(timeoutUs / 1000);
    const connection = new this.#Connection({
      ...{ host: server.host, port: server.port, name: heloName },
      // keepalived speaks plain SMTP; a relay with a certificate of its own must not lose the alert.
      ...{ secure: false, ignoreTLS: true },
      ...{
        connectionTimeout: timeoutMs,
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
        dnsTimeout: timeoutMs,
      },
    });
    this.#current = connection;
    return new Promise((resolve) => {
      const end = (error: string | null): void => {
        this.#current = null;
        resolve(error);
      };
      // Each error: one without a listener would end the process.
      connection.on('error', (error) => {
        connection.close();
        end(told(error));
      });
      // Why it ended is told after that it did.
      connection.once('end', () => setImmediate(end, 'the relay closed the connection'));
      const envelope = { from: envelopeAddress(from), to: recipients.map(envelopeAddress) };
      connection.connect((refused) => {
        if (refused) return end(told(refused));
        connection.send(envelope, text, (error, info) => {
          connection.quit();
          if (error !== null) return end(told(error));
          const rejected = info?.rejected ?? [];
          end(rejected.length === 0 ? null : `the relay refused ${rejected.join(', ')}`);
        });
      });
    });
  }
}

/** In one line: what a relay says may have several. */
function told(error: Error): string {
  return error.message.replace(/\s+/g, ' ').trim();
}
