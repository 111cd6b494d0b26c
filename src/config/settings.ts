/** What a block's statements set, in the order of keepalived: the last usable value counts. */
import type { Block, Statement } from './parse.ts';

export class Settings {
  readonly #blocks: readonly Block[];

  /** Several blocks of one kind (global_defs) count as one. */
  constructor(blocks: readonly Block[]) {
    this.#blocks = blocks;
  }

  all(...keywords: string[]): Statement[] {
    return this.#blocks.flatMap((block) =>
      block.statements.filter(({ spec }) => keywords.includes(spec.keyword)),
    );
  }

  /** The last statement of any of these keywords whose value is usable. */
  last(...keywords: string[]): Statement | null {
    return this.all(...keywords).findLast((statement) => statement.value !== null) ?? null;
  }

  number(keyword: string): number | null {
    const value = this.last(keyword)?.value;
    return typeof value === 'number' ? value : null;
  }

  boolean(keyword: string): boolean | null {
    const value = this.last(keyword)?.value;
    return typeof value === 'boolean' ? value : null;
  }

  text(...keywords: string[]): string | null {
    const value = this.last(...keywords)?.value;
    return typeof value === 'string' ? value : null;
  }
}
