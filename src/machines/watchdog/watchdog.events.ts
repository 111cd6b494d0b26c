/** Facts that reach the watchdog about the one process that it watches, the worker. Times are integers in microseconds. */

/** When it happened: what the watchdog saw is told to the history by the next worker. */
export type Seen = { readonly atUs: number; readonly atWallUs: number };

export type WatchdogEvent =
  /** First event. Of a later worker: where the watchdog was when the history of the former one ended. */
  | { readonly type: 'watch.begun'; readonly quickDeaths?: number; readonly wasReady?: boolean }
  /** The worker runs its configuration. */
  | ({ readonly type: 'worker.ready' } & Partial<Seen>)
  /** It gave no sign of life for as long as `allowedUs`, in which the watchdog itself ran. */
  | ({ readonly type: 'worker.hung'; readonly allowedUs?: number } & Partial<Seen>)
  /** The kernel has ended the thread that repeats its adverts while it was master: it will be dead in a moment. */
  | ({ readonly type: 'worker.dying' } & Partial<Seen>)
  /** It ended without having been told to: by a signal, or with an exit status that speaks of a bug. */
  | ({
      readonly type: 'worker.died';
      readonly pid?: number;
      /** Number of the signal that ended it; 0: none did. */
      readonly signal?: number;
      readonly exitCode?: number;
      readonly ranUs?: number;
      /** It ran for so long that its end says nothing about the next one's. */
      readonly sound: boolean;
    } & Partial<Seen>)
  /** It ended with an exit status that says that another start would do no better, or as it was told to. */
  | ({ readonly type: 'worker.ended'; readonly exitCode?: number } & Partial<Seen>)
  /** So long after the last advert of the dead worker others may have taken over what it held. */
  | ({ readonly type: 'lease.ended' } & Partial<Seen>)
  /** A router was heard that is to be master of so many instances that are announced for a dead worker. */
  | ({
      readonly type: 'better.heard';
      readonly instances?: number;
      readonly priority?: number;
    } & Partial<Seen>)
  /** Nothing is announced for a dead worker any more. */
  | ({
      readonly type: 'announcing.ended';
      readonly instances?: number;
      readonly adverts?: number;
      readonly spanUs?: number;
      /** Between two adverts of an instance, the last one of the dead worker included. */
      readonly largestGapUs?: number;
    } & Partial<Seen>)
  | ({ readonly type: 'stop.requested' } & Partial<Seen>);
