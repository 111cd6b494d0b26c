/** What /proc says of processes. Kept apart, so that a table of processes can be tested without any. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcFiles {
  pids(): number[];
  /** Name of at most 15 characters; null: no such process, or it has ended and is only waited for. */
  name(pid: number): string | null;
  /** Arguments, each with a NUL behind it, a byte a character; null: no such process. */
  commandLine(pid: number): string | null;
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return null;
  }
}

export const procFiles: ProcFiles = {
  pids: () =>
    readdirSync('/proc')
      .filter((name) => /^[1-9]/.test(name))
      .map(Number),
  name(pid) {
    const text = read(`/proc/${pid}/stat`);
    const [open, close] = [text?.indexOf('(') ?? -1, text?.lastIndexOf(')') ?? -1];
    if (text === null || open < 0 || close < open || text[close + 2] === 'Z') return null;
    return text.slice(open + 1, close);
  },
  commandLine: (pid) => read(`/proc/${pid}/cmdline`),
};
