/** What waits to go to the writer's thread. */

/** An item as text. Made when it is handed over: later changes of the object cannot reach the history. */
export interface Queued {
  readonly text: string;
  /** Position in the order in which things were handed over. */
  readonly order: number;
  readonly seq: number;
  readonly wallUs: number;
  readonly actor: string;
}

/** As a JSON array. The brackets go to the first and the last: put around all of it they would have it copied once more. */
export function arrayOf(queued: readonly Queued[]): string {
  const texts = queued.map(({ text }) => text);
  texts[0] = `[${texts[0] ?? ''}`;
  texts[texts.length - 1] += ']';
  return texts.join(',');
}
