/** TCP connections, with a request and its answer or without, that are made again and again: the addon's part with types. */
import { getSystemErrorName } from 'node:util';
import { loadAddon } from './load.ts';
import type { ConnectArguments, TcpOrigin } from './tcp.ts';

interface NativeRepeater {
  begin(
    ...exchange: [
      ...connection: ConnectArguments,
      timeoutUs: number,
      everyUs: number,
      dueUs: number,
      request: Uint8Array,
      longestAnswerTimeouts: number,
    ]
  ): number;
  read(token: number, into: Float64Array): boolean;
  stop(token: number): void;
  close(): void;
}

interface Addon {
  readonly ExchangeRepeater: new (
    stretchUs: number,
    limit: number,
    shared: Readonly<Record<'ends' | 'tokens' | 'bytes' | 'pieces' | 'verdicts', ArrayBufferView>>,
    ended: (count: number) => void,
    answered: (count: number) => void,
  ) => NativeRepeater;
}

/** Numbers of one end, and of what is asked of one; see exchange-repeater.cc. */
const END_NUMBERS = 5;
const STATE_NUMBERS = 5;
/** Ends, or answers, in one call from the addon. */
const MOST = 64;
/** Room for several of the longest answers, and for their pieces. */
const ANSWER_BYTES = 256 * 1024;
const ANSWER_PIECES = 1_024;

/** By number. `tooMuch`: an answer that is too long, or in too many pieces, to be repeated here. */
const STAGES = [
  ...(['timeout', 'here', 'connect', 'answer'] as const),
  ...(['send', 'read', 'silent', 'unfinished', 'tooMuch'] as const),
] as const;

export interface Exchange {
  readonly address: string;
  readonly port: number;
  readonly origin: TcpOrigin;
  /** Empty: it is closed as soon as the connection stands. */
  readonly request: Uint8Array;
  /** Bound on the connection, and on each piece of the answer. */
  readonly timeoutUs: number;
  /** Bound on the whole answer, in times of that. */
  readonly longestAnswerTimeouts: number;
  /** From the end of one to the beginning of the next. */
  readonly everyUs: number;
  /** When the first begins, by CLOCK_MONOTONIC. */
  readonly dueUs: number;
}

export interface ExchangeListener {
  /**
   * An answer is complete: what came, in the pieces in which it came; the bytes are there until this returns. Gives whether
   * it goes on; else it is over, and nothing more is told.
   */
  answered(pieces: readonly Uint8Array[]): boolean;
  /** It is over. */
  ended(end: ExchangeEnd): void;
}

/** What became of the one that could not be had. */
export interface ExchangeEnd {
  /**
   * Of the connection: `timeout`, no answer came; `here`, this machine could not try; `connect`, refused at once; `answer`,
   * later. Then: `send` or `read` failed; the answer was `silent`, `unfinished`, or `tooMuch`.
   */
  readonly stage: (typeof STAGES)[number];
  /** `ECONNREFUSED` and the like; '': none. */
  readonly code: string;
  readonly tookUs: number;
  /** Those that were good before it. */
  readonly count: number;
}

/** So far. */
export interface RepetitionState {
  /** Those that were good. */
  readonly count: number;
  /** When the last one ended, by CLOCK_MONOTONIC; -1: none has. */
  readonly endedUs: number;
  readonly tookUs: number;
  /** When the next one is due, or was if it is under way. */
  readonly dueUs: number;
  readonly isUnderWay: boolean;
}

/**
 * What is due in the same stretch of `stretchUs` is done with the first of it. No more than `limit` are under way at once;
 * others wait, in the order in which they were due. Keeps the process alive while it has something to repeat.
 */
export class ExchangeRepeater {
  readonly #shared = {
    ends: new Float64Array(END_NUMBERS * MOST),
    tokens: new Float64Array(MOST),
    bytes: new Uint8Array(ANSWER_BYTES),
    pieces: new Uint32Array(ANSWER_PIECES),
    verdicts: new Uint8Array(MOST),
  };
  readonly #state = new Float64Array(STATE_NUMBERS);
  readonly #listeners = new Map<number, ExchangeListener>();
  readonly #native: NativeRepeater;

  /** Throws SystemError (EMFILE). */
  constructor(stretchUs: number, limit: number) {
    const { ExchangeRepeater: Native } = loadAddon() as Addon;
    const ended = (count: number): void => this.#tell(count);
    const answered = (count: number): void => this.#ask(count);
    this.#native = new Native(stretchUs, limit, this.#shared, ended, answered);
  }

  /** Gives its token. It goes on until it is stopped, or one cannot be had, or an answer is not what it has to be. */
  begin(exchange: Exchange, listener: ExchangeListener): number {
    const { address, port, origin, request, timeoutUs, longestAnswerTimeouts, everyUs, dueUs } = exchange;
    const token = this.#native.begin(
      address,
      port,
      origin.source,
      origin.sourcePort,
      origin.device,
      origin.mark,
      timeoutUs,
      everyUs,
      dueUs,
      request,
      longestAnswerTimeouts,
    );
    this.#listeners.set(token, listener);
    return token;
  }

  /** null: it is over. */
  read(token: number): RepetitionState | null {
    if (!this.#native.read(token, this.#state)) return null;
    const [count = 0, endedUs = 0, tookUs = 0, dueUs = 0, underWay] = this.#state;
    return { count, endedUs, tookUs, dueUs, isUnderWay: underWay === 1 };
  }

  /** One under way is given up. Nothing is told. */
  stop(token: number): void {
    this.#listeners.delete(token);
    this.#native.stop(token);
  }

  close(): void {
    this.#listeners.clear();
    this.#native.close();
  }

  #tell(count: number): void {
    const { ends } = this.#shared;
    for (let at = 0; at < END_NUMBERS * count; at += END_NUMBERS) {
      const [token = 0, stage = 0, errno = 0, tookUs = 0, had = 0] = ends.subarray(at, at + END_NUMBERS);
      const listener = this.#listeners.get(token);
      this.#listeners.delete(token);
      const code = errno === 0 ? '' : getSystemErrorName(-errno);
      listener?.ended({ stage: STAGES[stage] ?? 'here', code, tookUs, count: had });
    }
  }

  #ask(count: number): void {
    const { tokens, bytes, pieces, verdicts } = this.#shared;
    let byte = 0;
    let piece = 0;
    for (let each = 0; each < count; each++) {
      const answer: Uint8Array[] = [];
      for (let left = pieces[piece++] ?? 0; left > 0; left--) {
        const length = pieces[piece++] ?? 0;
        answer.push(bytes.subarray(byte, byte + length));
        byte += length;
      }
      const token = tokens[each] ?? 0;
      // Whoever heard of another answer may have stopped it.
      const goesOn = this.#listeners.get(token)?.answered(answer) ?? false;
      verdicts[each] = goesOn ? 1 : 0;
      if (!goesOn) this.#listeners.delete(token);
    }
  }
}
