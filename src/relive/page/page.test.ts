/** What pages are told of rows, on journals that the real engine wrote. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate, restoreActor } from '../../engine/evaluate.ts';
import { JournalReader } from '../../journal/reader.ts';
import { vrrpDefinition } from '../../machines/registry.ts';
import { activeStates } from '../../view/chart/active.ts';
import { readStatechart } from '../../view/chart/statechart.ts';
import type { ExplainAnswer, Explainer, Question, WhyAnswer, WhyNotAnswer } from '../../view/explain-api.ts';
import { INSTANCE, startTwoRouters, type TwoRouters } from '../../view/two-routers.fixture.ts';
import type { Witness } from '../why/model.ts';
import { explainRow } from './explain-row.ts';
import { createExplainer } from './explainer.ts';
import { whyNot } from './why-not.ts';

const S = 1_000_000;
let routers: TwoRouters;
let witnesses: Witness[];
let nodes: Question['nodes'];

beforeAll(async () => {
  routers = startTwoRouters(1_790_000_000 * S);
  routers.clock.advanceBy(30 * S);
  routers.r1.setLink(false);
  routers.clock.advanceBy(5 * S);
  routers.r1.setLink(true);
  routers.clock.advanceBy(20 * S);
  await routers.flush();
  nodes = routers.directories.map((directory, index) => ({ name: `r${index + 1}`, directory }));
  witnesses = nodes.map(({ name, directory }) => ({ name, reader: new JournalReader(directory) }));
});
afterAll(async () => {
  for (const { reader } of witnesses) reader.close();
  await routers.close();
});

const r2 = (): Witness => witnesses[1] as Witness;

/** Row of r2 with an event of that type. */
function seqOf(type: string): number {
  const found = [...r2().reader.rows()].find(({ event }) => event.type === type);
  if (found === undefined) throw new Error(`no ${type}`);
  return found.seq;
}

describe('questions of a page', () => {
  let explainer: Explainer;
  beforeAll(() => {
    explainer = createExplainer();
  });
  afterAll(() => explainer.close());

  async function ask<T>(more: { kind: 'explain' | 'why' } | { kind: 'whynot'; state: string }, seq: number) {
    const answer = await explainer.ask({ nodes, node: 'r2', actor: INSTANCE, seq, ...more });
    if (!('told' in answer)) throw new Error(answer.why);
    return answer.told as T | null;
  }

  it('are answered with the guards of a row, what they saw, and the timers that ran', async () => {
    const told = await ask<ExplainAnswer>({ kind: 'explain' }, seqOf('advert.received'));
    const [step] = told?.steps ?? [];
    expect(step?.guards.find(({ name }) => name === 'needsNoPatience')).toEqual({
      name: 'needsNoPatience',
      passed: true,
      saw: [
        { path: 'input.nopreempt', value: false },
        { path: 'event.priority', value: 150 },
        { path: 'effectivePriority', value: 100 },
      ],
    });
    expect(step?.refused).toContain('protocol.backup:advert.received:1');
    expect(told?.timers).toEqual([
      {
        timer: 'master down',
        edges: ['protocol.backup:master.silent:0', 'protocol.backup:master.silent:1'],
        ...{ allUs: 3_609_375, leftUs: 3_609_375, renewed: true },
      },
    ]);
    const held = await ask<ExplainAnswer>({ kind: 'explain' }, seqOf('vips.added'));
    expect(held?.timers).toMatchObject([
      { timer: 'vrrp.garpDelay', allUs: 5 * S, leftUs: 5 * S, renewed: false },
    ]);
  });

  it('are answered with the reasons of the change of role that a row is or follows', async () => {
    const seq = seqOf('master.silent');
    const told = await ask<WhyAnswer>({ kind: 'why' }, seq + 1);
    expect(told?.sentence).toBe('r2 took VI_1 over from r1, whose link went down');
    expect(told?.seq).toBe(seq);
    expect(told?.chain.find(({ isRoot }) => isRoot)).toMatchObject({ node: 'r1', text: /link went down/ });
    expect(told?.edges).toContain('protocol.backup:master.silent:1');
    expect(told?.missing[0]).toMatch(/adverts of 10\.0\.0\.1/);
    expect(await ask<WhyAnswer>({ kind: 'why' }, seqOf('instance.started'))).toBeNull();
  });

  it('are answered with what a state lacks', async () => {
    const told = await ask<WhyNotAnswer>({ kind: 'whynot', state: 'protocol.master' }, r2().reader.lastSeq());
    expect(told?.sentence).toMatch(/r2 is not master of VI_1: it follows r1 .* priority 150 against 100/);
    expect(told?.ways[0]).toMatchObject({ edge: 'protocol.backup:master.silent:1', open: true });
    expect(told?.ways.at(-1)?.text).toMatch(/claimsAtOnce: no \(input\.priority 100\)/);
    const fault = await ask<WhyNotAnswer>({ kind: 'whynot', state: 'preemption.due' }, r2().reader.lastSeq());
    expect(fault?.sentence).toMatch(/preemption\.delaying must be entered first/);
    expect(await ask({ kind: 'whynot', state: 'protocol.nowhere' }, 5)).toBeNull();
  });

  it('are refused when too many wait, or one takes too long, and the next is answered', async () => {
    const question: Question = { nodes, node: 'r2', actor: INSTANCE, seq: 5, kind: 'explain' };
    const hasty = createExplainer(0);
    expect(await hasty.ask(question)).toMatchObject({ refusal: 'slow' });
    await hasty.close();
    const answers = await Promise.all(Array.from({ length: 60 }, () => explainer.ask(question)));
    const refused = answers.filter((answer) => 'refusal' in answer && answer.refusal === 'busy');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(60);
    expect(await explainer.ask(question)).toHaveProperty('told.steps');
    const nowhere = { ...question, nodes: [{ name: 'r2', directory: '/nonexistent' }] };
    expect(await explainer.ask(nowhere)).toEqual({ told: null });
  });
});

describe('explanations of every row', () => {
  it('never call a transition refused that was taken', () => {
    for (const witness of witnesses) {
      for (const { seq, actor } of witness.reader.rows({ actor: INSTANCE })) {
        for (const { refused, taken } of explainRow(witness, actor, seq)?.steps ?? []) {
          const arrows = new Set(taken);
          const chart = readStatechart(vrrpDefinition);
          const wrong = chart.transitions.filter(
            ({ id, source, target }) => refused.includes(id) && arrows.has(`${source} \u2192 ${target}`),
          );
          // The same two states may be joined by another transition of the same event.
          for (const { source, event, target } of wrong) {
            const twins = chart.transitions.filter(
              (other) => other.source === source && other.event === event && other.target === target,
            );
            expect(twins.length).toBeGreaterThan(1);
          }
        }
      }
    }
  });

  it('call no way shut that its event alone would take', () => {
    const chart = readStatechart(vrrpDefinition);
    const { reader } = r2();
    for (const seq of [
      seqOf('instance.started'),
      seqOf('advert.received'),
      seqOf('vips.added'),
      reader.lastSeq(),
    ]) {
      const held = reader.stateAt(INSTANCE, seq);
      if (held === null) throw new Error('no state');
      for (const { id } of chart.states) {
        for (const { edge, open } of whyNot([r2()], INSTANCE, seq, id)?.ways ?? []) {
          const way = chart.transitions.find((one) => one.id === edge);
          if (way === undefined) throw new Error(`no ${edge}`);
          if (open || way.raised || way.timer !== null) continue;
          const snapshot = restoreActor(vrrpDefinition, held.state, held.context);
          let entered = false;
          try {
            const after = evaluate(vrrpDefinition, snapshot, { type: way.event });
            entered = activeStates(after.state).has(id);
          } catch {
            // An event without its particulars may be more than a chart can bear.
          }
          expect(entered, `${seq}: ${edge}`).toBe(false);
        }
      }
    }
  });
});
