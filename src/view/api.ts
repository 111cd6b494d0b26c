/** What the server of the visualizer and its page say to each other. Times are Unix times in microseconds. */
import type { JournalRow } from '../engine/types.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import type { ChartLayout } from './chart/layout-types.ts';

/** A journal row with what a reader needs to understand it alone. */
export interface ViewRow extends JournalRow {
  readonly node: string;
  /** Counter of process starts on that node. */
  readonly epoch: number;
  /** State of the actor before the row; null if it did not exist. */
  readonly before: Json;
}

/** An actor as it was after its row `seq`. */
export interface ActorView {
  readonly node: string;
  readonly actor: string;
  readonly machine: string | null;
  readonly seq: number;
  readonly wallUs: number;
  readonly state: Json;
  /** Effective VRRP priority; null for actors without one. */
  readonly priority: number | null;
  /** The process that held it was alive at that time, as far as the journal tells. */
  readonly running: boolean;
  /** Actors that it leads (members of a group) or tells (followers of a tracker). */
  readonly relations: readonly string[];
  /** Addresses that it holds while it is master. */
  readonly addresses: readonly string[];
}

export interface NodeView {
  readonly node: string;
  /** Newest row; 0 before the first. */
  readonly lastSeq: number;
  readonly fromUs: number;
  readonly toUs: number;
  readonly running: boolean;
  /** Node that it is another life of, which never was; absent: it was lived. */
  readonly against?: string;
}

/** /api/nodes */
export interface NodesAnswer {
  readonly nowUs: number;
  readonly nodes: readonly NodeView[];
  readonly fleet: readonly FleetTable[];
}

/** /api/at?time */
export interface AtAnswer {
  readonly timeUs: number;
  readonly fleet: readonly FleetTable[];
}

/** All actors of a node in columns: thousands of them in few bytes. src/view/fleet.ts makes and reads it. */
export interface FleetTable {
  readonly node: string;
  /** The process that held them was alive at that time, as far as the journal tells. */
  readonly running: boolean;
  /** In the order of the alphabet: how much each has in common with the one before, and the rest. */
  readonly shared: readonly number[];
  readonly rest: readonly string[];
  readonly standings: readonly (readonly [machine: string | null, state: Json])[];
  /** Which of the standings. */
  readonly standing: readonly number[];
  readonly seq: readonly number[];
  /** Unix time of the newest; how much older the others are. */
  readonly newestUs: number;
  readonly olderUs: readonly number[];
  /** By place; those that are not here have none. */
  readonly priorities: Readonly<Record<number, number>>;
  /** By place: whom it leads (members of a group) or tells (followers of a tracker). */
  readonly relations: Readonly<Record<number, readonly string[]>>;
  /** By place: addresses that it holds while it is master. */
  readonly addresses: Readonly<Record<number, readonly string[]>>;
}

/** A time in one state, from the row that led there. */
export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
  readonly seq: number;
  /** Index in `TimelineAnswer.states`. */
  readonly state: number;
}

/** States that came and went within one cell of the picture. */
export interface Dense {
  readonly fromUs: number;
  readonly toUs: number;
  /** First of the rows that changed the state here. */
  readonly seq: number;
  /** Indexes in `TimelineAnswer.states`, in order of appearance; -1 where the process was gone for a moment. */
  readonly states: readonly number[];
  readonly changes: number;
}

/** The rows of one cell. */
export interface Tick {
  readonly timeUs: number;
  /** Of the first that came from outside (no earlier row led to it), or of the first row if none did. */
  readonly seq: number;
  readonly rows: number;
  readonly inputs: number;
}

/** Spans and dense pieces do not overlap; together they tell every state that there was. */
export interface Lane {
  readonly node: string;
  readonly actor: string;
  readonly spans: readonly Span[];
  readonly dense: readonly Dense[];
  readonly ticks: readonly Tick[];
}

/** A time of which rows are missing from the journal. */
export interface GapView {
  readonly node: string;
  readonly fromUs: number;
  readonly toUs: number;
  readonly reason: string;
  readonly lostRows: number;
}

/** /api/timeline?from&to&cell&actor; `actor` may be repeated, `cell` is the least time in us that the picture can tell apart. */
export interface TimelineAnswer {
  readonly fromUs: number;
  readonly toUs: number;
  /** What was told apart: no less than was asked for. Rows that changed nothing show only where it is short. */
  readonly cellUs: number;
  readonly states: readonly Json[];
  readonly lanes: readonly Lane[];
  readonly gaps: readonly GapView[];
}

/** /api/rows?node&actor&after|before|at|seq&limit; ascending by seq. */
export interface RowsAnswer {
  readonly rows: readonly ViewRow[];
  /** There are more in the direction that was asked for. */
  readonly more: boolean;
}

/** /api/moment?node&actor&time&everybody: a row and all that is shown with it, in one answer that is painted in one go. */
export interface MomentAnswer {
  /** The newest of that actor up to that time, or its first one where all are later; null: it has none. */
  readonly row: ViewRow | null;
  /** The row that led to it. */
  readonly cause: ViewRow | null;
  readonly links: LinksAnswer | null;
  /** Everybody at the time of the row; null: `everybody` is not 1. */
  readonly fleet: readonly FleetTable[] | null;
}

/** /api/context?node&actor&seq: what an actor knew after that row. */
export interface ContextAnswer {
  readonly seq: number;
  readonly context: JsonObject;
  /** Rows that may have changed it were lost. */
  readonly uncertain: boolean;
}

/** /api/chart?node&seq: a plain drawing of the row's machine, for a page that has none or an older or newer one. */
export interface ChartAnswer {
  readonly layout: ChartLayout;
  /** The journal holds the machine's definition; without it only states that rows name are drawn. */
  readonly defined: boolean;
}

/** Event `node` of /api/live: a process came or went. */
export interface NodeChange {
  readonly node: string;
  readonly running: boolean;
  /** Its last sign of life. */
  readonly lastUs: number;
}

/** Newest seq of each node, as `r1:120,r2:96`: the id of live events and where a stream resumes. */
export function formatPositions(positions: ReadonlyMap<string, number>): string {
  return [...positions].map(([node, seq]) => `${encodeURIComponent(node)}:${seq}`).join(',');
}

/** Null if the text is not one. */
export function parsePositions(text: string): ReadonlyMap<string, number> | null {
  const positions = new Map<string, number>();
  if (text === '') return positions;
  for (const part of text.split(',')) {
    const match = /^([^:]{1,256}):(\d{1,15})$/.exec(part);
    if (match?.[1] === undefined) return null;
    try {
      positions.set(decodeURIComponent(match[1]), Number(match[2]));
    } catch {
      return null;
    }
  }
  return positions;
}

/** A row as the end of an arrow. */
export interface LinkView {
  readonly node: string;
  readonly actor: string;
  readonly seq: number;
  readonly timeUs: number;
  readonly type: string;
  /** Of another node: its advert led to this row, or was heard there. No single journal says so. */
  readonly across: boolean;
}

/** /api/links?node&seq: what led to a row, and what it led to. */
export interface LinksAnswer {
  readonly causes: readonly LinkView[];
  readonly effects: readonly LinkView[];
}

/** /api/activity?quiet&actor: when anything happened to these actors, in all of the history. */
export interface ActivityAnswer {
  /** Shorter times without anything are not told; no less than was asked for. */
  readonly quietUs: number;
  /** In order; on any node. */
  readonly busy: readonly { readonly fromUs: number; readonly toUs: number }[];
}

/** /api/rates?from&to&cells */
export interface RatesAnswer {
  readonly fromUs: number;
  readonly cellUs: number;
  /** Of each cell from `fromUs` on. */
  readonly nodes: readonly {
    readonly node: string;
    /** Sent and received, as the journal's runs count them. */
    readonly adverts: readonly number[];
    readonly rows: readonly number[];
  }[];
  /** Times of which a node does not keep any more what there is to count: silence there says nothing. */
  readonly thinned: readonly { readonly fromUs: number; readonly toUs: number }[];
  /** Some of it is still being counted: ask again. */
  readonly counting: boolean;
}

/** /api/related?node&actor: who belongs to an actor, itself first. */
export interface RelatedAnswer {
  readonly actors: readonly string[];
}

/** Where the recorded life of an actor and another one part. The one that goes to another state has a row that says so. */
export interface Difference {
  readonly node: string;
  readonly whatIfNode: string;
  readonly actor: string;
  readonly timeUs: number;
  readonly recorded: { readonly state: string; readonly seq: number | null };
  readonly whatIf: { readonly state: string; readonly seq: number | null };
}

/** /api/differences: the first of each actor, earliest first; empty where nothing is compared. */
export interface DifferencesAnswer {
  readonly differences: readonly Difference[];
}

/** What is to be added to the times of a node, so that they are those of the first node's clock. */
export interface ClockView {
  readonly node: string;
  /** From this time (of the node) on. */
  readonly pieces: readonly {
    readonly fromUs: number;
    readonly shiftUs: number;
    readonly errorUs: number | null;
  }[];
  /** How the clocks stand to each other, with the bound, in a sentence. */
  readonly words: string;
}

/** /api/clocks; empty where they are not compared. */
export interface ClocksAnswer {
  readonly reference: string | null;
  readonly clocks: readonly ClockView[];
}
