/** The registry as a page: docs/keywords.md is this function's output. */
import { BLOCKS, keywordsOf } from './blocks.ts';
import { type AnyBlock, isAlias, isBlock, isSetting, type KeywordSpec, type Standing } from './spec.ts';

const INTRODUCTION = `# Keywords

Generated from the registry by \`scripts/keywords-doc.mjs\`: do not edit.

What relived does with each keyword of keepalived 2.4.3:

- **acts**: as in keepalived.
- **accepted**: understood, without effect; nothing observable is lost. Meeting it is a note.
- **refused**: not supported yet. Meeting it is a warning, or an error if ignoring it could change who holds an address:
  the configuration is valid (\`-t\` passes it), but relived does not start with it.
- **extension**: acts, and keepalived does not know it: see [extensions.md](extensions.md).

A keyword without a status of its own shares that of the block it stands in.
`;

const HEADINGS = ['keyword', 'arguments', 'default', 'range', 'meaning', 'status'];

/** The whole page, Markdown. */
export function keywordsDocument(): string {
  return `${INTRODUCTION}\n${[...BLOCKS.values()].map(section).join('\n')}`;
}

function section(block: AnyBlock): string {
  const title = block.path === '' ? 'Top level' : block.path;
  const rows = Object.entries(keywordsOf(block)).map(([keyword, spec]) => cellsOf(keyword, spec));
  const options = rows.length === 0 ? '' : ' Options:\n\n';
  const line = 'line' in block ? `Each line starts with ${block.line.what}.${options}` : '';
  return `## ${title}\n\n${line}${rows.length === 0 ? '\n' : `${table(rows)}\n`}`;
}

/** Columns padded, as the formatter wants tables. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const rule = widths.map((width) => '-'.repeat(width));
  return [HEADINGS, rule, ...rows]
    .map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`)
    .join('\n');
}

function cellsOf(keyword: string, spec: KeywordSpec): string[] {
  return [keyword, ...detailsOf(spec), spec.meaning, standingText(spec)].map(escapeCell);
}

/** Arguments, default and range. */
function detailsOf(spec: KeywordSpec): string[] {
  if (isSetting(spec)) {
    const { kind } = spec;
    const range = kind.range === '' || kind.unit === '' ? kind.range : `${kind.range} ${kind.unit}`;
    return [kind.arguments, spec.default.text, range];
  }
  if (isBlock(spec)) return [`${spec.name === null ? '' : `${spec.name.arguments} `}{...}`, '', ''];
  return ['', '', ''];
}

function standingText(spec: KeywordSpec): string {
  if (isAlias(spec)) return spec.deprecated ? 'deprecated' : '';
  const { status, severity, why }: Standing = spec;
  if (status === 'block') return '';
  return `${status}${status === 'refused' ? ` (${severity})` : ''}${why === '' ? '' : `: ${why}`}`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('*', '\\*');
}
