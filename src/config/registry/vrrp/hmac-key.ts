/** Keys of auth_hmac. */
import type { Arguments } from '../../arguments.ts';
import { Secret } from '../../secret.ts';
import { integer } from '../kinds.ts';
import type { Kind } from '../spec.ts';

const SHORTEST = 32;
const LONGEST = 64;

export interface HmacKey {
  readonly id: number;
  /** What `secret` holds: the key itself, its hexadecimal digits, or the path of a file. */
  readonly form: 'text' | 'hex' | 'file';
  readonly secret: Secret;
}

/** `ID VALUE|hex:DIGITS|file:PATH`. Nothing of the value is ever shown. */
export function hmacKey(): Kind<HmacKey> {
  const number = integer(1, 255);
  return {
    arguments: 'ID VALUE|hex:DIGITS|file:PATH',
    range: `ID 1 to 255; a key of ${SHORTEST} to ${LONGEST} bytes`,
    unit: '',
    choices: [],
    secret: true,
    read: (args) => {
      const id = number.read(args);
      if (id === null) return null;
      const given = args.next();
      if (given === null) return args.missing('ID VALUE|hex:DIGITS|file:PATH');
      return readKey(args, id, given.text);
    },
    format: ({ id, secret }) => `${id} ${secret}`,
  };
}

function readKey(args: Arguments, id: number, text: string): HmacKey | null {
  if (text.startsWith('file:')) return { id, form: 'file', secret: new Secret(text.slice(5)) };
  const decoded = decodeKey(text);
  if (typeof decoded === 'string') return args.ignored('invalid-key', args.keyword, decoded);
  return { id, ...decoded };
}

/** The key of `VALUE` or `hex:DIGITS`, or what is wrong with it. */
export function decodeKey(text: string): Pick<HmacKey, 'form' | 'secret'> | string {
  const isHex = text.startsWith('hex:');
  const value = isHex ? text.slice(4) : text;
  if (isHex && !/^([0-9a-fA-F]{2})*$/.test(value))
    return "a key after 'hex:' has hexadecimal digits, in pairs";
  const bytes = isHex ? value.length / 2 : utf8Length(value);
  if (bytes < SHORTEST || bytes > LONGEST) return `a key must have ${SHORTEST} to ${LONGEST} bytes`;
  return { form: isHex ? 'hex' : 'text', secret: new Secret(value) };
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}
