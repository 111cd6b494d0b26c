/** The file of `relived -t=LOG`. */
import fs from 'node:fs';
import { UsageError } from './options.ts';

/**
 * Opens the file to append to. A symbolic link is refused: whoever may write the directory could point it anywhere.
 * @throws UsageError if it cannot be opened
 */
export function openTestLog(file: string): (text: string) => void {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NOCTTY } = fs.constants;
  try {
    const descriptor = fs.openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY, 0o644);
    return (text) => fs.writeFileSync(descriptor, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`cannot write the report of the test to '${file}': ${reason}`);
  }
}
