/**
 * Facts that one actor tells another, by the effect `signalActor`. The signal is an event of its receiver and stands in
 * the journal with the row that sent it as its cause.
 */

/** From `tracker/KIND/NAME` to each `vrrp/NAME` that follows it, at its first result and at every change. */
export type TrackerSignal = {
  readonly type: 'tracker.changed';
  /** Actor of the tracker: `tracker/script/chk`. */
  readonly tracker: string;
  /** What it adds to the priority now, with the weight and direction that this follower gives it; may be negative. */
  readonly weight: number;
  /** True: it has weight 0 and has failed, which is a reason for FAULT. */
  readonly fault: boolean;
};

/** From `bfd/NAME` to `tracker/bfd/NAME`: the session came up, or is no longer up. */
export type BfdSignal = { readonly type: 'bfd.up' } | { readonly type: 'bfd.down'; readonly reason: string };

/** What is told outside when an actor's state changes: scripts, FIFOs and mail are found by scope and name. */
export type Notice = {
  readonly scope: 'INSTANCE' | 'GROUP';
  readonly name: string;
  readonly state:
    | 'MASTER'
    | 'BACKUP'
    | 'FAULT'
    | 'STOP'
    | 'DELETED'
    | 'MASTER_RX_LOWER_PRI'
    | 'MASTER_PRIORITY'
    | 'BACKUP_PRIORITY';
  /** Effective priority; 0 for groups. */
  readonly priority: number;
};

/**
 * What a member of a sync group is by itself, whatever the others are.
 * - `initialize`: something that could be a fault is not known yet.
 * - `fault`: it has a reason of its own.
 * - `backup`: it follows a master, or waits for one to fall silent.
 * - `willing`: it would be master if it were alone.
 * - `ended`: it is no more, in good order; `crashed`: by an error in its statechart, which counts as a fault.
 */
export type MemberStanding = 'initialize' | 'fault' | 'backup' | 'willing' | 'ended' | 'crashed';

/** From `vrrp/NAME` to its `group/NAME`. */
export type MemberSignal =
  | { readonly type: 'member.reported'; readonly member: string; readonly standing: MemberStanding }
  /** Its Master_Down_Timer ran out: it is willing, and asks for the others' agreement. */
  | { readonly type: 'member.claimed'; readonly member: string }
  /** It gave up mastership for a moment, to claim it anew after its skew. */
  | { readonly type: 'member.resigned'; readonly member: string }
  /** It is master and heard an advert of lower priority. */
  | { readonly type: 'member.contested'; readonly member: string };

/** From `group/NAME` to each of its members. */
export type GroupSignal =
  /** What all members are to be. `resigning`: a master among them says so and claims again after its skew. */
  | {
      readonly type: 'group.decided';
      readonly state: 'backup' | 'master' | 'fault';
      readonly resigning: boolean;
    }
  /** Another member is contested: the LAN of this one may have been told of another master, too. */
  | { readonly type: 'group.contested' };

/** From `checker/VS/RS/N` to its `real/VS/RS`: at its first result, and at every change. */
export type CheckerSignal = {
  readonly type: 'checker.changed';
  /** Its actor. */
  readonly checker: string;
  readonly passed: boolean;
  /** Until it says something else, or fails. */
  readonly weight?: WeightWord;
  /** Its first result is what it counted as before it. Only the table is to follow: nobody else hears of it. */
  readonly assumed?: true;
  /** What a mail about it says, if it becomes one; without it there is none. */
  readonly mail?: string;
};

/** What a check has to say of the weight of its server: a program gives it, a number in a file is added to it. */
export type WeightWord = { readonly is: number } | { readonly adds: number };

/** Whether a server is to be given connections: an operator orders it, or an agent on the server asks for it. */
export type Duty = 'ready' | 'drained' | 'maintenance';

/** What an agent has said last of its server; what it has not spoken of is null, or ready. */
export type AgentWord = {
  /** Share of the configured weight, 0 to 100 or more. */
  readonly percent: number | null;
  readonly duty: Duty;
};

/** From the checker that asks an agent to its `real/VS/RS`: when the agent says something else. */
export type AgentSignal = { readonly type: 'agent.changed'; readonly checker: string } & AgentWord;

/** From `real/VS/RS` to its `virtual/VS`, which knows how it starts: when its state or its weight changes. */
export type RealServerSignal = {
  readonly type: 'real.changed';
  /** Its actor. */
  readonly real: string;
  readonly alive: boolean;
  /** What it weighs while it is alive. */
  readonly weight: number;
};

/**
 * What is told outside of a real or virtual server: scripts are found by the actor that tells it, the rest is a line of
 * the FIFOs. Names are keepalived's: `[10.0.0.1]:tcp:80`, `FWM 5`, `[group]:1`.
 */
export type ServerNotice = {
  readonly state: 'UP' | 'DOWN';
  /** The program ends, and waits a moment for what it starts now. */
  readonly stopping: boolean;
} & (
  | { readonly scope: 'RS'; readonly name: string; readonly virtualServer: string }
  /** Whether it has its quorum. */
  | { readonly scope: 'VS'; readonly name: string }
);

/** A mail about a real or virtual server, as it is written (keepalived's words, without the name of the router). */
export type ServerMail = { readonly subject: string; readonly body: string };
