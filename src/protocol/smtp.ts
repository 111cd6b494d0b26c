/** Replies of a mail server (RFC 5321 section 4.2). */

/** Longer lines than RFC 5321 section 4.5.3.1.5 allows are read, endless ones not. */
const LONGEST_LINE = 2_048;
const MOST_LINES = 100;

export class SmtpProtocolError extends Error {}

export interface SmtpReply {
  /** Three digits. */
  readonly code: string;
  /** Text of the last line. */
  readonly text: string;
}

/** Puts one reply together, of one line or several, from the pieces in which it comes. */
export class SmtpReplyReader {
  #line = '';
  #lines = 0;
  #code: string | null = null;

  /** The reply once it is complete, else null; what follows it is dropped. Throws SmtpProtocolError. */
  read(piece: Uint8Array): SmtpReply | null {
    for (const byte of piece) {
      if (byte !== 0x0a) {
        this.#line += String.fromCharCode(byte);
        if (this.#line.length > LONGEST_LINE) throw new SmtpProtocolError('a line without an end');
        continue;
      }
      const reply = this.#take(this.#line.replace(/\r$/, ''));
      this.#line = '';
      if (reply !== null) return reply;
    }
    return null;
  }

  #take(line: string): SmtpReply | null {
    const [, code, mark, text] = /^(\d{3})([ -]?)(.*)$/s.exec(line) ?? [];
    if (code === undefined || (mark === '' && text !== '')) throw new SmtpProtocolError(printable(line));
    if (this.#code !== null && this.#code !== code)
      throw new SmtpProtocolError(`${code} within ${this.#code}`);
    this.#code = code;
    this.#lines += 1;
    if (mark !== '-') return { code, text: printable(text ?? '') };
    if (this.#lines >= MOST_LINES) throw new SmtpProtocolError('a reply without an end');
    return null;
  }
}

const MOST_SHOWN = 80;

/** What can be shown of a text of a stranger. */
export function printable(text: string): string {
  return text.slice(0, MOST_SHOWN).replace(/[^\x20-\x7e]/g, '.');
}
