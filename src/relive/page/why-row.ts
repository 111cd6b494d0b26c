/** Why an actor is what it is after a row, for the page: `relive why` of the newest change at or before it. */
import { machineByName } from '../../machines/registry.ts';
import { FiredEdges } from '../../view/chart/fired.ts';
import { layoutOf } from '../../view/chart/layouts.ts';
import type { WhyAnswer } from '../../view/explain-api.ts';
import { explain } from '../why/explain.ts';
import { changesBefore, lastMastershipChange } from '../why/focus.ts';
import type { Explanation, RowChange, Witness } from '../why/model.ts';
import { onOneClock } from '../why/on-clock.ts';
import { explainServer, lastServerChange } from '../why/server.ts';
import { Telling } from '../why/telling.ts';
import { actorName, changeInWords, eventInWords } from '../words.ts';

/** A page shows no more of a chain, or of a list. */
const MOST_STEPS = 40;
const MOST_ITEMS = 10;
const MOST_LETTERS = 600;
/** Changes looked at for the one that changed a state. */
const WALK = 1_000;

/** @param witnesses the node that is asked about first. Null: nothing has changed so far */
export function whyRow(witnesses: readonly Witness[], actor: string, seq: number): WhyAnswer | null {
  const atUs = witnesses[0]?.reader.row(seq)?.wallUs;
  if (atUs === undefined) return null;
  const { witnesses: onClock, notes, close } = onOneClock(witnesses, atUs);
  try {
    const [own] = onClock;
    const found = own === undefined ? null : explanationOf(own, onClock, actor, seq);
    return own === undefined || found === null ? null : answerOf(own, found, notes);
  } finally {
    close();
  }
}

function explanationOf(
  own: Witness,
  witnesses: readonly Witness[],
  actor: string,
  seq: number,
): Explanation | null {
  if (actor.startsWith('vrrp/')) {
    const change = lastMastershipChange(own, actor, seq);
    return change === null ? null : explain(change, witnesses);
  }
  if (/^(real|virtual)\//.test(actor)) {
    const change = lastServerChange(own, actor, seq);
    return change === null ? null : explainServer(change, witnesses);
  }
  const change = lastStateChange(own, actor, seq);
  return change === null ? null : explainPlainly(change, witnesses);
}

function lastStateChange(own: Witness, actor: string, seq: number): RowChange | null {
  let walked = 0;
  for (const change of changesBefore(own, actor, seq)) {
    const { row, before } = change;
    if (row.kind === 'crash' || JSON.stringify(before) !== JSON.stringify(row.state)) return change;
    walked += 1;
    if (walked >= WALK) return null;
  }
  return null;
}

/** What any row tells of itself: the recorded causes, down to an input from outside. */
function explainPlainly(change: RowChange, witnesses: readonly Witness[]): Explanation {
  const { witness, actor, row, before } = change;
  const telling = new Telling(change, witnesses);
  telling.causes(witness, row);
  telling.row(witness, row, before);
  telling.gaps(row.wallUs, row.wallUs);
  const what = row.kind === 'crash' ? 'its statechart failed' : changeInWords(before, row.state);
  return telling.done(
    'other',
    `${witness.name}: ${actorName(actor)}: ${what}, because ${eventInWords(row.event)}`,
  );
}

const few = (items: readonly string[]): string[] =>
  items.slice(0, MOST_ITEMS).map((item) => item.slice(0, MOST_LETTERS));

function answerOf(own: Witness, explanation: Explanation, notes: readonly string[]): WhyAnswer {
  const { sentence, seq, chain, missing, prevention, unknown } = explanation;
  const left = chain.length - MOST_STEPS;
  const shown = left > 0 ? [...chain.slice(0, 4), ...chain.slice(4 + left)] : chain;
  return {
    sentence: sentence.slice(0, MOST_LETTERS),
    seq,
    chain: shown.map((step) => ({ ...step, text: step.text.slice(0, MOST_LETTERS) })),
    missing: few(missing),
    prevention: few(prevention),
    unknown: few([...notes, ...unknown]),
    edges: edgesOf(own, explanation),
  };
}

/** Transitions of the actor in the rows of the chain. */
function edgesOf({ name, reader }: Witness, { chain, actor }: Explanation): string[] {
  const found = new Set<string>();
  for (const { node, seq } of chain.slice(-MOST_STEPS)) {
    const row = node === name && seq !== null ? reader.row(seq) : null;
    if (row === null || row.actor !== actor || row.kind === 'note') continue;
    const layout = layoutOf(row.machine);
    if (layout === null || machineByName(layout.machine) === null) continue;
    const before = row.kind === 'start' ? null : reader.stateBefore(actor, row.seq);
    for (const id of new FiredEdges(layout).of({ ...row, before })) found.add(id);
  }
  return [...found];
}
