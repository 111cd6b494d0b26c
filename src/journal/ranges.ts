/** Which part of a history is read. */

/** Which rows: seq bounds are inclusive. */
export interface RowRange {
  readonly fromSeq?: number;
  readonly toSeq?: number;
  readonly actor?: string;
  readonly changedOnly?: boolean;
  /** Only what this row led to. */
  readonly cause?: number;
  /** Only rows in whose event, as it is written, this text stands. */
  readonly eventHas?: string;
}

export interface RunRange {
  readonly actor?: string;
  /** Unix times; a run counts if any part of it lies between them. */
  readonly fromWallUs?: number;
  readonly toWallUs?: number;
  /** Only runs with a gap longer than this. */
  readonly leastGapUs?: number;
}
