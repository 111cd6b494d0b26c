/** Virtual servers as a part of a story: how they are configured, and what befalls them. */

/** How a real server is looked at: a connection, two pages, or a program that also says what it is to weigh. */
export type CheckKind = 'tcp' | 'pages' | 'program';

export interface ServerSpec {
  /** Last part of its address. */
  readonly number: number;
  readonly weight: number;
  /** inhibit_on_failure */
  readonly inhibit?: true;
  readonly checks: readonly CheckKind[];
}

/** One virtual_server as keepalived.conf will have it. */
export interface ServiceSpec {
  /** Last part of its address. */
  readonly number: number;
  /** ha_suspend: its address is the first one of this instance. */
  readonly standsWith?: string;
  readonly method: 'NAT' | 'DR';
  readonly delayLoopS: number;
  readonly retry: number;
  readonly delayBeforeRetryS: number;
  readonly timeoutS: number;
  readonly alpha?: true;
  readonly quorum: number;
  readonly hysteresis: number;
  readonly sorry?: { readonly number: number; readonly inhibit?: true };
  readonly servers: readonly ServerSpec[];
}

/** How a server answers: well, not at all, by a refusal, or with a second page that is wrong. */
export interface ServerTruth {
  readonly answers: 'well' | 'refuses' | 'hangs' | 'badPage';
  readonly takesUs: number;
  /** What its program says that it shall weigh; absent: nothing. */
  readonly weight?: number;
}

export type OrderWord = 'ready' | 'drain' | 'maint' | { readonly weight: number | null };

/** What somebody else does to the table of a router. */
export type Meddling = 'deleteService' | 'deleteServer' | 'reweigh' | 'flush' | 'addStranger';

type OfRouter = { readonly router: string };
type Lasting = { readonly durationUs: number };

export type ServiceAct =
  /** A server answers like this, to all routers. */
  | ({ readonly type: 'server'; readonly server: number; readonly truth: ServerTruth } & Lasting)
  | ({
      readonly type: 'tableChanged';
      readonly does: Meddling;
      readonly service: number;
      readonly server: number;
    } & OfRouter)
  /** The kernel refuses every change of the table. */
  | ({ readonly type: 'tableRefuses' } & OfRouter & Lasting)
  /** An operator orders something of a server. */
  | ({
      readonly type: 'order';
      readonly service: number;
      readonly server: number;
      readonly word: OrderWord;
    } & OfRouter);
