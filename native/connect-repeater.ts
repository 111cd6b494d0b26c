/** TCP connections that are made and closed again and again until one cannot be had: the addon's part with types. */
import { getSystemErrorName } from 'node:util';
import { loadAddon } from './load.ts';
import type { TcpOrigin } from './tcp.ts';

interface NativeRepeater {
  begin(
    destination: string,
    port: number,
    source: string,
    sourcePort: number,
    device: string,
    mark: number,
    timeoutUs: number,
    everyUs: number,
    dueUs: number,
  ): number;
  read(token: number, into: Float64Array): boolean;
  stop(token: number): void;
  close(): void;
}

interface Addon {
  readonly ConnectRepeater: new (
    stretchUs: number,
    limit: number,
    ends: Float64Array,
    ended: (count: number) => void,
  ) => NativeRepeater;
}

/** Numbers of one end, and of what is asked of one; see connect-repeater.cc. */
const END_NUMBERS = 5;
const STATE_NUMBERS = 5;
/** Ends in one call from the addon. */
const MOST_ENDS = 64;
const NO_ANSWER = 0;
const BEFORE_CONNECT = 1;
const AT_CONNECT = 2;

export interface Pace {
  /** Bound on one connection. */
  readonly timeoutUs: number;
  /** From the end of one to the beginning of the next. */
  readonly everyUs: number;
  /** When the first begins, by CLOCK_MONOTONIC. */
  readonly dueUs: number;
}

/** What became of the one that could not be had. */
export interface ConnectEnd {
  /** `timeout`: no answer came; `here`: this machine could not try; `connect`: refused at once; `answer`: later. */
  readonly stage: 'timeout' | 'here' | 'connect' | 'answer';
  /** `ECONNREFUSED` and the like. */
  readonly code: string;
  readonly tookUs: number;
  /** Connections that were had before it. */
  readonly count: number;
}

/** So far. */
export interface RepetitionState {
  /** Connections that were had. */
  readonly count: number;
  /** When the last one was, by CLOCK_MONOTONIC; -1: none has been. */
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
export class ConnectRepeater {
  readonly #ends = new Float64Array(END_NUMBERS * MOST_ENDS);
  readonly #state = new Float64Array(STATE_NUMBERS);
  readonly #ended = new Map<number, (end: ConnectEnd) => void>();
  readonly #native: NativeRepeater;

  /** Throws SystemError (EMFILE). */
  constructor(stretchUs: number, limit: number) {
    const { ConnectRepeater: Native } = loadAddon() as Addon;
    this.#native = new Native(stretchUs, limit, this.#ends, (count) => this.#tell(count));
  }

  /** Gives its token. It goes on until it is stopped, or until one cannot be had: then `ended` is called, and it is over. */
  begin(
    address: string,
    port: number,
    origin: TcpOrigin,
    pace: Pace,
    ended: (end: ConnectEnd) => void,
  ): number {
    const { source, sourcePort, device, mark } = origin;
    const { timeoutUs, everyUs, dueUs } = pace;
    const token = this.#native.begin(
      address,
      port,
      source,
      sourcePort,
      device,
      mark,
      timeoutUs,
      everyUs,
      dueUs,
    );
    this.#ended.set(token, ended);
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
    this.#ended.delete(token);
    this.#native.stop(token);
  }

  close(): void {
    this.#ended.clear();
    this.#native.close();
  }

  #tell(count: number): void {
    for (let at = 0; at < END_NUMBERS * count; at += END_NUMBERS) {
      const [token = 0, stage = 0, errno = 0, tookUs = 0, had = 0] = this.#ends.subarray(
        at,
        at + END_NUMBERS,
      );
      const ended = this.#ended.get(token);
      this.#ended.delete(token);
      ended?.({ stage: stageOf(stage), code: getSystemErrorName(-errno), tookUs, count: had });
    }
  }
}

function stageOf(stage: number): ConnectEnd['stage'] {
  if (stage === NO_ANSWER) return 'timeout';
  if (stage === BEFORE_CONNECT) return 'here';
  return stage === AT_CONNECT ? 'connect' : 'answer';
}
