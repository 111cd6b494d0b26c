/** One check of one real server. Times are integers in microseconds. */
import type { HttpProbe } from '../http-checker/http-probe.ts';
import type { TlsDemands } from './tls-demands.ts';

/** Where a probe comes from. */
export type ProbeOrigin = {
  /** Address; '': the Linux kernel's choice. */
  readonly source: string;
  /** 0: the kernel's choice. */
  readonly sourcePort: number;
  /** Interface that it is bound to; '': none. */
  readonly device: string;
  /** Firewall mark; 0: none. */
  readonly mark: number;
};

/** Where a probe goes, and how long it waits for each answer. */
export type ProbePath = {
  readonly address: string;
  readonly port: number;
  readonly origin: ProbeOrigin;
  readonly timeoutUs: number;
};

/** What one probe does: all that makes two checkers the same one (keepalived). */
export type TcpProbe = ProbePath & { readonly kind: 'tcp' };

export type SmtpProbe = ProbePath & {
  readonly kind: 'smtp';
  readonly heloName: string;
};

export type DnsProbe = ProbePath & {
  readonly kind: 'dns';
  readonly type: DnsType;
  /** Labels with dots between them; '': the root. */
  readonly name: string;
};

export type DnsType = 'A' | 'NS' | 'CNAME' | 'SOA' | 'MX' | 'TXT' | 'AAAA' | 'RRSIG' | 'DNSKEY';

export type UdpProbe = ProbePath & {
  readonly kind: 'udp';
  /** In hexadecimal digits; null: some text of no meaning. */
  readonly payload: string | null;
  /** null: no answer is needed, only that nobody says that there is none. */
  readonly reply: UdpReply | null;
};

export type UdpReply = {
  /** In hexadecimal digits, X for any, as far as both go; '': any answer of any length is good. */
  readonly pattern: string;
  readonly leastBytes: number;
  readonly mostBytes: number;
};

export type PingProbe = ProbePath & { readonly kind: 'ping' };

/** A program: its exit status says how the server is (keepalived's MISC_CHECK). */
export type MiscProbe = {
  readonly kind: 'misc';
  /** Program and arguments. */
  readonly command: readonly string[];
  /** null: that of script_user. */
  readonly user: string | null;
  /** As written, `GROUP`, `:GROUP` or `:`; null: that of the user. */
  readonly group: string | null;
  readonly timeoutUs: number;
  /** Status 2 to 255 is success, and the server then weighs two less than that. */
  readonly dynamic: boolean;
};

/** The health checks of gRPC (grpc.health.v1.Health/Check). */
export type GrpcProbe = ProbePath & {
  readonly kind: 'grpc';
  /** '': the server as a whole. */
  readonly service: string;
  /** What the server is called in the request. */
  readonly authority: string;
  /** null: in clear. */
  readonly tls: {
    /** Name in the handshake; '': none. */
    readonly serverName: string;
    /** null: none. */
    readonly demands: TlsDemands | null;
  } | null;
};

/** Asks an agent on the server what it says of it (HAProxy's agent-check). */
export type AgentProbe = ProbePath & {
  readonly kind: 'agent';
  /** Sent as it is once the connection is there; '': nothing. */
  readonly send: string;
};

/** What is done again and again. */
export type ProbePlan =
  | TcpProbe
  | HttpProbe
  | SmtpProbe
  | DnsProbe
  | UdpProbe
  | PingProbe
  | MiscProbe
  | GrpcProbe
  | AgentProbe;

/** Nothing is done: a tracker tells when what it follows has changed. */
export type FollowPlan = {
  readonly kind: 'file' | 'bfd';
  /** Its actor: `tracker/file/load`. */
  readonly tracker: string;
};

export type CheckPlan = ProbePlan | FollowPlan;

export function isFollowing(plan: CheckPlan): plan is FollowPlan {
  return plan.kind === 'file' || plan.kind === 'bfd';
}

export type CheckerInput = {
  /** Its own actor: `checker/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80/1`. */
  readonly actor: string;
  /** The real server that it checks: `[10.0.0.2]:tcp:80`. */
  readonly name: string;
  /** Actor of the real server that hears of it: `real/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80`. */
  readonly realServer: string;
  readonly probe: CheckPlan;
  readonly delayLoopUs: number;
  readonly delayBeforeRetryUs: number;
  /** Between tries after a failure that does not count yet, in place of delayBeforeRetryUs; absent: none of its own. */
  readonly delayFailingUs?: number;
  /** Between probes while it counts as failed; absent: none of its own. */
  readonly delayDownUs?: number;
  /** Further tries before a failure counts. */
  readonly retry: number;
  /** It counts as failed until it has passed. */
  readonly alpha: boolean;
  /** Every failed try is a line in the log, not only the last one. */
  readonly logAllFailures: boolean;
};
