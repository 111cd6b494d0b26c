/** Answers about time: lanes, rates, arrows, clocks. What is read for one is kept for the next. */
import { BadRequest } from '../answering.ts';
import type { ClocksAnswer, DifferencesAnswer } from '../api.ts';
import { nowUs } from '../queries.ts';
import { integer, required, sourceOf } from '../query-fields.ts';
import type { JournalSource } from '../source.ts';
import { activity } from './activity.ts';
import { differences } from './differences.ts';
import { links } from './links.ts';
import { moment } from './moment.ts';
import { MOST_CELLS, Rates } from './rates.ts';
import { related } from './related.ts';
import { Timelines } from './timeline.ts';

/** Lanes that a page asks for by name. */
const MOST_ASKED_LANES = 64;
/** Parts of a window that are told apart where nothing else is asked for. */
const DEFAULT_CELLS = 1_000;

/** How the clocks of the sources stand in a time of the first one's clock. */
export type CompareClocks = (fromUs: number, toUs: number) => ClocksAnswer;

function windowOf(query: URLSearchParams): { readonly fromUs: number; readonly toUs: number } {
  const fromUs = required(integer(query, 'from'), 'from');
  const toUs = integer(query, 'to') ?? nowUs();
  if (toUs <= fromUs) throw new BadRequest(400, 'to must be later than from');
  return { fromUs, toUs };
}

const actorsOf = (query: URLSearchParams): string[] => query.getAll('actor').slice(0, MOST_ASKED_LANES);

export class HistoryAnswers {
  readonly #sources: readonly JournalSource[];
  readonly #timelines = new Timelines();
  readonly #rates = new Rates();
  readonly #compareClocks: CompareClocks | null;
  #differences: DifferencesAnswer | null = null;

  constructor(sources: readonly JournalSource[], compareClocks: CompareClocks | null) {
    this.#sources = sources;
    this.#compareClocks = compareClocks;
  }

  /** Somebody asks something: what is counted beside it waits. */
  asked(): void {
    this.#rates.pause();
  }

  close(): void {
    this.#rates.close();
  }

  /** Undefined: it is not a question about time. */
  answer(path: string, query: URLSearchParams): unknown {
    switch (path) {
      case '/api/timeline':
        return this.#timeline(query);
      case '/api/activity':
        return activity(
          this.#sources,
          actorsOf(query),
          required(integer(query, 'quiet'), 'quiet'),
          this.#timelines.cache,
        );
      case '/api/rates':
        return this.#ratesOf(query);
      case '/api/links':
        return this.#links(query);
      case '/api/moment':
        return this.#moment(query);
      case '/api/related': {
        const source = sourceOf(this.#sources, query);
        return related(source, required(query.get('actor'), 'actor'), source.lastSeq());
      }
      case '/api/differences':
        // What never was grows no more.
        this.#differences ??= { differences: differences(this.#sources) };
        return this.#differences;
      case '/api/clocks': {
        const { fromUs, toUs } = windowOf(query);
        return this.#compareClocks?.(fromUs, toUs) ?? { reference: null, clocks: [] };
      }
      default:
        return undefined;
    }
  }

  #timeline(query: URLSearchParams): unknown {
    const { fromUs, toUs } = windowOf(query);
    const actors = actorsOf(query);
    const cellUs = integer(query, 'cell') ?? Math.ceil((toUs - fromUs) / DEFAULT_CELLS);
    return this.#timelines.timeline(this.#sources, {
      ...{ fromUs, toUs, cellUs: Math.max(1, cellUs) },
      actors: actors.length === 0 ? null : actors,
    });
  }

  #ratesOf(query: URLSearchParams): unknown {
    const { fromUs, toUs } = windowOf(query);
    const cells = Math.max(1, integer(query, 'cells', MOST_CELLS) ?? DEFAULT_CELLS);
    const lived = this.#sources.filter(({ against }) => against === undefined);
    return this.#rates.rates(lived, fromUs, toUs, cells);
  }

  /** Nobody hears the adverts of a life that is not his. */
  #hearersOf(source: JournalSource): readonly JournalSource[] {
    return this.#sources.filter(({ against }) => (against === undefined) === (source.against === undefined));
  }

  #moment(query: URLSearchParams): unknown {
    const source = sourceOf(this.#sources, query);
    return moment(this.#sources, this.#hearersOf(source), source, {
      actor: required(query.get('actor'), 'actor'),
      timeUs: required(integer(query, 'time'), 'time'),
      everybody: query.get('everybody') === '1',
    });
  }

  #links(query: URLSearchParams): unknown {
    const source = sourceOf(this.#sources, query);
    const found = links(this.#hearersOf(source), source, required(integer(query, 'seq'), 'seq'));
    if (found === null) throw new BadRequest(404, 'no such row');
    return found;
  }
}
