import { describe, expect, it } from 'vitest';
import { evaluate, startActor } from '../../engine/evaluate.ts';
import type { ProbeOutcome } from '../checker/checker.events.ts';
import { checkerInput, TCP_PROBE } from '../checker/checker.fixture.ts';
import type { ActorEvent, Effect } from '../declare.ts';
import { Reachable } from '../reachable.fixture.ts';
import { agentCheckerDefinition } from '../registry.ts';
import type { AgentCheckerInput } from './agent-checker.input.ts';

const INPUT: AgentCheckerInput = {
  ...checkerInput(),
  probe: { ...TCP_PROBE, kind: 'agent', port: 9999, send: '' },
};
const STARTED = { type: 'checker.started', firstDelayUs: 1_000_000, atReload: false };

const report = (outcome: ProbeOutcome, detail: string): ActorEvent => ({
  ...{ type: 'probe.reported', outcome, code: '', detail, durationUs: 1 },
});
const says = (line: string): ActorEvent => report('passed', line);
const silent = report('failed', 'ECONNREFUSED');

/** What each event makes it tell its real server. */
function told(...events: readonly ActorEvent[]): string[] {
  let now = startActor(agentCheckerDefinition, INPUT as never);
  let last: readonly Effect[] = [];
  for (const event of [STARTED, ...events]) {
    now = evaluate(agentCheckerDefinition, now.snapshot, event);
    last = now.effects;
  }
  return last
    .filter(({ type }) => type === 'signalActor')
    .map(({ params }) => {
      const { type, passed, percent, duty } = params.event as Record<string, unknown>;
      return type === 'agent.changed'
        ? `${String(percent)} ${String(duty)}`
        : passed === true
          ? 'up'
          : 'down';
    });
}

describe('an agent', () => {
  it('that says something is up unless it says that it is not', () => {
    expect(told(says('75%'))).toEqual(['75 ready', 'up']);
    expect(told(says('up'))).toEqual(['up']);
    expect(told(says('stopped #for today'))).toEqual(['down']);
  });

  it('changes what it speaks of, and nothing else', () => {
    expect(told(says('50%'), says('drain'))).toEqual(['50 drained']);
    expect(told(says('50% drain'), says('down'))).toEqual(['down']);
    expect(told(says('50% drain'), says('down'), says('50% drain'))).toEqual([]);
    expect(told(says('maint'), says('ready'))).toEqual(['null ready']);
    expect(told(says('down'), says('100%'))).toEqual(['100 ready']);
    expect(told(says('down'), says('up'))).toEqual(['up']);
    // Never into the table for a moment.
    expect(told(says('drain'), says('ready down'))).toEqual(['down', 'null ready']);
    expect(told(says('down drain'), says('ready up'))).toEqual(['null ready', 'up']);
  });

  it('that cannot be heard changes nothing, however often', () => {
    expect(told(silent)).toEqual([]);
    expect(told(silent, silent, silent)).toEqual([]);
    expect(told(says('down'), silent, silent, silent)).toEqual([]);
    expect(told(says('down 5%'), silent, silent, says('up 5%'))).toEqual(['up']);
    expect(told(says('up'), report('unable', 'EMFILE'))).toEqual([]);
  });
});

it('can come to every state from every other one, but for those of before the first word', () => {
  const events = ['75%', 'drain', 'down', 'up ready 100%'].map(says);
  const reachable = new Reachable(agentCheckerDefinition, INPUT, [
    ...[STARTED, ...events, silent, report('unable', 'EMFILE')],
    ...[{ type: 'checker.reconfigured', input: { ...INPUT, delayLoopUs: 1 } }],
  ]);
  for (const wanted of ['{"heard":"steady"}', '{"heard":"retrying"}', '"unheard"']) {
    expect(reachable.deadEnds(({ state }) => JSON.stringify(state) === wanted)).toEqual([]);
  }
});
