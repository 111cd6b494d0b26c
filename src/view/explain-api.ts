/** What the page asks about a row, and what it is told. Times are Unix times in microseconds, unless they say otherwise. */
import type { GuardAnswer } from '../engine/telling-guards.ts';

/** One of the steps of which the evaluation of a row consisted. */
export interface StepView {
  readonly event: string;
  /** In the order in which they were asked, with the values that they looked at. */
  readonly guards: readonly GuardAnswer[];
  /** Ids of transitions that were considered for the event, and whose guard said no. */
  readonly refused: readonly string[];
  /** Source and target of what was taken; without a target no state was left. */
  readonly taken: readonly string[];
  /** States with their exit or entry actions: `protocol.master / announce`. */
  readonly left: readonly string[];
  readonly entered: readonly string[];
}

export interface TimerView {
  /** `vrrp.preemptDelay`, or `master down`, which the heartbeat service keeps. */
  readonly timer: string;
  /** Transitions that it leads to. */
  readonly edges: readonly string[];
  /** How long it runs in all, and what was left of it at the row; microseconds. */
  readonly allUs: number;
  readonly leftUs: number;
  /** It begins anew with every advert, so that it is known at the row only. */
  readonly renewed: boolean;
}

/** /api/explain?node&actor&seq */
export interface ExplainAnswer {
  readonly steps: readonly StepView[];
  /** Why there are no steps; null: there are. */
  readonly unknown: string | null;
  readonly timers: readonly TimerView[];
}

/** One link of the chain of causes, oldest first. */
export interface WhyStep {
  readonly node: string;
  readonly seq: number | null;
  readonly wallUs: number | null;
  readonly text: string;
  /** An input from outside: nothing earlier led to it. */
  readonly isRoot: boolean;
}

/** /api/why?node&actor&seq: of the newest change of role at or before that row. */
export interface WhyAnswer {
  readonly sentence: string;
  /** Row that changed the role; null: the process ended. */
  readonly seq: number | null;
  readonly chain: readonly WhyStep[];
  readonly missing: readonly string[];
  readonly prevention: readonly string[];
  readonly unknown: readonly string[];
  /** Transitions of this actor that the chain went through. */
  readonly edges: readonly string[];
}

/** A transition that would lead to a state. */
export interface WayView {
  readonly edge: string;
  /** Its source is active: it needs nothing but its event and its guard. */
  readonly open: boolean;
  readonly text: string;
  /** Of its guard, and of what comes before it. */
  readonly details: readonly string[];
}

/** /api/whynot?node&actor&seq&state */
export interface WhyNotAnswer {
  readonly state: string;
  readonly sentence: string;
  readonly ways: readonly WayView[];
  /** Of mastership: what should have come, and what would make it come. */
  readonly missing: readonly string[];
  readonly prevention: readonly string[];
}

export type Question = {
  /** Names of nodes and the directories of their journals. */
  readonly nodes: readonly { readonly name: string; readonly directory: string }[];
  readonly node: string;
  readonly actor: string;
  readonly seq: number;
} & ({ readonly kind: 'explain' | 'why' } | { readonly kind: 'whynot'; readonly state: string });

export type Told = ExplainAnswer | WhyAnswer | WhyNotAnswer;

/** What a question may fail by. */
export type Refusal = 'busy' | 'slow' | 'failed';

/** Answers beside the thread that serves pages; what serves them is given one. */
export interface Explainer {
  /** Null: nothing is known of that. Never throws: a refusal says why there is no answer. */
  ask(
    question: Question,
  ): Promise<{ readonly told: Told | null } | { readonly refusal: Refusal; readonly why: string }>;
  close(): Promise<void>;
}
