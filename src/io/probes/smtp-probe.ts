/** SMTP_CHECK: greeting, HELO and QUIT, each reply within the time limit; a reply may have several lines. */
import { Socket } from 'node:net';
import { catchError, concatMap, map, Observable, of, race, type Subscriber, take } from 'rxjs';
import { unfollow } from '../../../native/readiness.ts';
import { type OpenSocket, releaseSocket } from '../../../native/socket.ts';
import type { SmtpProbe } from '../../machines/checker/checker.input.ts';
import { type SmtpReply, SmtpReplyReader } from '../../protocol/smtp.ts';
import { tcpConnect } from './tcp-connect.ts';
import { CONNECT_TIMEOUT, patience, type Verdict, verdictOn } from './verdict.ts';

const PASSED: Verdict = { outcome: 'passed', code: 'L7OK', detail: '' };

interface Step {
  /** What is awaited. */
  readonly awaits: string;
  /** Code that it must have; null: any. */
  readonly code: string | null;
  /** What is said then; null: nothing more. */
  readonly says: ((plan: SmtpProbe) => string) | null;
}

const STEPS: readonly Step[] = [
  { awaits: 'greeting', code: '220', says: ({ heloName }) => `HELO ${heloName}\r\n` },
  { awaits: 'HELO', code: '250', says: () => 'QUIT\r\n' },
  { awaits: 'QUIT', code: null, says: null },
];

/** Emits one verdict and completes. Unsubscribing ends the connection at once. */
export function smtpProbe(plan: SmtpProbe): Observable<Verdict> {
  const connected = tcpConnect(plan, plan.origin).pipe(map(takeOver));
  return race(connected, patience(plan.timeoutUs, null)).pipe(
    take(1),
    concatMap((fd) => (fd === null ? of(CONNECT_TIMEOUT) : conversation(plan, fd))),
    catchError((error: unknown) => of(verdictOn(error))),
    take(1),
  );
}

/** For Node, which watches it in its own way. */
function takeOver(socket: OpenSocket): number {
  unfollow(socket);
  return releaseSocket(socket);
}

function conversation(plan: SmtpProbe, fd: number): Observable<Verdict> {
  return new Observable<Verdict>((subscriber) => {
    const talk = new Conversation(plan, fd, subscriber);
    return () => talk.close();
  });
}

class Conversation {
  readonly #plan: SmtpProbe;
  readonly #socket: Socket;
  readonly #subscriber: Subscriber<Verdict>;
  #step = 0;
  #reader = new SmtpReplyReader();
  #limit = patience(0, null).subscribe();

  constructor(plan: SmtpProbe, fd: number, subscriber: Subscriber<Verdict>) {
    this.#plan = plan;
    this.#subscriber = subscriber;
    this.#socket = new Socket({ fd, readable: true, writable: true });
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      const stage = error.syscall === 'write' ? 'write' : 'read';
      this.#end('L7RSP', `${stage} ${error.code ?? error.message}`);
    });
    this.#socket.on('data', (piece) => this.#hear(piece));
    this.#socket.once('end', () => this.#end('L7RSP', 'read end of the connection'));
    this.#await();
  }

  close(): void {
    this.#limit.unsubscribe();
    this.#socket.destroy();
  }

  get #awaits(): string {
    return STEPS[this.#step]?.awaits ?? '';
  }

  /** Each reply has the whole limit, however many pieces it comes in. */
  #await(): void {
    this.#limit.unsubscribe();
    this.#reader = new SmtpReplyReader();
    this.#limit = patience(this.#plan.timeoutUs, null).subscribe(() =>
      this.#end('L7TOUT', `no whole reply: ${this.#awaits}`),
    );
  }

  #hear(piece: Uint8Array): void {
    let reply: SmtpReply | null;
    try {
      reply = this.#reader.read(piece);
    } catch (error) {
      // keepalived: whatever answers QUIT is good.
      if (STEPS[this.#step]?.code === null) this.#finish(PASSED);
      else this.#end('L7RSP', `${this.#awaits} ${(error as Error).message}`);
      return;
    }
    const step = STEPS[this.#step];
    if (reply === null || step === undefined) return;
    if (step.code !== null && reply.code !== step.code) {
      this.#end('L7STS', `${step.awaits} ${reply.code} ${reply.text}`);
      return;
    }
    if (step.says === null) {
      this.#finish(PASSED);
      return;
    }
    this.#socket.write(step.says(this.#plan));
    this.#step += 1;
    this.#await();
  }

  #end(code: string, detail: string): void {
    this.#finish({ outcome: 'failed', code, detail });
  }

  #finish(verdict: Verdict): void {
    this.#limit.unsubscribe();
    this.#subscriber.next(verdict);
    this.#subscriber.complete();
  }
}
