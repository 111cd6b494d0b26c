/** The multicast groups that a channel has joined. */
import { textOf } from './channel-sockets.ts';
import { HeartbeatError } from './heartbeat-error.ts';

export class Memberships {
  readonly #interfaceName: string;
  readonly #join: (group: string) => void;
  readonly #leave: (group: string) => void;
  readonly #joined = new Set<string>();

  /** Both throw what the kernel says. */
  constructor(interfaceName: string, join: (group: string) => void, leave: (group: string) => void) {
    this.#interfaceName = interfaceName;
    this.#join = join;
    this.#leave = leave;
  }

  /** Throws HeartbeatError for a group that cannot be joined. */
  become(groups: ReadonlySet<string>): void {
    for (const group of groups) {
      if (this.#joined.has(group)) continue;
      this.#enter(group, this.#join);
      this.#joined.add(group);
    }
    for (const group of [...this.#joined].filter((known) => !groups.has(known))) {
      this.#joined.delete(group);
      try {
        this.#leave(group);
      } catch {
        // The interface went away, and its memberships with it.
      }
    }
  }

  /** For a socket that comes later: it joins what the others have joined. Throws HeartbeatError. */
  share(join: (group: string) => void): void {
    for (const group of this.#joined) this.#enter(group, join);
  }

  #enter(group: string, join: (group: string) => void): void {
    try {
      join(group);
    } catch (error) {
      throw new HeartbeatError(this.#interfaceName, `cannot join ${group}: ${textOf(error)}`);
    }
  }
}
