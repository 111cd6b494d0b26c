/** Files with keys, as the configuration names them. */
import fs from 'node:fs';
import type { KeyFile } from '../config/environment.ts';

/** Longer than `hex:` and the digits of the longest key. */
const LONGEST_BYTES = 139;
const FOR_OTHERS = 0o077;

/** Line ends after the key do not count. */
export function readKeyFile(path: string): KeyFile {
  let file: number;
  try {
    file = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch {
    return { text: null, exposed: false, problem: 'cannot be opened' };
  }
  try {
    const exposed = (fs.fstatSync(file).mode & FOR_OTHERS) !== 0;
    const buffer = Buffer.alloc(LONGEST_BYTES + 1);
    const bytes = fs.readSync(file, buffer, 0, buffer.length, null);
    if (bytes > LONGEST_BYTES) return { text: null, exposed, problem: 'is too long' };
    return { text: buffer.toString('utf8', 0, bytes).replace(/[\r\n]+$/, ''), exposed, problem: null };
  } catch {
    return { text: null, exposed: false, problem: 'cannot be read' };
  } finally {
    fs.closeSync(file);
  }
}
