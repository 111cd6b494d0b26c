/** The registry as a page: docs/keywords.md is this function's output. */
import { BLOCKS } from './blocks.ts';
import type { KeywordSpec } from './spec.ts';

const INTRODUCTION = `# Keywords

Generated from the registry by \`scripts/keywords-doc.mjs\`: do not edit.

What relived does with each keyword of keepalived 2.4.3, in the blocks that it reads:

- **acts**: as in keepalived.
- **accepted**: understood, without effect; nothing observable is lost. Meeting it is a note.
- **refused**: not supported yet. Meeting it is a warning, or an error if ignoring it could change who holds an address.

Definitions (\`$NAME=\`), conditional lines (\`@ID\`) and loops (\`~SEQ\`, \`~LST\`) are refused with an error. \`include\` and
its variants \`includer\`, \`includem\`, \`includew\`, \`includeb\` and \`includea\` act.
`;

const HEADINGS = ['keyword', 'arguments', 'default', 'range', 'meaning', 'status'];

/** The whole page, Markdown. */
export function keywordsDocument(): string {
  const sections = [...BLOCKS.values()].map((block) => {
    const title = block.path === '' ? 'Top level' : block.path;
    const entry = block.entry === null ? '' : `Each line starts with ${block.entry.what}. Options:\n\n`;
    return `## ${title}\n\n${entry}${table([...block.keywords.values()].map(cellsOf))}\n`;
  });
  return `${INTRODUCTION}\n${sections.join('\n')}`;
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

function cellsOf(spec: KeywordSpec): string[] {
  const range = spec.range === '' || spec.unit === '' ? spec.range : `${spec.range} ${spec.unit}`;
  const severity = spec.status === 'refused' ? ` (${spec.severity})` : '';
  const why = spec.why === '' ? '' : `: ${spec.why}`;
  const status = `${spec.status}${severity}${why}`;
  return [spec.keyword, spec.arguments, spec.default, range, spec.meaning, status].map(escapeCell);
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('*', '\\*');
}
