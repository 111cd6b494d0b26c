/** Small questions about the text of one line. */
import { isSpecialAt, withoutComment } from './rules.ts';

/** A backslash at the end continues a definition. */
export function isContinued(text: string): boolean {
  return text.trimEnd().endsWith('\\');
}

/** A line of a definition as it is put in later: without comment, continuation and escapes. */
export function definitionText(text: string): string {
  const content = withoutComment(text);
  const body = content.endsWith('\\') ? content.slice(0, -1).trimEnd() : content;
  return body.replace(/\\([#!])/g, '$1');
}

/** Offset after the first brace outside quotes that something special follows; null if there is none. */
export function specialAfterBrace(text: string): number | null {
  let inQuotes = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '"') inQuotes = !inQuotes;
    else if (!inQuotes && (character === '{' || character === '}') && isSpecialAt(text, index + 1))
      return index + 1;
  }
  return null;
}

/** What `${_PWD}` stands for in a file. */
export function directoryOf(path: string): string {
  const end = path.lastIndexOf('/');
  return end < 0 ? '.' : end === 0 ? '/' : path.slice(0, end);
}
