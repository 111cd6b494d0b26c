/** Puts the times of all nodes on the clock of the first one, where the journals tell how their clocks stand. */
import type { ClocksAnswer } from '../../api.ts';
import { api } from '../api-client.ts';

export class NodeClocks {
  corrected = false;
  #fromUs = 0;
  #toUs = Number.MAX_SAFE_INTEGER;
  #answer: ClocksAnswer = { reference: null, clocks: [] };

  get known(): boolean {
    return this.#answer.clocks.length > 0;
  }

  /** One sentence a node. */
  get words(): readonly string[] {
    return this.#answer.clocks.map(({ words }) => words);
  }

  /** They were compared in a time that has this one in it. */
  covers(timeUs: number): boolean {
    return timeUs >= this.#fromUs && timeUs <= this.#toUs;
  }

  async load(fromUs: number, toUs: number): Promise<void> {
    [this.#fromUs, this.#toUs] = [fromUs, toUs];
    this.#answer = await api.clocks(fromUs, toUs);
  }

  /** What is added to times of a node around a time of it; 0 where times are shown as they were stored. */
  shiftUs(node: string, atUs: number): number {
    if (!this.corrected) return 0;
    const clock = this.#answer.clocks.find((candidate) => candidate.node === node);
    const piece = clock?.pieces.findLast(({ fromUs }) => fromUs <= atUs) ?? clock?.pieces[0];
    return piece?.shiftUs ?? 0;
  }
}
