/**
 * The statechart of one AGENT_CHECK: an agent says of its server how much it is to be given, whether it is wanted at all,
 * and whether it is up (HAProxy's agent-check; an extension). An agent that cannot be heard changes nothing: whether the
 * server can be reached is the business of its other checks.
 */
import { assign, setup } from 'xstate';
import { checkerEffects } from '../checker/checker.effects.ts';
import { mailBody } from '../checker/checker.mail.ts';
import {
  changesPace,
  downDelayUs,
  keepDownPace,
  keepPace,
  resumePace,
  retrySoon,
  slowDown,
} from '../checker/checker.pace.ts';
import {
  adopting,
  expectProbe,
  hasFailed,
  hasFailedForGood,
  hasPassed,
  probe,
} from '../checker/checker.parts.ts';
import { type ActorEvent, actorEffects } from '../declare.ts';
import type { AgentSignal, CheckerSignal } from '../signals.ts';
import { type AgentCheckerContext, initialContext, saidAfter } from './agent-checker.context.ts';
import type { AgentCheckerEvent } from './agent-checker.events.ts';
import type { AgentCheckerInput } from './agent-checker.input.ts';

type Args = { readonly context: AgentCheckerContext; readonly event: AgentCheckerEvent };

const agentCheckerSetup = setup({
  types: {
    context: {} as AgentCheckerContext,
    events: {} as AgentCheckerEvent,
    input: {} as AgentCheckerInput,
  },
  actions: {
    ...checkerEffects,
    ...actorEffects,
    record: assign(({ context, event }) => {
      if (event.type !== 'probe.reported') return {};
      const { outcome, code, detail } = event;
      return { last: { outcome, code, detail }, ...saidAfter(context, event) };
    }),
    useRetry: assign(({ context }) => ({ retriesUsed: context.retriesUsed + 1 })),
    restoreRetries: assign({ retriesUsed: 0 }),
    adopt: assign(({ context, event }) => ({
      input: event.type === 'checker.reconfigured' ? event.input : context.input,
    })),
  },
  guards: {
    hasSpoken: hasPassed,
    hasFailed,
    hasFailedForGood,
    keepsAnotherPace: changesPace(({ delayLoopUs }) => delayLoopUs),
    keepsAnotherDownPace: changesPace((input) => downDelayUs(input)),
  },
});

/** For its real server, whether it is up: the first time, and when that changes; null: nothing. */
function standingTold({ context, event }: Args): CheckerSignal | null {
  const { input } = context;
  const { passes } = saidAfter(context, event);
  if (passes === null || passes === context.passes) return null;
  const mail = mailBody(input.probe, passes, context.last, input.name) ?? '';
  return { type: 'checker.changed', checker: input.actor, passed: passes, mail };
}

/** What it says beside that, when it changes. */
function wordTold({ context, event }: Args): AgentSignal | null {
  const { word } = saidAfter(context, event);
  if (word.percent === context.word.percent && word.duty === context.word.duty) return null;
  return { type: 'agent.changed', checker: context.input.actor, ...word };
}

/**
 * Before what was said is recorded. That it goes down is told before the rest, and that it comes up after it: a line with
 * `ready` and `down` does not put a server into the table that it takes away.
 */
function tell(place: 'first' | 'then') {
  return {
    type: 'signalActor' as const,
    params: (args: Args) => {
      const standing = standingTold(args);
      const isStanding = (standing?.passed === false) === (place === 'first');
      const event = isStanding ? standing : wordTold(args);
      return event === null ? null : { actor: args.context.input.realServer, event: event as ActorEvent };
    },
  };
}

const HEARD = [tell('first'), tell('then'), 'record', 'restoreRetries'] as const;
const ADOPT = adopting('keepsAnotherPace', keepPace);

/** Nothing was heard yet. */
const untried = agentCheckerSetup.createStateConfig({
  on: {
    'probe.reported': [
      { guard: 'hasSpoken', target: 'heard', actions: HEARD },
      { guard: 'hasFailedForGood', target: 'unheard', actions: ['record', 'useRetry'] },
      { guard: 'hasFailed', actions: ['record', 'useRetry', retrySoon] },
      { actions: 'record' },
    ],
    'checker.reconfigured': ADOPT,
  },
});

const heard = agentCheckerSetup.createStateConfig({
  initial: 'steady',
  states: {
    /** The same line again is no news. */
    steady: {
      entry: expectProbe('passed'),
      on: {
        'probe.reported': [
          { guard: 'hasSpoken', actions: HEARD },
          { guard: 'hasFailedForGood', target: '#agent-checker.unheard', actions: ['record', 'useRetry'] },
          { guard: 'hasFailed', target: 'retrying', actions: ['record', 'useRetry'] },
          { actions: 'record' },
        ],
        'checker.reconfigured': ADOPT,
      },
    },
    retrying: {
      entry: [expectProbe(null), retrySoon],
      on: {
        'probe.reported': [
          { guard: 'hasSpoken', target: 'steady', actions: HEARD },
          { guard: 'hasFailedForGood', target: '#agent-checker.unheard', actions: ['record', 'useRetry'] },
          { guard: 'hasFailed', actions: ['record', 'useRetry', retrySoon] },
          { actions: 'record' },
        ],
        'checker.reconfigured': adopting('keepsAnotherPace', retrySoon),
      },
    },
  },
});

/** What it said last goes on to hold. */
const unheard = agentCheckerSetup.createStateConfig({
  entry: [expectProbe('failed'), slowDown],
  on: {
    'probe.reported': [
      { guard: 'hasSpoken', target: 'heard', actions: [...HEARD, resumePace('delayDownUs')] },
      { actions: 'record' },
    ],
    'checker.reconfigured': adopting('keepsAnotherDownPace', keepDownPace(false)),
  },
});

export const agentCheckerMachine = agentCheckerSetup.createMachine({
  id: 'agent-checker',
  context: ({ input }) => initialContext(input),
  initial: 'idle',
  states: {
    /** Its real server does not exist yet. */
    idle: { on: { 'checker.started': { target: 'untried', actions: probe } } },
    untried,
    heard,
    unheard,
    ended: { entry: { type: 'stopProbing', params: {} } },
  },
  on: {
    'checker.removed': '.ended',
    'shutdown.requested': '.ended',
  },
});
