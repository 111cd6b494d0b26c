/** Tables of keyword cases: what each keyword must do, written down apart from the registry that does it. */
import type { ConfigTree } from '../../model.ts';

export interface BlockCases {
  /** Path of the block: `virtual_server/real_server`. */
  readonly block: string;
  /** A whole configuration with this line in the block. Without it (''), all it is told is that blocks do not act, and `around`. */
  readonly wrap: (line: string) => string;
  /** The object (or the line's entry) that holds the value. */
  readonly find: (tree: ConfigTree) => unknown;
  /** Further codes that the configuration gets without the line. */
  readonly around?: readonly string[];
  /**
   * One case a line, columns divided by ` | `: keyword, valid arguments, value (JSON), default (JSON), bad arguments,
   * code of the diagnostic that the bad line gets. A `-` as bad code: there is no bad line (everything goes).
   * For options of lines, `wrap` puts the option behind what the line starts with.
   */
  readonly rows: string;
  /**
   * Codes that valid lines get as well, by keyword (or by keyword and valid arguments, `garp_master_refresh 0`, where
   * lines of one keyword differ): `deprecated-keyword`, `unsupported-keyword`.
   */
  readonly also?: Readonly<Record<string, readonly string[]>>;
}

export interface Case {
  readonly keyword: string;
  readonly valid: string;
  readonly value: unknown;
  readonly byDefault: unknown;
  readonly bad: string;
  readonly code: string;
}

export function rowsOf({ rows, block }: BlockCases): Case[] {
  return rows
    .trim()
    .split('\n')
    .map((line) => {
      const cells = line
        .trim()
        .split(/(?<=^|\s)\|(?=\s|$)/)
        .map((cell) => cell.trim());
      const [keyword = '', valid = '', value = '', byDefault = '', bad = '', code = ''] = cells;
      if (cells.length !== 6) throw new Error(`${block}: a row needs six columns: ${line}`);
      return { keyword, valid, value: JSON.parse(value), byDefault: JSON.parse(byDefault), bad, code };
    });
}
