/** What the reader has found out about secrets: definitions whose value is one, and the values themselves. */
import type { Expansion, SourceLine } from './problems.ts';
import { MASK, secretStart } from './redact.ts';

/** Shorter values are masked only where they came from: they are parts of ordinary words. */
const SHORTEST_VALUE = 4;
/** Values that are looked for everywhere; with more, whatever came from any of them is hidden as a whole. */
const MOST_VALUES = 200;

export class Secrets {
  /** Definitions and loop variables that stood where a secret stands. */
  readonly names = new Set<string>();
  readonly values = new Set<string>();
  /** `file:number` of physical lines that show a secret which their own words do not announce. */
  readonly lines = new Set<string>();

  /** Looks at a line after its definitions were substituted; `raw` is the physical line. */
  note(line: SourceLine, raw: string): void {
    const start = secretStart(line.text);
    if (start === null) return;
    const secret = line.text.slice(start);
    for (let step = line.expansion ?? null; step !== null; step = step.outer) {
      for (const [name, value] of step.values) {
        if (value === '' || !secret.includes(value)) continue;
        this.names.add(name);
        if (this.values.size <= MOST_VALUES) this.values.add(value);
      }
    }
    if (secretStart(raw) === null || raw.includes('~')) this.lines.add(`${line.file}:${line.number}`);
  }

  /** Whether the physical line must not be shown at all. */
  hides(line: SourceLine): boolean {
    return this.lines.size > 0 && this.lines.has(`${line.file}:${line.number}`);
  }

  /** Text that is about to be shown, without any of the values. */
  mask(text: string, expansion: Expansion | null): string {
    if (this.values.size === 0) return text;
    const tainted = this.#tainted(expansion);
    if (this.values.size > MOST_VALUES && tainted.length > 0) return MASK;
    let masked = text;
    for (const value of [...this.values].filter((one) => one.length >= SHORTEST_VALUE)) {
      masked = masked.replaceAll(value, MASK);
    }
    for (const value of tainted) masked = masked.replaceAll(value, MASK);
    return masked;
  }

  /** Values in this line that are secrets elsewhere. */
  #tainted(expansion: Expansion | null): string[] {
    const found: string[] = [];
    for (let step = expansion; step !== null; step = step.outer) {
      for (const [name, value] of step.values) {
        if (value !== '' && value.length < SHORTEST_VALUE && this.names.has(name)) found.push(value);
        else if (this.values.size > MOST_VALUES && this.names.has(name)) found.push(value);
      }
    }
    return found;
  }
}
