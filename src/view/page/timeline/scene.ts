/** What the timeline paints, and where. */
import type { Json } from '../../../protocol/json.ts';
import type { Difference, GapView, Lane, LinkView, RatesAnswer } from '../../api.ts';
import type { Tone } from '../../text/tone.ts';
import type { TimeAxis, TimeWindow } from './axis.ts';

export interface LaneView {
  /** Null: nothing is known of it in this time. */
  readonly data: Lane | null;
  readonly node: string;
  readonly actor: string;
  /** Added to its times, so that nodes share a clock. */
  readonly shiftUs: number;
}

export interface Scene {
  /** In positions on the axis. */
  readonly window: TimeWindow;
  readonly axis: TimeAxis;
  readonly lanes: readonly LaneView[];
  readonly states: readonly Json[];
  readonly gaps: readonly GapView[];
  readonly rates: RatesAnswer | null;
  /** A last span that reaches this time goes on until now; null: none does. */
  readonly openFromUs: number | null;
  readonly nowUs: number;
  /** Time of the selected row; that of now while it is live. */
  readonly selectedUs: number;
  readonly selected: { readonly node: string; readonly actor: string; readonly seq: number } | null;
  readonly links: readonly Arrow[];
  /** Where lives part that are shown beside each other. */
  readonly differences: readonly Difference[];
}

/** From cause to effect. */
export interface Arrow {
  readonly from: Pick<LinkView, 'node' | 'actor' | 'timeUs'>;
  readonly to: Pick<LinkView, 'node' | 'actor' | 'timeUs'>;
  /** No single journal knows of it: an advert went from one node to the other. */
  readonly across: boolean;
}

export interface Palette {
  readonly tones: Readonly<Record<Tone, string>>;
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly panel: string;
  readonly onTone: string;
  readonly cursor: string;
  readonly font: string;
}

export const GUTTER_PX = 132;
export const RIGHT_PX = 14;
export const AXIS_PX = 22;
export const LANE_PX = 34;
export const BAR_PX = 18;
export const RATES_PX = 40;

export function sceneHeight(lanes: number, rates: boolean): number {
  return AXIS_PX + Math.max(1, lanes) * LANE_PX + (rates ? RATES_PX : 0) + 4;
}

/** Position on the axis under a point. */
export function axisAt(x: number, width: number, { fromUs, toUs }: TimeWindow): number {
  return fromUs + ((x - GUTTER_PX) / (width - GUTTER_PX - RIGHT_PX)) * (toUs - fromUs);
}

/** Which lane a point is in; -1 above the first. */
export function laneAt(y: number): number {
  return Math.floor((y - AXIS_PX) / LANE_PX);
}

/** Least time that the picture can tell apart. */
export function cellOf({ fromUs, toUs }: TimeWindow, width: number): number {
  return Math.max(1, Math.floor((toUs - fromUs) / Math.max(100, width - GUTTER_PX - RIGHT_PX)));
}
