/** Whatever reading a journal threw, as an error that names the file. */
import { JournalError } from './model.ts';

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

/** An error of SQLite or of parsing, as one that names the file. */
export function journalError(file: string, error: unknown): Error {
  if (error instanceof JournalError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  if (code === 'ENOENT') return new JournalError('missing', file, 'no such file');
  if (code === 'EACCES' || code === 'EPERM') return new JournalError('unreadable', file, 'permission denied');
  const damaged =
    /^SQLITE_(CORRUPT|NOTADB|ERROR|IOERR_SHORT_READ)/.test(code) || error instanceof SyntaxError;
  return new JournalError(
    damaged ? 'damaged' : 'unreadable',
    file,
    damaged ? `damaged: ${message}` : message,
  );
}
