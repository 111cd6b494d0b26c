/** What the states of the tracker chart may use: types, named actions, guards and delays. */
import { assign, setup } from 'xstate';
import { actorEffects } from '../declare.ts';
import { expect, settle, tell } from './tracker.asking.ts';
import {
  effectOfState,
  effectOfValue,
  expectedResult,
  isDelayed,
  type TrackerContext,
  verdict,
} from './tracker.context.ts';
import { trackerEffects } from './tracker.effects.ts';
import type { TrackerEvent } from './tracker.events.ts';
import type { TrackerInput } from './tracker.input.ts';

type Args = { readonly context: TrackerContext; readonly event: TrackerEvent };

function isGood({ context, event }: Args): boolean {
  return verdict(context.input, event) === true;
}

function isBad({ context, event }: Args): boolean {
  return verdict(context.input, event) === false;
}

function record({ event, context }: Args): Partial<TrackerContext> {
  if (event.type !== 'result.observed') return {};
  const { type: _, ...last } = event;
  return {
    last,
    lastCode: last.what === 'script.exited' ? last.code : context.lastCode,
    value: last.what === 'file.read' ? last.value : context.value,
  };
}

/** Who has begun anew was not told anything. */
function toldAfter({ told }: TrackerContext, event: TrackerEvent): TrackerContext['told'] {
  if (event.type !== 'followers.returned') return told;
  return Object.fromEntries(Object.entries(told).filter(([actor]) => !event.followers.includes(actor)));
}

export const trackerSetup = setup({
  types: {
    context: {} as TrackerContext,
    events: {} as TrackerEvent,
    input: {} as TrackerInput,
  },
  actions: {
    ...trackerEffects,
    ...actorEffects,
    record: assign(record),
    count: assign(({ context }) => ({ contrary: context.contrary + 1 })),
    restartCount: assign({ contrary: 0 }),
    rememberWell: assign({ wasWell: true }),
    adopt: assign(({ context, event }) => ({
      input: event.type === 'tracker.reconfigured' ? event.input : context.input,
    })),
    forgetReturned: assign(({ context, event }) => ({ told: toldAfter(context, event) })),
    tellWell: tell((follower) => effectOfState(follower, true)),
    tellFailed: tell((follower) => effectOfState(follower, false)),
    tellValue: tell((follower, { value }) => effectOfValue(follower, value)),
    expectSame: expect(expectedResult),
    expectAny: expect(() => null),
    settleUp: settle(true),
    settleDown: settle(false),
  },
  guards: {
    startsFailed: ({ context }) => context.input.startsFailed,
    isGood,
    isBad,
    isNumber: ({ event }) => event.type === 'result.observed' && event.what === 'file.read',
    isBadForGood: (args) => isBad(args) && args.context.contrary + 1 >= args.context.input.fall,
    isGoodForGood: (args) => isGood(args) && args.context.contrary + 1 >= args.context.input.rise,
    isBadForNow: (args) => isBad(args) && isDelayed(args.context, args.event, false),
    isGoodForNow: (args) => isGood(args) && isDelayed(args.context, args.event, true),
    looksElsewhere: ({ context, event }) =>
      event.type === 'tracker.reconfigured' &&
      canonicalSource(event.input) !== canonicalSource(context.input),
  },
  delays: {
    lossDelay: ({ context }) => context.input.lossDelayUs,
    gainDelay: ({ context }) => context.input.gainDelayUs,
  },
});

function canonicalSource({ source }: TrackerInput): string {
  return JSON.stringify(source);
}
