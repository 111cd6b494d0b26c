/** Of node:events, node:module and node:util what is there without being asked for much. */

import { doubt } from '../doubts.ts';
import { host } from '../host.ts';

/** commander's commands are such, and say nothing that way here. */
export class EventEmitter {
  readonly #listeners = new Map<string, ((...values: readonly unknown[]) => void)[]>();

  on(name: string, listener: (...values: readonly unknown[]) => void): this {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
    return this;
  }

  emit(name: string, ...values: readonly unknown[]): boolean {
    const listeners = this.#listeners.get(name) ?? [];
    for (const listener of listeners) listener(...values);
    return listeners.length > 0;
  }

  listenerCount(name: string): number {
    return this.#listeners.get(name)?.length ?? 0;
  }
}

/** Programs that ask for the native addon are told that it cannot be loaded, and mostly go on without. */
export const createRequire = () => (name: string) => {
  doubt(`the module ${name}`);
  throw new Error(`${name} cannot be loaded here`);
};
export const stripVTControlCharacters = (text: string): string => text;
export const getSystemErrorName = (errno: number): string => host.errorName(-errno)[0];

export default {};
