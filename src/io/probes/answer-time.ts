/** How long a probe over a connection may take: for the connection, the handshake, each step of the answer, all of it. */
import { HANDSHAKE_TIMEOUT, httpFailure } from './http-verdicts.ts';
import { CONNECT_TIMEOUT, type Verdict } from './verdict.ts';

export interface AnswerTimeOptions {
  /** For connection and handshake together (keepalived), and for each step of the answer. */
  readonly timeoutUs: number;
  /** What the answer may take as a whole, in times of that. */
  readonly longestAnswerTimeouts: number;
  /** Whether something of the answer has come. */
  readonly hasData: () => boolean;
  readonly ranOut: (verdict: Verdict) => void;
}

/** Time runs from the beginning on. */
export class AnswerTime {
  readonly #options: AnswerTimeOptions;
  readonly #timer: NodeJS.Timeout;
  #stage: 'connection' | 'handshake' | 'answer' = 'connection';
  #late: NodeJS.Immediate | null = null;
  #answerEndsMs = Number.POSITIVE_INFINITY;

  constructor(options: AnswerTimeOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => this.#ranOut(), Math.ceil(options.timeoutUs / 1000));
  }

  /** The connection is there. */
  connected(): void {
    this.#stage = 'handshake';
  }

  /** The other side may be asked now. */
  opened(): void {
    const { timeoutUs, longestAnswerTimeouts } = this.#options;
    this.#stage = 'answer';
    this.#answerEndsMs = performance.now() + (longestAnswerTimeouts * timeoutUs) / 1000;
    this.goesOn();
  }

  get isAnswering(): boolean {
    return this.#stage === 'answer';
  }

  /** The answer as a whole takes too long. */
  get isOver(): boolean {
    return performance.now() > this.#answerEndsMs;
  }

  /** A step was made: the next one has its own time. */
  goesOn(): void {
    this.#timer.refresh();
    if (this.#late !== null) clearImmediate(this.#late);
    this.#late = null;
  }

  close(): void {
    clearTimeout(this.#timer);
    if (this.#late !== null) clearImmediate(this.#late);
  }

  /** What came meanwhile is heard first: a stall of this process is not the server's silence. */
  #ranOut(): void {
    const { hasData, ranOut } = this.#options;
    this.#late = setImmediate(() => {
      if (this.#stage === 'connection') ranOut(CONNECT_TIMEOUT);
      else if (this.#stage === 'handshake') ranOut(HANDSHAKE_TIMEOUT);
      else ranOut(httpFailure(hasData() ? 'unfinished' : 'noAnswer'));
    });
  }
}

/** `ECONNRESET`, or what the libraries say. */
export function codeOf(error: Error): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
