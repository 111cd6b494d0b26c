/** The token that a page must know: from a file, or a new one. */
import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** 128 bits as text; what people choose must be as long as can be remembered and not guessed over the network. */
const SHORTEST = 16;
const LONGEST = 512;
const READABLE_BY_OTHERS = 0o004;

export function newToken(): string {
  return randomBytes(18).toString('base64url');
}

/** @throws if the file cannot be read, can be read by everybody, or holds no token of 16 to 512 characters */
export function readToken(file: string): string {
  const fd = openSync(file, 'r');
  try {
    if ((fstatSync(fd).mode & READABLE_BY_OTHERS) !== 0)
      throw new Error(`${file} can be read by everybody: chmod o-r`);
    const bytes = Buffer.alloc(LONGEST + 64);
    const text = bytes.toString('latin1', 0, readSync(fd, bytes)).trim();
    if (!/^[!-~]+$/.test(text) || text.length < SHORTEST || text.length > LONGEST) {
      throw new Error(`${file} holds no token: ${SHORTEST} to ${LONGEST} characters without a blank`);
    }
    return text;
  } finally {
    closeSync(fd);
  }
}
