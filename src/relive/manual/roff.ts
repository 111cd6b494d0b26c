/** Text of manual pages: a small part of Markdown as roff with the macros of man(7). */

/** Lines that are no requests, minus signs that can be typed again. */
export function escapeRoff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll(/^\./gm, '\\&.');
}

/** Bold for `code` and **strong**, italics for *names* to be replaced. */
export function inlineRoff(text: string): string {
  return text
    .split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*\s][^*]*\*)/)
    .map((piece) => {
      if (piece.startsWith('`') && piece.length > 1) return `\\fB${escapeRoff(piece.slice(1, -1))}\\fR`;
      if (piece.startsWith('**')) return `\\fB${escapeRoff(piece.slice(2, -2))}\\fR`;
      if (piece.startsWith('*') && piece.length > 1) return `\\fI${escapeRoff(piece.slice(1, -1))}\\fR`;
      return escapeRoff(piece);
    })
    .join('');
}

/** `## HEADING`, paragraphs, lists with `- `, `term: ` lists with `: `, and indented or fenced blocks. */
export function roffBody(markdown: string): string[] {
  const lines = markdown.split('\n');
  const roff: string[] = [];
  let paragraph: string[] = [];
  const flush = (): void => {
    if (paragraph.length > 0) roff.push('.PP', inlineRoff(paragraph.join(' ')));
    paragraph = [];
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.startsWith('```')) {
      flush();
      const end = lines.indexOf('```', at + 1);
      const block = lines.slice(at + 1, end < 0 ? lines.length : end);
      roff.push('.PP', '.RS 4', '.nf', ...block.map((text) => escapeRoff(text) || '\\&'), '.fi', '.RE');
      at = end < 0 ? lines.length : end;
    } else if (line.startsWith('## ')) {
      flush();
      roff.push(`.SH "${escapeRoff(line.slice(3))}"`);
    } else if (line.startsWith('- ')) {
      flush();
      const item = [line.slice(2)];
      for (; lines[at + 1]?.startsWith('  ') === true; at += 1) item.push((lines[at + 1] ?? '').trim());
      roff.push('.IP \\(bu 2', inlineRoff(item.join(' ')));
    } else if (line.trim() === '') flush();
    else paragraph.push(line.trim());
  }
  flush();
  return roff;
}
