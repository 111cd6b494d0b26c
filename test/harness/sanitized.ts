/** A program in C or C++, built with sanitizers: as it is, and with a fault of which its test has to hear. */
import { basename, join } from 'node:path';
import { run } from '../../src/lab/run.ts';
import { temporaryDirectory } from './leftovers.ts';

const PLANTED_FAULT = join(import.meta.dirname, '../native/planted-fault.c');
/** Of one file, on a busy machine. */
const DEADLINE_MS = 120_000;

export interface Sources {
  readonly compiler: 'gcc' | 'g++';
  /** What is special about them. */
  readonly flags: readonly string[];
  readonly files: readonly string[];
  /** For the linker, behind them. */
  readonly libraries?: readonly string[];
}

/** Sets of sanitizers that can be in one program. */
export type Sanitizers = 'address,undefined' | 'thread';
export const SANITIZERS: readonly Sanitizers[] = ['address,undefined', 'thread'];

type Finding = readonly [fault: string, report: RegExp];

/** Of each fault that they are for, what they say. */
export const FINDINGS: Readonly<Record<Sanitizers, readonly Finding[]>> = {
  'address,undefined': [
    ['HEAP_OVERFLOW', /AddressSanitizer: heap-buffer-overflow/],
    ['USE_AFTER_FREE', /AddressSanitizer: heap-use-after-free/],
    ['SIGNED_OVERFLOW', /runtime error: signed integer overflow/],
  ],
  thread: [['DATA_RACE', /ThreadSanitizer: data race/]],
};

export class SanitizedProgram {
  readonly #command: readonly string[];
  readonly #directory = temporaryDirectory('sanitizers');
  readonly #objects: string[] = [];
  readonly #libraries: readonly string[];

  private constructor(sanitizers: Sanitizers, { compiler, flags, libraries = [] }: Sources) {
    this.#libraries = libraries;
    const warnings = ['-Wall', '-Wextra', '-Werror'];
    const checks = [`-fsanitize=${sanitizers}`, '-fno-sanitize-recover=all'];
    this.#command = [compiler, ...flags, '-O1', '-g', '-pthread', ...warnings, ...checks];
  }

  static async compile(sanitizers: Sanitizers, sources: Sources): Promise<SanitizedProgram> {
    const program = new SanitizedProgram(sanitizers, sources);
    for (const file of sources.files) {
      const object = join(program.#directory, `${basename(file)}.o`);
      await program.#run('-c', '-o', object, file);
      program.#objects.push(object);
    }
    return program;
  }

  /** Gives its path. */
  async sound(): Promise<string> {
    const path = join(this.#directory, 'sound');
    await this.#run('-o', path, ...this.#objects, ...this.#libraries);
    return path;
  }

  /** With a fault in each call of a function of the C library that test/native/planted-fault.c knows. Gives its path. */
  async faulty(fault: string, called: string): Promise<string> {
    const path = join(this.#directory, `${fault}-${called}`);
    const planted = [`-DFAULT=${fault}`, `-Wl,--wrap=${called}`, PLANTED_FAULT];
    await this.#run('-o', path, ...planted, ...this.#objects, ...this.#libraries);
    return path;
  }

  async #run(...words: readonly string[]): Promise<void> {
    await run([...this.#command, ...words], { timeoutMs: DEADLINE_MS });
  }
}
