/** What a reading of the configuration depended on, so that it can be known later whether another would give the same. */
import { Buffer } from 'node:buffer';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Environment } from '../config/environment.ts';
import type { FileSource } from '../config/file-source.ts';
import type { StartCondition } from '../protocol/start-plan.ts';
import { configFilesSeenBy } from './config-files.ts';

/**
 * Of files, directories, environment variables, the host's name and the working directory. Not of what else a reading asks
 * the machine (interfaces, users, programs, names of iproute2): who needs that to be as it was must see to it.
 */
export class ReadingWitness {
  readonly files: FileSource;
  #found: (() => StartCondition)[] = [];
  /** What was found, once it has been described: the content of files is let go of then. */
  #described: readonly StartCondition[] | null = null;
  readonly #hashed: (content: Uint8Array | string) => string;
  /** Something that cannot be looked at again. */
  #isWhole = true;

  constructor() {
    const host = hostname();
    const directory = process.cwd();
    this.#found.push(
      () => ({ kind: 'host', name: host }),
      () => ({ kind: 'directory', path: directory }),
    );
    this.#hashed = (content) => process.getBuiltinModule('node:crypto').hash('sha256', content, 'hex');
    this.files = configFilesSeenBy({
      read: (file, bytes, real) => {
        this.#note(file, () => ({ kind: 'file', digest: this.#hashed(bytes), path: file }));
        const parent = path.dirname(file);
        this.#note(file, () => ({ kind: 'real', path: parent, real }));
      },
      missing: (file) => this.#note(file, () => ({ kind: 'absent', path: file })),
      listed: (listed, names) =>
        this.#note(listed, () => ({ kind: 'listing', digest: this.#hashed(listing(names)), path: listed })),
      otherwise: () => {
        this.#isWhole = false;
      },
    });
  }

  /** The same, but that it is heard which variables are asked for. */
  environment(known: Environment): Environment {
    const variable = (name: string): string | null => {
      const value = known.variable(name);
      this.#found.push(() =>
        value === null ? { kind: 'unset', name } : { kind: 'variable', digest: this.#hashed(value), name },
      );
      return value;
    };
    // What is answered late must stay so.
    return Object.create(known, { variable: { value: variable, enumerable: true } });
  }

  /** For when all has been read. Null: something was found that cannot be described. */
  conditions(): readonly StartCondition[] | null {
    if (this.#isWhole && this.#described === null) {
      const all = this.#found.map((describe) => describe());
      this.#described = [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
    }
    this.#found = [];
    return this.#described;
  }

  #note(file: string, describe: () => StartCondition): void {
    if (path.isAbsolute(file)) this.#found.push(describe);
    else this.#isWhole = false;
  }
}

/** Names that are no UTF-8 are others here than they are: then the listing is never found to be the same. */
export function listing(names: readonly string[]): Uint8Array {
  const bytes = names.map((name) => Buffer.from(`${name}\0`)).sort(Buffer.compare);
  return Buffer.concat(bytes);
}
