/** A statechart with coordinates: what scripts/build-charts.mjs writes and the page draws. Lengths are in pixels. */

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * - `machine`: the whole chart; `region`: one of several that are active together.
 * - `compound`, `atomic`, `final`: states.
 * - `initial`: the dot whose arrow points at the state that is entered first.
 */
export type NodeKind = 'machine' | 'region' | 'compound' | 'atomic' | 'final' | 'initial';

/** A line of small print inside a state, such as `entry / announce`. */
export interface LayoutNote extends Box {
  readonly text: string;
}

export interface LayoutNode extends Box {
  /** Path inside the machine, `protocol.backup.listening`; the machine's own id for the whole chart. */
  readonly id: string;
  readonly parent: string | null;
  readonly kind: NodeKind;
  readonly label: string;
  /** Names of the actions on entering and leaving, in their order. */
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  /** Those of `entry` and `exit` that reach the outside world, so that rows list them among their effects. */
  readonly entryEffects: readonly string[];
  readonly exitEffects: readonly string[];
  readonly notes: readonly LayoutNote[];
}

export interface LayoutEdge {
  /** `protocol.backup:master.silent:0`: source, event, position among the source's alternatives for it. */
  readonly id: string;
  readonly source: string;
  /** Null for a transition that leaves no state (it only acts); it is a line of text inside its source. */
  readonly target: string | null;
  /** Event type; `after NAME` for a timer, `always` for none, `initial` for the arrow of an initial dot. */
  readonly event: string;
  readonly guard: string | null;
  /** Journal name of the timer, `vrrp.garpDelay`, for `after` edges. */
  readonly timer: string | null;
  /** The event is raised by the machine itself and so never stands in a row. */
  readonly raised: boolean;
  readonly actions: readonly string[];
  readonly effects: readonly string[];
  readonly label: string;
  /** The label as drawn: centred lines in `labelBox`, or the small print of a transition without target. */
  readonly lines: readonly string[];
  readonly labelBox: Box | null;
  /** Corners of the line from source to target; transitions between the same two states share one line. */
  readonly points: readonly Point[];
}

export interface ChartLayout {
  /** Kind and version, `vrrp@1`, as rows name it. */
  readonly machine: string;
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly LayoutNode[];
  readonly edges: readonly LayoutEdge[];
}

/** Font sizes and line heights that the coordinates were made for; the page must draw with the same. */
export const FONT_PX = { title: 15, label: 13, note: 11.5 } as const;
export const LABEL_LINE_PX = 14;
export const NOTE_LINE_PX = 14;
export const NODE_PAD_PX = 9;
/** Room of a state's name; small print begins below it. */
export const TITLE_PX = 25;
/** Beside a label of a line. */
export const LABEL_PAD_PX = 4;
/** Indentation of small print from its second line on. */
export const NOTE_INDENT_PX = 9;
