/** Definitions (`$NAME=...`) and their substitution (`$NAME`, `${NAME}`), the built-in ones included. */
import type { Environment } from '../environment.ts';
import { Random } from './random.ts';

export interface Definition {
  /** Several lines if the definition was continued with backslashes; at least one. */
  readonly lines: readonly string[];
  /** Where it was made, as an expansion names it: `$NAME (file:line)`. */
  readonly what: string;
}

/** `$NAME=` at the start of a line. */
const DEFINITION = /^\$([A-Za-z_]\w*)=/;
/** `${NAME}`, `${_BUILTIN ARGUMENTS}`, or `$NAME` before a blank or the end. Sticky: looked for at one place. */
const REFERENCE = /\$(?:\{([A-Za-z_]\w*)([ \t][^{}]*)?\}|([A-Za-z_]\w*)(?=[ \t]|$))/y;

/** The name that a line defines and the text after its `=`; null if it defines nothing. */
export function definitionIn(text: string): { readonly name: string; readonly rest: string } | null {
  const match = DEFINITION.exec(text);
  return match === null ? null : { name: match[1] ?? '', rest: text.slice(match[0].length) };
}

export interface Reference {
  readonly name: string;
  readonly definition: Definition;
  /** Offset after it. */
  readonly end: number;
}

export class Definitions {
  readonly #environment: Environment;
  readonly #defined = new Map<string, Definition>();
  #random: Random | null = null;
  #seed: number | null = null;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** The last definition of a name is the one in force. */
  define(name: string, definition: Definition): void {
    this.#defined.set(name, definition);
  }

  /** random_seed of the configuration; numbers drawn before keep their values. */
  seed(value: number): void {
    this.#seed = value;
    this.#random = null;
  }

  /** The seed that `${_RANDOM}` was drawn from; null: it was not used. */
  get usedSeed(): number | null {
    return this.#random === null ? null : (this.#seed ?? this.#environment.randomSeed);
  }

  /** What is to be put in at this `$`; null: the text stays as it is. */
  at(text: string, offset: number, directory: string): Reference | null {
    REFERENCE.lastIndex = offset;
    const match = REFERENCE.exec(text);
    if (match === null) return null;
    const name = match[1] ?? match[3] ?? '';
    const words = (match[2] ?? '')
      .trim()
      .split(/[ \t]+/)
      .filter((word) => word !== '');
    const defined = words.length === 0 ? this.#defined.get(name) : undefined;
    const definition = defined ?? this.#builtIn(name, words, directory);
    return definition === null ? null : { name, definition, end: offset + match[0].length };
  }

  #builtIn(name: string, words: readonly string[], directory: string): Definition | null {
    const value = this.#builtInValue(name, words, directory);
    return value === null ? null : { lines: [value], what: `\${${[name, ...words].join(' ')}}` };
  }

  #builtInValue(name: string, words: readonly string[], directory: string): string | null {
    const [first, second] = words;
    if (name === '_RANDOM' && words.length <= 2) return this.#draw(first, second);
    if (name === '_ENV' && first !== undefined && second === undefined) {
      // Only one line can be put in here.
      const value = this.#environment.variable(first);
      return value === null || /[\n\0]/.test(value) ? null : value;
    }
    if (first !== undefined) return null;
    if (name === '_PWD') return directory;
    if (name === '_INSTANCE') return this.#environment.configId;
    if (name === '_HASH') return '#';
    return name === '_BANG' ? '!' : null;
  }

  #draw(min = '0', max = '32767'): string | null {
    if (!/^[0-9]{1,10}$/.test(min) || !/^[0-9]{1,10}$/.test(max)) return null;
    const [low, high] = [Number(min), Number(max)];
    if (low > high || high > 0xffffffff) return null;
    this.#random ??= new Random(this.#seed ?? this.#environment.randomSeed);
    return String(this.#random.between(low, high));
  }
}
