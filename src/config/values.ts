/** Reads the words after a keyword. What keepalived ignores with a complaint is ignored with a warning here. */
import { parseIpv4 } from '../protocol/ipv4.ts';
import { type Place, type Problems, quoted, type Word } from './problems.ts';
import { type KeywordSpec, rangeOf, type Value } from './registry/spec.ts';

const TRUE_WORDS = new Set(['on', 'true', 'yes']);
const FALSE_WORDS = new Set(['off', 'false', 'no']);

/** The value; null if it cannot be used (reported) or the keyword carries none. */
export function readValue(
  spec: KeywordSpec,
  keyword: Word,
  args: readonly Word[],
  problems: Problems,
): Value | null {
  const kind = spec.value;
  const [first, second] = args;
  if (kind.type === 'any' || kind.type === 'block') return null;
  if (kind.type === 'flag') {
    noteIgnored(first, keyword, problems);
    return true;
  }
  if (kind.type === 'boolean' && first === undefined) return true;
  if (first === undefined) {
    missingParameter(spec, keyword, keyword, problems);
    return null;
  }
  noteIgnored(second, keyword, problems);
  if (kind.type === 'boolean') return readBoolean(first, keyword, problems);
  if (kind.type === 'integer') return readInteger(spec, kind.min, kind.max, first, keyword, problems);
  if (kind.type === 'duration') return readDuration(spec, kind.minUs, kind.maxUs, first, keyword, problems);
  if (kind.type === 'address') return readAddress(first, keyword, problems);
  return kind.type === 'secret' ? null : first.text;
}

/** A keyword without its argument: keepalived ends with status 2 at once. */
export function missingParameter(spec: KeywordSpec, keyword: Word, place: Place, problems: Problems): void {
  const expected = spec.range === '' ? spec.arguments : `${spec.arguments}, ${spec.range}`;
  problems.add({
    severity: 'error',
    code: 'missing-parameter',
    place,
    message: `${quoted(keyword)} needs a value: ${expected}`,
  });
}

/** keepalived ignores words after the last argument without a word of its own. */
function noteIgnored(word: Word | undefined, keyword: Word, problems: Problems): void {
  if (word === undefined) return;
  const message = `${quoted(word)} is ignored: ${quoted(keyword)} takes no more words`;
  problems.add({ severity: 'note', code: 'extra-word', place: word, message });
}

function readBoolean(word: Word, keyword: Word, problems: Problems): boolean | null {
  if (TRUE_WORDS.has(word.text)) return true;
  if (FALSE_WORDS.has(word.text)) return false;
  const message = `${quoted(keyword)} must be on, true, yes, off, false or no: the line is ignored`;
  problems.add({ severity: 'warning', code: 'invalid-boolean', place: word, message });
  return null;
}

function readInteger(
  spec: KeywordSpec,
  min: number,
  max: number,
  word: Word,
  keyword: Word,
  problems: Problems,
): number | null {
  const inForce = afterIgnoring(spec);
  if (!/^[+-]?[0-9]+$/.test(word.text)) {
    const message = `${quoted(keyword)} must be a whole number, ${rangeOf(spec.value)}, not ${quoted(word)}${inForce}`;
    problems.add({ severity: 'warning', code: 'invalid-number', place: word, message });
    return null;
  }
  const value = Number(word.text);
  if (value < min || value > max) {
    const message = `${quoted(keyword)} must be ${min} to ${max}, not ${quoted(word)}${inForce}`;
    problems.add({ severity: 'warning', code: 'number-out-of-range', place: word, message });
    return null;
  }
  return value === 0 ? 0 : value;
}

function readDuration(
  spec: KeywordSpec,
  minUs: number,
  maxUs: number,
  word: Word,
  keyword: Word,
  problems: Problems,
): number | null {
  const inForce = afterIgnoring(spec);
  const match = /^\+?([0-9]*)(?:\.([0-9]*))?$/.exec(word.text);
  const [whole = '', fraction = ''] = [match?.[1], match?.[2]];
  if (match === null || whole + fraction === '') {
    const message = `${quoted(keyword)} must be seconds, ${spec.range}, not ${quoted(word)}${inForce}`;
    problems.add({ severity: 'warning', code: 'invalid-number', place: word, message });
    return null;
  }
  const valueUs =
    Number(whole) * 1_000_000 + Math.round(Number(`0.${fraction === '' ? '0' : fraction}`) * 1_000_000);
  if (!(valueUs >= minUs && valueUs <= maxUs)) {
    const message = `${quoted(keyword)} must be ${rangeOf(spec.value)} seconds, not ${quoted(word)}${inForce}`;
    problems.add({ severity: 'warning', code: 'number-out-of-range', place: word, message });
    return null;
  }
  if (/[1-9]/.test(fraction.slice(6))) {
    const message = `${quoted(keyword)} has more than six decimals and is rounded`;
    problems.add({ severity: 'warning', code: 'number-rounded', place: word, message });
  }
  return valueUs;
}

function afterIgnoring(spec: KeywordSpec): string {
  const hasDefault = spec.default !== 'none' && spec.default !== 'must be set';
  return hasDefault
    ? `: the line is ignored, the default is in force (${spec.default})`
    : ': the line is ignored';
}

function readAddress(word: Word, keyword: Word, problems: Problems): string | null {
  if (parseIpv4(word.text) !== null) return word.text;
  reportAddress(word, keyword, problems);
  return null;
}

/** Not an IPv4 address: an error if it looks like IPv6 (which keepalived knows), else the line is ignored. */
export function reportAddress(word: Word, keyword: Word, problems: Problems): void {
  if (word.text.includes(':') && /^[0-9a-fA-F:.]+(%\w+)?(\/\d+)?$/.test(word.text)) {
    const message = `IPv6 addresses are not supported yet: ${quoted(word)}`;
    problems.add({ severity: 'error', code: 'ipv6-unsupported', place: word, message });
    return;
  }
  const what = keyword === word ? '' : `${quoted(keyword)} needs an IPv4 address: `;
  const message = `${what}${quoted(word)} is not an IPv4 address: the line is ignored`;
  problems.add({ severity: 'warning', code: 'invalid-address', place: word, message });
}
