/**
 * keepalived's promote_secondaries: when the first address of a network is removed, the others stay. Without it the Linux
 * kernel removes them all.
 */
import { readSysctl, writeSysctl } from './sysctl.ts';

const parameterOf = (name: string): string => `net/ipv4/conf/${name}/promote_secondaries`;

export class PromotedSecondaries {
  #wanted: ReadonlySet<string> = new Set();
  /** Interfaces whose parameter was 0 before. */
  readonly #changed = new Set<string>();

  /** On these interfaces from now on; on others it is again what it was. Returns what could not be done. */
  configure(interfaces: readonly string[]): string[] {
    this.#wanted = new Set(interfaces);
    const dropped = [...this.#changed].filter((name) => !this.#wanted.has(name));
    return [...this.#restore(dropped), ...interfaces.flatMap((name) => this.interfaceCame(name))];
  }

  /** An interface that comes back has the kernel's default again. */
  interfaceCame(name: string): string[] {
    if (!this.#wanted.has(name) || readSysctl(parameterOf(name)) !== '0') return [];
    const error = writeSysctl(parameterOf(name), 1);
    if (error === null) this.#changed.add(name);
    return error === null ? [] : [error];
  }

  /** As it was before. */
  restore(): void {
    this.#wanted = new Set();
    this.#restore([...this.#changed]);
  }

  #restore(names: readonly string[]): string[] {
    return names.flatMap((name) => {
      this.#changed.delete(name);
      // An interface that is gone has taken its parameters with it.
      if (readSysctl(parameterOf(name)) === null) return [];
      return writeSysctl(parameterOf(name), 0) ?? [];
    });
  }
}
