/** Has questions answered by a thread of its own, that begins with the first and is ended if one takes too long. */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Explainer, Question, Refusal, Told } from '../../view/explain-api.ts';

const WORKER = new URL(`./explain-worker${extname(import.meta.filename)}`, import.meta.url);
/** Questions that wait. Pages ask three for each row that is looked at. */
const MOST_WAITING = 32;
const DEADLINE_MS = 10_000;

type Answer = Awaited<ReturnType<Explainer['ask']>>;

interface Asked {
  readonly id: number;
  readonly question: Question;
  readonly answer: (answer: Answer) => void;
}

interface FromWorker {
  readonly id: number;
  readonly told?: Told | null;
  readonly error?: string;
}

const refused = (refusal: Refusal, why: string): Answer => ({ refusal, why });

class ThreadedExplainer implements Explainer {
  readonly #deadlineMs: number;
  readonly #waiting: Asked[] = [];
  #worker: Worker | null = null;
  #current: Asked | null = null;
  #timer: NodeJS.Timeout | null = null;
  #lastId = 0;

  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
  }

  ask(question: Question): Promise<Answer> {
    if (this.#waiting.length >= MOST_WAITING) {
      return Promise.resolve(refused('busy', 'too many questions wait for an answer'));
    }
    return new Promise((answer) => {
      this.#lastId += 1;
      this.#waiting.push({ id: this.#lastId, question, answer });
      this.#next();
    });
  }

  async close(): Promise<void> {
    for (const { answer } of this.#waiting.splice(0)) answer(refused('busy', 'the server ends'));
    this.#done(refused('busy', 'the server ends'));
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #next(): void {
    if (this.#current !== null) return;
    const asked = this.#waiting.shift();
    if (asked === undefined) return;
    this.#current = asked;
    this.#timer = setTimeout(() => {
      this.#drop(refused('slow', `no answer within ${this.#deadlineMs / 1_000} s`));
    }, this.#deadlineMs);
    this.#worker ??= this.#start();
    this.#worker.postMessage({ id: asked.id, question: asked.question });
  }

  #start(): Worker {
    const worker = new Worker(WORKER, { name: 'explain' });
    worker.unref();
    worker.on('message', (message: FromWorker) => this.#hear(message));
    worker.on('error', (error) => {
      if (worker === this.#worker) this.#drop(refused('failed', String(error)));
    });
    return worker;
  }

  #hear({ id, told, error }: FromWorker): void {
    if (id !== this.#current?.id) return;
    if (error !== undefined) this.#done(refused('failed', error));
    else this.#done({ told: told ?? null });
    this.#next();
  }

  /** The thread is at something that it does not finish: the next question gets another. */
  #drop(answer: Answer): void {
    const worker = this.#worker;
    this.#worker = null;
    void worker?.terminate();
    this.#done(answer);
    this.#next();
  }

  #done(answer: Answer): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const current = this.#current;
    this.#current = null;
    current?.answer(answer);
  }
}

/** Costs nothing until it is asked. */
export function createExplainer(deadlineMs = DEADLINE_MS): Explainer {
  return new ThreadedExplainer(deadlineMs);
}
