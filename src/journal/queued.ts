/** What waits to go to the writer's thread. */

/** An item as a line (lines.ts). Made when it is handed over: later changes of the object cannot reach the history. */
export interface Queued {
  readonly line: string;
  /** Position in the order in which things were handed over. */
  readonly order: number;
  readonly seq: number;
  readonly wallUs: number;
  readonly actor: string;
}

/** Items on their way to the worker, kept until it confirms them: should it die, the next one is told again. */
export interface Parcel {
  /** Outside the heap: texts that live until the disk has taken them are what garbage collection would copy. */
  readonly lines: Uint8Array;
  readonly items: number;
  /** Order of the last item. */
  readonly upTo: number;
  /** Smallest and largest seq of its rows; 0 without any. */
  readonly fromSeq: number;
  readonly toSeq: number;
}

export function parcelOf(queued: readonly Queued[]): Parcel {
  let fromSeq = 0;
  let toSeq = 0;
  for (const { seq } of queued) {
    if (fromSeq === 0) fromSeq = seq;
    toSeq = Math.max(toSeq, seq);
  }
  const lines = Buffer.from(queued.map(({ line }) => line).join('\n'));
  return { lines, items: queued.length, upTo: queued.at(-1)?.order ?? 0, fromSeq, toSeq };
}
