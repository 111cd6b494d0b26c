/** A piece of history that a page carries with it, so that it needs no server. Times are Unix times in microseconds. */
import type {
  ActorView,
  ChartAnswer,
  ClocksAnswer,
  GapView,
  LinksAnswer,
  NodeView,
  RatesAnswer,
  ViewRow,
} from './api.ts';
import type { ExplainAnswer, WhyAnswer, WhyNotAnswer } from './explain-api.ts';

export interface Recording {
  readonly fromUs: number;
  readonly toUs: number;
  readonly nodes: readonly NodeView[];
  /** The recorded actors as they were before the first row. */
  readonly begin: readonly ActorView[];
  /** Of those actors and of their programs, in order of time. */
  readonly rows: readonly CarriedRow[];
  /** By `keyOfRow`. */
  readonly told: Readonly<Record<string, RowTold>>;
  /** By state, for the actor and the row with which the page opens. */
  readonly whyNot: Readonly<Record<string, WhyNotAnswer>>;
  /** Row that the page opens with. */
  readonly opened: { readonly node: string; readonly actor: string; readonly seq: number };
  /** By node and machine, where this build does not have the drawing. */
  readonly charts: Readonly<Record<string, ChartAnswer>>;
  readonly clocks: ClocksAnswer;
  readonly gaps: readonly GapView[];
  readonly rates: RatesAnswer;
}

export interface CarriedRow extends ViewRow {
  /** Where its actor stands is told by the newest row that changed something. */
  readonly changed: boolean;
}

/** What is known of a row beside itself. */
export interface RowTold {
  readonly links: LinksAnswer;
  /** Null: it is not recorded, as the row is far from what the page is about. */
  readonly explain: ExplainAnswer | null;
  readonly why: WhyAnswer | null;
}

export const keyOfRow = ({ node, seq }: { readonly node: string; readonly seq: number }): string =>
  `${seq} ${node}`;
