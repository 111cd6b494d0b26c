/** What a tracker looks at, and who follows it. Times are integers in microseconds. */

/** How much a follower's priority, or weight, depends on the tracker (keepalived: `weight N [reverse]`). */
export type Follower = {
  /** `vrrp/VI_1`, or the checker of a real server */
  readonly actor: string;
  /** Above 0: added while well; below 0: subtracted while failed; 0: a failure is a reason for FAULT. */
  readonly weight: number;
  /** Well and failed change places, and the weight its sign. */
  readonly reverse: boolean;
  /** It is about the weight of a real server, which may be larger than a priority. */
  readonly isServer?: true;
};

export type ScriptSource = {
  readonly kind: 'script';
  /** Program and arguments. */
  readonly command: readonly string[];
  /** null: that of script_user. */
  readonly user: string | null;
  /** As written, `GROUP`, `:GROUP` or `:`; null: that of the user. */
  readonly group: string | null;
  readonly intervalUs: number;
  readonly timeoutUs: number;
};

export type ProcessSource = {
  readonly kind: 'process';
  /** Name, or path with `fullCommand`. */
  readonly program: string;
  readonly parameters: readonly string[];
  /** null: parameters do not matter. */
  readonly match: 'exact' | 'initial' | 'partial' | null;
  /** The command line is compared and not the name of the process. */
  readonly fullCommand: boolean;
  /** So many must run. */
  readonly least: number;
  /** No more may run; null: any number. */
  readonly most: number | null;
};

export type FileSource = {
  readonly kind: 'file';
  readonly path: string;
  /** Written at the first start if the file does not exist, or in any case. */
  readonly initial: { readonly value: number; readonly overwrite: boolean } | null;
};

export type TrackerSource =
  | ScriptSource
  | ProcessSource
  | FileSource
  | { readonly kind: 'interface'; readonly interface: string }
  /** `bfd/NAME` tells by BfdSignal. */
  | { readonly kind: 'bfd'; readonly session: string };

export type TrackerInput = {
  readonly name: string;
  readonly source: TrackerSource;
  readonly followers: readonly Follower[];
  /** Good results in a row that make a failed one well, and bad ones that make a well one fail. */
  readonly rise: number;
  readonly fall: number;
  /** It has failed until its first good results (init_fail; BFD sessions). */
  readonly startsFailed: boolean;
  /** How long a loss, or a gain, must last before it counts (terminate_delay, fork_delay; interface_up_down_delays). */
  readonly lossDelayUs: number;
  readonly gainDelayUs: number;
  /** Instances hear of the state of this interface through the tracker, because it has delays. */
  readonly settlesLink: boolean;
};
