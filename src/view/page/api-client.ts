/** Talks to the server. Times are Unix times in microseconds. */
import {
  type ActivityAnswer,
  type AtAnswer,
  type ChartAnswer,
  type ClocksAnswer,
  type DifferencesAnswer,
  formatPositions,
  type LinksAnswer,
  type MomentAnswer,
  type NodeChange,
  type NodesAnswer,
  type RatesAnswer,
  type RelatedAnswer,
  type RowsAnswer,
  type TimelineAnswer,
  type ViewRow,
} from '../api.ts';
import type { ExplainAnswer, WhyAnswer, WhyNotAnswer } from '../explain-api.ts';
import { signIn } from './sign-in.ts';

type Query = Readonly<Record<string, string | number | null | readonly string[]>>;

const between = (fromUs: number, toUs: number): Query => ({
  from: Math.max(0, Math.floor(fromUs)),
  to: Math.max(1, Math.ceil(toUs)),
});

async function get<T>(path: string, query: Query = {}): Promise<T> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) for (const one of value as readonly string[]) search.append(name, one);
    else if (value !== null) search.set(name, String(value));
  }
  let response = await fetch(`${path}?${search}`);
  while (response.status === 401) {
    await signIn();
    response = await fetch(`${path}?${search}`);
  }
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error((answer as { error?: string }).error ?? response.statusText);
  return answer as T;
}

export const api = {
  nodes: (): Promise<NodesAnswer> => get('/api/nodes'),
  at: (timeUs: number): Promise<AtAnswer> => get('/api/at', { time: Math.round(timeUs) }),
  moment: (node: string, actor: string, timeUs: number, everybody: boolean): Promise<MomentAnswer> =>
    get('/api/moment', { node, actor, time: Math.max(0, Math.round(timeUs)), everybody: everybody ? 1 : 0 }),
  timeline: (
    fromUs: number,
    toUs: number,
    cellUs: number,
    actor: readonly string[],
  ): Promise<TimelineAnswer> => get('/api/timeline', { ...between(fromUs, toUs), cell: cellUs, actor }),
  rates: (fromUs: number, toUs: number, cells: number): Promise<RatesAnswer> =>
    get('/api/rates', { ...between(fromUs, toUs), cells }),
  activity: (quietUs: number, actor: readonly string[]): Promise<ActivityAnswer> =>
    get('/api/activity', { quiet: quietUs, actor }),
  links: (node: string, seq: number): Promise<LinksAnswer> => get('/api/links', { node, seq }),
  related: (node: string, actor: string): Promise<RelatedAnswer> => get('/api/related', { node, actor }),
  clocks: (fromUs: number, toUs: number): Promise<ClocksAnswer> => get('/api/clocks', between(fromUs, toUs)),
  differences: (): Promise<DifferencesAnswer> => get('/api/differences'),
  chart: (node: string, seq: number): Promise<ChartAnswer> => get('/api/chart', { node, seq }),
  explain: (node: string, actor: string, seq: number): Promise<ExplainAnswer | null> =>
    get('/api/explain', { node, actor, seq }),
  why: (node: string, actor: string, seq: number): Promise<WhyAnswer | null> =>
    get('/api/why', { node, actor, seq }),
  whyNot: (node: string, actor: string, seq: number, state: string): Promise<WhyNotAnswer | null> =>
    get('/api/whynot', { node, actor, seq, state }),
  rows: (node: string, query: Query): Promise<RowsAnswer> => get('/api/rows', { node, ...query }),
};

const RETRY_MS = 1_000;

export interface LiveHandlers {
  readonly row: (row: ViewRow) => void;
  readonly node: (change: NodeChange) => void;
  /** Too much was missed: everything must be loaded again. */
  readonly reset: () => void;
  readonly connected: (connected: boolean) => void;
}

/**
 * Follows new rows; after an interruption it resumes where it was. Returns what ends it. A tab that nobody looks at lets go of
 * its stream: a browser has six connections to a server, and streams of forgotten tabs would leave none for a new one.
 */
export function follow(positions: ReadonlyMap<string, number>, on: LiveHandlers): () => void {
  let since = formatPositions(positions);
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  const close = (): void => {
    clearTimeout(retry);
    source?.close();
  };
  const open = (): void => {
    const stream = new EventSource(`/api/live?since=${encodeURIComponent(since)}`);
    source = stream;
    stream.addEventListener('row', (event) => {
      since = event.lastEventId;
      on.row(JSON.parse(event.data) as ViewRow);
    });
    stream.addEventListener('node', (event) => on.node(JSON.parse(event.data) as NodeChange));
    stream.addEventListener('reset', () => on.reset());
    stream.onopen = () => on.connected(true);
    stream.onerror = () => {
      on.connected(false);
      // A browser comes back by itself after a broken connection, but not after an answer that it did not expect.
      if (stream.readyState === EventSource.CLOSED) retry = setTimeout(() => on.reset(), RETRY_MS);
    };
  };
  const seen = (): void => {
    close();
    if (!document.hidden) open();
  };
  document.addEventListener('visibilitychange', seen);
  seen();
  return () => {
    document.removeEventListener('visibilitychange', seen);
    close();
  };
}
