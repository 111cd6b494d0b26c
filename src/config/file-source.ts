export interface FileText {
  readonly text: string;
  /** Executable by anyone: keepalived does not read such a file. Absent: it is not. */
  readonly executable?: boolean;
  /** Absolute directory, for `${_PWD}`; absent: the directory of the path as given. */
  readonly directory?: string;
}

export interface FileError {
  readonly error: string;
  /** There is nothing of this name; absent: something is there. */
  readonly missing?: boolean;
}

/** Where configuration text comes from: the daemon's file system, or a map in memory. */
export interface FileSource {
  /** The file's text, or why there is none. Never throws, never blocks on anything but a regular file. */
  read(path: string): FileText | FileError;
  /**
   * Paths that `read` takes, in the order to read them.
   * @param pattern wildcards `*`, `?`, `[...]`, no braces. Without a wildcard: the one resolved path, existing or not.
   * @param relativeTo path of the file whose directory a relative pattern starts from; '' for the working directory.
   */
  glob(pattern: string, relativeTo: string): readonly string[];
}
