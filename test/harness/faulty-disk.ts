/** A directory of which the disk does as it is told: test/journal/faults.c, loaded before the C library. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from './leftovers.ts';

const SOURCE = fileURLToPath(new URL('../journal/faults.c', import.meta.url));

export type DiskOrder = 'ok' | 'eio' | 'slow' | 'hang' | 'block';

let library: string | null = null;

/** Compiled once for each test file. */
function faultLibrary(): string {
  if (library !== null) return library;
  library = join(temporaryDirectory('faults'), 'faults.so');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl', '-lpthread']);
  return library;
}

export class FaultyDisk {
  /** For the process that is to have it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #order: string;

  /** @param directory what lies below it fails; `root` has the file with the order */
  constructor(root: string, directory: string) {
    this.#order = join(root, 'order');
    this.order('ok');
    this.environment = {
      LD_PRELOAD: faultLibrary(),
      FAULT_DIRECTORY: directory,
      FAULT_ORDER: this.#order,
    };
  }

  order(word: DiskOrder): void {
    writeFileSync(this.#order, word);
  }
}
