/** One virtual_server. */
export type VirtualServerInput = {
  /** `[10.0.0.1]:tcp:80`, `FWM 5` or `[group]:1`. */
  readonly name: string;
  /** Actors of its real servers, in the order of the configuration. */
  readonly realServers: readonly string[];
  /** What each of them weighs when it starts, in the same order; 0: it starts down. */
  readonly startWeights: readonly number[];
  /** Weight of live servers that it needs. */
  readonly quorum: number;
  /** So much more to gain the quorum, so much less to lose it. */
  readonly hysteresis: number;
  /** Serves while there is no quorum: `[10.0.0.9]:tcp:80`; null: nobody. */
  readonly sorryServer: string | null;
  /** At the end of the program it is told that it is down (omega). */
  readonly notifiesStop: boolean;
};
