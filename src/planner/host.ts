/**
 * What native/planner gives to the program that runs in it. A number below zero is the negative errno of a call that failed.
 */
export interface Host {
  /** The file that Node would run, and the words behind it. */
  readonly words: readonly string[];
  /** `NAME=value`, each. */
  readonly environment: readonly string[];
  readonly directory: string;
  readonly hostName: string;
  readonly effectiveUser: number;
  open(path: string, flags: number): number;
  /** At most so many bytes. */
  read(fd: number, bytes: number): ArrayBuffer | number;
  close(fd: number): void;
  /** Mode, owner, group, bytes, milliseconds of the last change (ctime). `follows`: symbolic links. */
  stat(path: string, follows: boolean): readonly number[] | number;
  statOpen(fd: number): readonly number[] | number;
  /** Without `.` and `..`. Undefined: one of the names is no UTF-8. */
  list(path: string): readonly string[] | number | undefined;
  realPath(path: string): string | number | undefined;
  /** Undefined: it is no UTF-8. */
  text(bytes: ArrayBuffer, offset: number, length: number): string | undefined;
  bytes(text: string): ArrayBuffer;
  /** SHA-256 in hexadecimal, of all pieces in their order. */
  digest(pieces: readonly (Uint8Array | string)[]): string;
  /** Name of an errno, and its words. */
  errorName(errno: number): readonly [string, string];
  /** Of a program: what it writes. Undefined: it is no UTF-8. */
  output(words: readonly string[]): string | number | undefined;
  /** To standard output. */
  write(text: string): void;
}

export const { host } = globalThis as unknown as { readonly host: Host };
