/** Of the process, and of modules that are loaded late, what reading a configuration needs. */

import { doubt } from '../doubts.ts';
import { host } from '../host.ts';

class Digest {
  readonly #pieces: (Uint8Array | string)[] = [];

  update(piece: Uint8Array | string): this {
    this.#pieces.push(piece);
    return this;
  }

  digest(): string {
    return host.digest(this.#pieces);
  }
}

const LATE: Readonly<Record<string, unknown>> = {
  'node:crypto': {
    hash: (_algorithm: string, content: Uint8Array | string) => host.digest([content]),
    createHash: () => new Digest(),
  },
  'node:child_process': {
    /** Whose program ends by itself, and whose status says no more than what it writes. */
    spawnSync(program: string, words: readonly string[]) {
      const stdout = host.output([program, ...words]);
      if (typeof stdout !== 'string') doubt(`what ${program} says`);
      return { stdout };
    },
  },
};

const process = {
  env: Object.fromEntries(
    host.environment.map((text) => {
      const at = text.indexOf('=');
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  ),
  argv: ['', ...host.words],
  execArgv: [],
  versions: {},
  // What commander has to say is said by Node.
  stdout: { write() {} },
  stderr: { write() {} },
  cwd: () => host.directory,
  uptime: () => 0,
  geteuid: () => host.effectiveUser,
  getBuiltinModule(name: string): unknown {
    if (!Object.hasOwn(LATE, name)) doubt(`the module ${name}`);
    return LATE[name];
  },
};

export default process;
