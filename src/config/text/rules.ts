/**
 * The line rules, in keepalived's order: comment, conditions (`@ID`), definition (`$NAME=`), loop (`~SEQ`, `~LST`),
 * substitution; after a substitution all of them again.
 */
import type { Expansion, Problems, SourceLine } from '../problems.ts';
import { type Definition, type Definitions, definitionIn } from './definitions.ts';
import { commentStart, MAX_LINE_BYTES, utf8Length } from './lexer.ts';
import { type Assignment, type Loop, loopEnd, parseLoop, startsLoop } from './loops.ts';

/** Text that is still to be read; always the end of a line as it is shown. */
export interface Segment {
  /** The physical line that it comes from. */
  readonly raw: SourceLine;
  /** For `${_PWD}`. */
  readonly directory: string;
  /** Shown before the text; dealt with already. */
  readonly prefix: string;
  readonly text: string;
  readonly expansion: Expansion | null;
  /** Definitions that the text is a part of, innermost first. */
  readonly active: Active | null;
  /** The physical line ends with a backslash: a definition goes on in the next one. */
  readonly continues: boolean;
  /** Its quotes have been complained about. */
  readonly quiet: boolean;
}

interface Active {
  readonly name: string;
  /** What comes after the definition: so many characters before the end. */
  readonly tail: number;
  readonly depth: number;
  readonly outer: Active | null;
}

export type Outcome =
  | { readonly kind: 'text'; readonly segment: Segment }
  | { readonly kind: 'definition'; readonly name: string; readonly value: string; readonly segment: Segment }
  /** `body` is what is repeated. */
  | { readonly kind: 'loop'; readonly loop: Loop; readonly body: Segment }
  /** The last lines of a multi-line definition, in order. */
  | { readonly kind: 'lines'; readonly segments: readonly Segment[] }
  | { readonly kind: 'nothing' };

const NOTHING: Outcome = { kind: 'nothing' };

/** More steps than this are not kept: nobody reads on, and every line carries them. */
const MOST_STEPS = 32;
/** A longer value is no secret by itself. */
const LONGEST_VALUE = 256;
/** Definitions within definitions. */
const MAX_NESTING = 100;

export interface RulesContext {
  readonly definitions: Definitions;
  readonly configId: string;
  readonly problems: Pick<Problems, 'add'>;
  /** Counts work on so many characters; false: it was too much, which has been reported. */
  work(line: SourceLine, characters: number): boolean;
}

/** A text without its comment and the blanks around it. */
export function withoutComment(text: string): string {
  return text.slice(0, commentStart(text)).trim();
}

/** The line of a segment as a place shows it. */
export function lineOf({ raw, prefix, text, expansion }: Segment): SourceLine {
  return expansion === null ? raw : { file: raw.file, number: raw.number, text: prefix + text, expansion };
}

/** Whether `text` at this offset begins with something that the rules or includes give a meaning to. */
export function isSpecialAt(text: string, offset: number): boolean {
  SPECIAL.lastIndex = offset;
  return SPECIAL.test(text);
}

const SPECIAL = /[ \t]*(?:@|~SEQ|~LST|\$[A-Za-z_]\w*=|include[rmwba]?[ \t])/y;

/** Applies the rules to the start of a segment, as far as they go without looking at other lines. */
export function applyRules(given: Segment, context: RulesContext): Outcome {
  let segment = given;
  for (;;) {
    segment = trimmed(segment);
    const { text } = segment;
    if (text === '') return NOTHING;
    if (text.startsWith('@')) {
      const match = /^@(\^?)([^ \t]*)[ \t]*/.exec(text);
      const [whole = '', not, id] = match ?? [];
      if ((id === context.configId) === (not === '^')) return NOTHING;
      segment = after(segment, whole.length);
      continue;
    }
    const definition = definitionIn(text);
    if (definition !== null) {
      return { kind: 'definition', name: definition.name, value: definition.rest, segment };
    }
    if (startsLoop(text)) return loopOf(segment, context);
    const next = substitute(segment, 0, context);
    if (next === null) return NOTHING;
    if ('kind' in next) return next;
    if (next === segment) return { kind: 'text', segment };
    segment = next;
  }
}

/** The same line, its first characters dealt with. */
export function after(segment: Segment, length: number): Segment {
  const { prefix, text } = segment;
  return { ...segment, prefix: prefix + text.slice(0, length), text: text.slice(length) };
}

function trimmed(segment: Segment): Segment {
  const { text } = segment;
  const start = text.length - text.trimStart().length;
  const end = text.slice(0, commentStart(text)).trimEnd().length;
  if (start === 0 && end === text.length) return segment;
  const cut = text.length - end;
  let active = segment.active;
  if (cut > 0) active = shortened(active, cut);
  return { ...after(segment, start), text: text.slice(start, Math.max(start, end)), active };
}

/** The end of the text was cut off. */
function shortened(active: Active | null, cut: number): Active | null {
  if (active === null) return null;
  return { ...active, tail: Math.max(0, active.tail - cut), outer: shortened(active.outer, cut) };
}

function loopOf(segment: Segment, context: RulesContext): Outcome {
  const end = loopEnd(segment.text);
  if (end === null) return badLoop(segment, segment.text.length, "its parameters have no ')'", context);
  const rest = segment.text.length - end;
  const head = substitute(segment, rest, context);
  if (head === null || 'kind' in head) return NOTHING;
  const length = head.text.length - rest;
  const loop = parseLoop(head.text, length);
  if (typeof loop === 'string') return badLoop(head, length, loop, context);
  const body = { ...head, prefix: '', text: head.text.slice(length).trimStart(), continues: false };
  return { kind: 'loop', loop, body };
}

function badLoop(segment: Segment, width: number, why: string, { problems }: RulesContext): Outcome {
  const place = { line: lineOf(segment), column: segment.prefix.length + 1, width };
  const keyword = /^~[A-Za-z]*/.exec(segment.text)?.[0] ?? '';
  const message = `${keyword} cannot be used: ${why}: the line is ignored`;
  problems.add({ severity: 'warning', code: 'invalid-loop', place, message });
  return NOTHING;
}

/** One iteration of a loop over this text. */
export function iterationOf(body: Segment, keyword: string, values: Assignment): Segment {
  const shown = values.map(([name, value]) => `${name}=${value}`).join(' ');
  return { ...body, expansion: stepOf(body.expansion, `${keyword} ${shown}`, values, true) };
}

function stepOf(
  outer: Expansion | null,
  what: string,
  values: Assignment,
  loop: boolean,
  part: string = outer?.part ?? '',
): Expansion {
  const inLoop = loop || outer?.loop === true;
  if (outer !== null && depthOf(outer) >= MOST_STEPS) return { ...outer, loop: inLoop, part };
  return {
    what,
    values: values.filter(([, value]) => value.length <= LONGEST_VALUE),
    loop: inLoop,
    part,
    outer,
  };
}

function depthOf(expansion: Expansion): number {
  let depth = 0;
  for (let step: Expansion | null = expansion; step !== null; step = step.outer) depth++;
  return depth;
}

/**
 * Puts in definitions from left to right; what was put in is looked at again. Stops early when the line begins with
 * something that the rules give a meaning to.
 * @param untouched so many characters at the end stay as they are
 * @returns the segment itself if there was nothing to put in; null if the line is dropped, which has been reported
 */
function substitute(given: Segment, untouched: number, context: RulesContext): Segment | Outcome | null {
  let segment = given;
  let offset = segment.text.indexOf('$');
  while (offset >= 0 && offset < segment.text.length - untouched) {
    const { text } = segment;
    const reference = context.definitions.at(text, offset, segment.directory);
    const isLast = untouched === 0 && reference?.end === text.length;
    if (reference === null || (reference.definition.lines.length > 1 && !isLast)) {
      offset = text.indexOf('$', offset + 1);
      continue;
    }
    const { name, definition, end } = reference;
    if (!context.work(segment.raw, text.length)) return null;
    const active = activeAt(segment.active, text.length - offset);
    const depth = (active?.depth ?? 0) + 1;
    if (depth > MAX_NESTING)
      return tooMuch(segment, `definitions nest more than ${MAX_NESTING} deep`, context);
    if (isActive(active, name)) return definitionLoop(segment, offset, end, name, context);
    if (definition.lines.length > 1)
      return linesOf({ ...segment, active }, offset, reference.name, definition);
    const value = valueAt(text, offset, name, definition);
    const tail = text.length - end;
    segment = {
      ...segment,
      text: text.slice(0, offset) + value + text.slice(end),
      active: { name, tail, depth, outer: active },
      expansion: stepOf(segment.expansion, definition.what, [[name, value]], false),
    };
    if (isTooLong(segment.prefix + segment.text)) {
      const what = `with $${name} the line becomes longer than ${MAX_LINE_BYTES} bytes`;
      return tooMuch(segment, what, context);
    }
    if (offset === 0 && isSpecialAt(segment.text, 0)) return segment;
    offset = segment.text.indexOf('$', offset);
  }
  return segment;
}

/** `${_HASH}` outside quotes does not start a comment either. */
function valueAt(
  text: string,
  offset: number,
  name: string,
  { lines: [value = ''], what }: Definition,
): string {
  const sign = (name === '_HASH' || name === '_BANG') && what === `\${${name}}`;
  if (!sign) return value;
  const quotes = text.slice(0, offset).split('"').length - 1;
  return quotes % 2 === 0 ? `\\${value}` : value;
}

/** A multi-line definition at the end of a line: its first line ends this one, the others follow. */
function linesOf(segment: Segment, offset: number, name: string, definition: Definition): Outcome {
  const active = { name, tail: 0, depth: (segment.active?.depth ?? 0) + 1, outer: segment.active };
  const common = { ...segment, active, continues: false };
  const outer = segment.expansion;
  const segments = definition.lines.map((text, index): Segment => {
    const part = `${outer?.part ?? ''}.${index}`;
    const expansion = stepOf(outer, definition.what, [[name, text]], false, part);
    if (index === 0) return { ...common, text: segment.text.slice(0, offset) + text, expansion };
    return { ...common, prefix: '', text, expansion };
  });
  return { kind: 'lines', segments };
}

/** What a place so many characters before the end is a part of. */
function activeAt(active: Active | null, fromEnd: number): Active | null {
  let current = active;
  while (current !== null && fromEnd <= current.tail) current = current.outer;
  return current;
}

function isActive(active: Active | null, name: string): boolean {
  for (let current = active; current !== null; current = current.outer)
    if (current.name === name) return true;
  return false;
}

export function isTooLong(text: string): boolean {
  return (
    text.length > MAX_LINE_BYTES || (text.length * 3 > MAX_LINE_BYTES && utf8Length(text) > MAX_LINE_BYTES)
  );
}

function definitionLoop(
  segment: Segment,
  offset: number,
  end: number,
  name: string,
  { problems }: RulesContext,
): null {
  const place = { line: lineOf(segment), column: segment.prefix.length + offset + 1, width: end - offset };
  const message = `$${name} stands for itself: it would never end; the line is ignored`;
  problems.add({ severity: 'error', code: 'definition-loop', place, message });
  return null;
}

function tooMuch({ raw }: Segment, what: string, { problems }: RulesContext): null {
  const place = { line: raw, column: 1, width: Math.max(1, raw.text.length) };
  problems.add({ severity: 'error', code: 'expansion-too-large', place, message: `${what}: it is ignored` });
  return null;
}
