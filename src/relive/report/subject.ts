/** What a report is about: a change with its explanation, a time around it, and the actors that had to do with it. */
import type { StoredRow } from '../../journal/model.ts';
import type { JournalReader } from '../../journal/reader.ts';
import { CliError, EXIT } from '../cli.ts';
import { explain } from '../why/explain.ts';
import { findFocus } from '../why/focus.ts';
import type { Change, Explanation, Witness } from '../why/model.ts';
import { explainServer, findServerChange, serversCalled } from '../why/server.ts';

/** Shown before the first and after the last link of the chain of causes, at least. */
const LEAST_AROUND_US = 1_000_000;
/** Shown before a change, at least. */
const LEAST_BEFORE_US = 5_000_000;
const MOST_CAUSES = 20;
const MOST_LANES = 12;

/** An actor on a node. */
export interface Lane {
  readonly witness: Witness;
  readonly actor: string;
}

/** Unix times. */
export interface TimeWindow {
  readonly fromUs: number;
  readonly toUs: number;
}

export interface Subject {
  readonly change: Change;
  readonly explanation: Explanation;
  readonly window: TimeWindow;
  /** That of the change first. */
  readonly lanes: readonly Lane[];
}

export interface Wanted {
  /** An instance or a server; null: what changed last. */
  readonly name: string | null;
  /** The instance's actor, if the name is one. */
  readonly actor: string | null;
  /** The newest change at or before this. */
  readonly atUs: number | null;
  /** In place of the time around the change. */
  readonly window: TimeWindow | null;
}

/** @throws CliError 3 if there is no such change */
export function subjectOf(wanted: Wanted, witnesses: readonly Witness[]): Subject {
  const [change, explanation] = changeOf(wanted, witnesses);
  return {
    change,
    explanation,
    window: wanted.window ?? windowOf(change, explanation),
    lanes: lanesOf(change, explanation, witnesses),
  };
}

function changeOf(
  { name, actor, atUs }: Wanted,
  witnesses: readonly Witness[],
): readonly [Change, Explanation] {
  const readers = witnesses.map(({ reader }) => reader);
  const servers = name === null || actor !== null ? [] : serversCalled(name, readers);
  if (servers.length === 0) {
    const change = findFocus(witnesses, actor, atUs);
    if (change !== null) return [change, explain(change, witnesses)];
  }
  const change =
    name === null || servers.length > 0
      ? findServerChange(witnesses, name === null ? null : servers, atUs)
      : null;
  if (change !== null) return [change, explainServer(change, witnesses)];
  throw new CliError(EXIT.nothingFound, 'no change of mastership found, nor of a server');
}

function windowOf({ wallUs }: Change, { chain }: Explanation): TimeWindow {
  const times = chain.flatMap((step) => step.wallUs ?? []);
  const first = Math.min(wallUs - LEAST_BEFORE_US, ...times);
  const last = Math.max(wallUs, ...times);
  const aroundUs = Math.max(LEAST_AROUND_US, Math.round(0.15 * (last - first)));
  return { fromUs: first - aroundUs, toUs: last + aroundUs };
}

/** The row and those that led to it, newest first. */
export function causesOf(reader: JournalReader, row: StoredRow): StoredRow[] {
  const found = [row];
  for (let at: StoredRow | null = row; at !== null && at.cause !== null && found.length < MOST_CAUSES; ) {
    at = reader.row(at.cause);
    if (at !== null) found.push(at);
  }
  return found;
}

function lanesOf(change: Change, { chain }: Explanation, witnesses: readonly Witness[]): Lane[] {
  const lanes: Lane[] = [];
  const add = (witness: Witness, actor: string): void => {
    const isKnown = lanes.some((lane) => lane.witness === witness && lane.actor === actor);
    if (!isKnown && lanes.length < MOST_LANES && witness.reader.knownOf([actor]) !== null)
      lanes.push({ witness, actor });
  };
  const addRow = (witness: Witness, row: StoredRow | null): void => {
    if (row === null) return;
    for (const { machine, actor } of causesOf(witness.reader, row)) if (machine !== null) add(witness, actor);
  };
  add(change.witness, change.actor);
  for (const witness of witnesses) add(witness, change.actor);
  if (change.kind === 'row') addRow(change.witness, change.row);
  for (const { node, seq } of chain) {
    const witness = witnesses.find(({ name }) => name === node);
    if (witness !== undefined && seq !== null) addRow(witness, witness.reader.row(seq));
  }
  return lanes;
}
