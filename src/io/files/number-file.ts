/** The number in a file, as keepalived 2.4.3 reads it (track_file). */
import { closeSync, constants, lstatSync, openSync, readSync, writeSync } from 'node:fs';

/** Bytes that are looked at. */
const MOST_BYTES = 127;
const LEAST = -2_147_483_648;
const MOST = 2_147_483_648;

/** The number that a text begins with, in C's notation; 0 if it begins with none, null if it is too large. */
export function numberIn(text: string): number | null {
  const [, sign = '', hexadecimal, octal, decimal] =
    /^[ \t\n\v\f\r]*([+-]?)(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))/.exec(text) ?? [];
  const [digits, base] = hexadecimal ? [hexadecimal, 16] : octal ? [octal, 8] : [decimal ?? '0', 10];
  const value = Number.parseInt(digits, base) * (sign === '-' ? -1 : 1);
  return value < LEAST || value > MOST ? null : value + 0;
}

/** 0 if the file is not there or cannot be read; `invalid` if what stands there is too large a number. */
export function readNumber(file: string): { readonly value: number } | { readonly invalid: string } {
  const buffer = Buffer.alloc(MOST_BYTES);
  let length = 0;
  try {
    // Without waiting: a pipe may lie there.
    const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      length = readSync(fd, buffer);
    } finally {
      closeSync(fd);
    }
  } catch {
    return { value: 0 };
  }
  const text = buffer.toString('latin1', 0, length);
  const value = numberIn(text);
  return value === null ? { invalid: text.slice(0, 40) } : { value };
}

/** Writes a number into a new file, or with `overwrite` into one that is there. Returns what is wrong, or null. */
export function initialiseFile(file: string, value: number, overwrite: boolean): string | null {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats !== undefined && !overwrite) return null;
  if (stats !== undefined && !stats.isFile()) return `${file} is no regular file: it is not initialised`;
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  try {
    const fd = openSync(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o644);
    writeSync(fd, `${value}\n`);
    closeSync(fd);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
