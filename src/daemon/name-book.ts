/** The addresses that names of real servers had last, kept over restarts of the daemon. */
import type { KeptName } from '../config/names.ts';
import { isObject, StateFile } from './state-file.ts';

/** Names that are kept: far more than anybody has, and a file that is read in no time. */
const MOST_NAMES = 16_384;
/** As many as `name_max` allows. */
const MOST_ADDRESSES = 256;
const FORMAT = 'relived names 1';
const FAMILIES: ReadonlySet<unknown> = new Set(['inet', 'inet6']);

export interface NameBookOptions {
  /** null: nothing is read or kept. */
  readonly path: string | null;
  readonly log: (line: string) => void;
}

export class NameBook {
  readonly #file: StateFile;
  readonly #kept: readonly KeptName[];

  /** Reads what is there. */
  constructor({ path, log }: NameBookOptions) {
    this.#file = new StateFile({ path, what: 'addresses of names', log });
    this.#kept = this.#file.read(readNames) ?? [];
  }

  /** What a former run of the daemon has left behind. */
  keptOf({ host, family }: Pick<KeptName, 'host' | 'family'>): KeptName | null {
    return this.#kept.find((kept) => kept.host === host && kept.family === family) ?? null;
  }

  /** As of a StateFile. */
  save(names: () => readonly KeptName[]): Promise<string | null> {
    return this.#file.save(() => ({ format: FORMAT, names: names().slice(0, MOST_NAMES) }));
  }
}

/** null: not what this program writes. */
function readNames(file: unknown): readonly KeptName[] | null {
  if (!isObject(file) || file.format !== FORMAT || !Array.isArray(file.names)) return null;
  const names: readonly unknown[] = file.names;
  return names.length <= MOST_NAMES && names.every(isKept) ? names : null;
}

function isKept(value: unknown): value is KeptName {
  if (!isObject(value) || typeof value.host !== 'string' || !FAMILIES.has(value.family)) return false;
  const { addresses, goodUntilUs } = value;
  return (
    Number.isSafeInteger(goodUntilUs) &&
    Array.isArray(addresses) &&
    addresses.length <= MOST_ADDRESSES &&
    addresses.every((address) => typeof address === 'string')
  );
}
