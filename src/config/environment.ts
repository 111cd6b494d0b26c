/** What the reader needs to know of the machine. Injected: this folder asks no system, so a test can be any machine. */

/** Names of iproute2 (rt_tables, rt_scopes, ...) that configurations may use instead of numbers. */
export type NameTable = 'rt_tables' | 'rt_scopes' | 'rt_protos' | 'rt_realms' | 'rt_dsfield' | 'group';

export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** What is known of the program that a script line names. */
export interface ProgramFacts {
  /** Absolute path after the search in PATH; null: there is no such program. */
  readonly path: string | null;
  readonly executable: boolean;
  /** Someone other than root may write the program or a directory on the way to it. */
  readonly unsafe: boolean;
}

/** A file with a key. Its text is a secret. */
export interface KeyFile {
  /** Null: it could not be had. */
  readonly text: string | null;
  /** Others than its owner may read it. */
  readonly exposed: boolean;
  /** In words, null if it could be read: `cannot be opened`. */
  readonly problem: string | null;
}

export interface Environment {
  /** What `@ID` lines compare with, and `${_INSTANCE}`: option `-i`, else the host name up to the first dot. */
  readonly configId: string;
  /** Option `-e`: every include must satisfy every check, without being told by include_check. */
  readonly allConfig?: boolean;
  /** Environment variable, for `${_ENV NAME}`; null: not set. */
  variable(name: string): string | null;
  /** Seed of `${_RANDOM}` where the configuration has no random_seed. */
  readonly randomSeed: number;
  /** Names of the network interfaces; null: not known, so not checked. */
  readonly interfaces: ReadonlySet<string> | null;
  /** The routing table of a VRF, `table` null if no VRF has this name; null: not known, so not checked. */
  vrf(name: string): { readonly table: number | null } | null;
  /** null: not known, so not checked. */
  readonly cpuCount: number | null;
  /** null: not known, so names are taken as they are. */
  names(table: NameTable): ReadonlyMap<string, number> | null;
  /** null: there is no such user. */
  user(name: string): Identity | null;
  /** Group number; null: there is no such group. */
  group(name: string): number | null;
  /** null: not known, so not checked. */
  program(command: string): ProgramFacts | null;
  /** null: not known, so not checked. */
  keyFile(path: string): KeyFile | null;
  /** What is wrong with a regular expression of PCRE2; null: nothing, or it is not known. */
  regexFault(pattern: string, options: readonly string[]): string | null;
}

/** A machine of which nothing is known: names are taken as they are, nothing is checked against the machine. */
export const UNKNOWN_ENVIRONMENT: Environment = {
  configId: 'localhost',
  variable: () => null,
  randomSeed: 0,
  interfaces: null,
  vrf: () => null,
  cpuCount: null,
  names: () => null,
  user: () => ({ uid: 0, gid: 0 }),
  group: () => 0,
  program: () => null,
  keyFile: () => null,
  regexFault: () => null,
};
