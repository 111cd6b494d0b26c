/**
 * A piece of a history that stands alone: states before it, its rows and runs. A test case for this repository, and what
 * `relive verify --repro` leaves of a difference. One JSON object; no clock, configuration or seed is needed to run it, for
 * every input of a machine is in its rows.
 */
import type { ActorState, RecordedRow, StoredRow, StoredRun } from '../../journal/model.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { History } from './history.ts';

export const FIXTURE_FORMAT = 'relived-fixture@1';

export interface FixtureMachine {
  /** `vrrp@1` */
  readonly name: string;
  /** Of the chart that it was recorded with, as the journal keeps it; null: the journal does not say. */
  readonly sha256: string | null;
}

export interface Fixture {
  readonly format: typeof FIXTURE_FORMAT;
  /** What it is, for people. */
  readonly about: string;
  readonly node: string;
  readonly machines: readonly FixtureMachine[];
  /** Actors before the first row. One that a row starts is not among them. */
  readonly before: readonly ActorState[];
  readonly rows: readonly StoredRow[];
  readonly runs: readonly StoredRun[];
}

/** A file that is no fixture; the message says where. */
export class FixtureError extends Error {}

type Kind = 'string' | 'number' | 'object' | 'array' | 'integer|null' | 'string|null' | 'any';

const STATE: Readonly<Record<string, Kind>> = {
  ...{ actor: 'string', seq: 'number', machine: 'string|null', state: 'any', context: 'object' },
};
const ROW: Readonly<Record<string, Kind>> = {
  ...{ seq: 'number', epoch: 'number', monoUs: 'number', wallUs: 'number', kind: 'string', actor: 'string' },
  ...{ machine: 'string|null', cause: 'integer|null', event: 'object', effects: 'array', state: 'any' },
  ...{ delta: 'object' },
};
const RUN: Readonly<Record<string, Kind>> = {
  ...{ epoch: 'number', actor: 'string', direction: 'string', source: 'string', priority: 'number' },
  ...{ count: 'number', firstUs: 'number', lastUs: 'number', largestGapUs: 'number' },
  ...{ firstWallUs: 'number', afterSeq: 'number' },
};

const ofKind: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => Number.isSafeInteger(value),
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  array: Array.isArray,
  'integer|null': (value) => value === null || Number.isSafeInteger(value),
  'string|null': (value) => value === null || typeof value === 'string',
  any: (value) => value !== undefined,
};

function checkEach(list: unknown, name: string, fields: Readonly<Record<string, Kind>>): void {
  if (!Array.isArray(list)) throw new FixtureError(`${name} is not a list`);
  for (const [index, item] of list.entries()) {
    if (!ofKind.object(item)) throw new FixtureError(`${name}[${index}] is not an object`);
    for (const [field, kind] of Object.entries(fields)) {
      if (ofKind[kind]((item as Record<string, unknown>)[field])) continue;
      throw new FixtureError(`${name}[${index}].${field} is ${kind === 'any' ? 'missing' : `no ${kind}`}`);
    }
  }
}

/** @throws FixtureError */
export function parseFixture(text: string): Fixture {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FixtureError(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!ofKind.object(value)) throw new FixtureError('not a JSON object');
  const { format, machines, before, rows, runs, node } = value as Record<string, unknown>;
  if (format !== FIXTURE_FORMAT)
    throw new FixtureError(`format is ${JSON.stringify(format)}, not ${JSON.stringify(FIXTURE_FORMAT)}`);
  if (typeof node !== 'string') throw new FixtureError('node is no string');
  checkEach(machines, 'machines', { name: 'string', sha256: 'string|null' });
  checkEach(before, 'before', STATE);
  checkEach(rows, 'rows', ROW);
  checkEach(runs, 'runs', RUN);
  for (const [index, { event }] of (rows as readonly { event: JsonObject }[]).entries())
    if (typeof event.type !== 'string') throw new FixtureError(`rows[${index}].event.type is no string`);
  return value as Fixture;
}

/** A fixture as a history that can be run. */
export function fixtureHistory({ before, rows, runs }: Fixture): History {
  const known = new Map(before.map((state) => [state.actor, state]));
  return {
    rows: () => rows.map(recorded),
    runs: () => runs,
    gaps: () => [],
    isWhole: () => true,
    stateAt: (actor) => known.get(actor) ?? null,
  };
}

function recorded(row: StoredRow): RecordedRow {
  const { event, effects, state, delta } = row;
  return {
    ...row,
    event: JSON.stringify(event),
    effects: JSON.stringify(effects),
    state: JSON.stringify(state),
    delta: JSON.stringify(delta),
  };
}

/** What a fixture is made of. */
export type FixtureParts = Omit<Fixture, 'format' | 'rows' | 'runs'> & {
  readonly rows: Iterable<StoredRow>;
  readonly runs: Iterable<StoredRun>;
};

/** The text in pieces, one line for each row: a reviewer reads it, and a diff of it is short. */
export function* fixtureText(parts: FixtureParts): Generator<string> {
  const { about, node, machines, before, rows, runs } = parts;
  yield `{\n"format": ${JSON.stringify(FIXTURE_FORMAT)},\n"about": ${JSON.stringify(about)},\n"node": ${JSON.stringify(node)}`;
  yield* listText('machines', machines);
  yield* listText('before', before);
  yield* listText('rows', rows);
  yield* listText('runs', runs);
  yield '\n}\n';
}

function* listText(name: string, items: Iterable<unknown>): Generator<string> {
  let separator = `,\n"${name}": [\n`;
  let isEmpty = true;
  for (const item of items) {
    yield `${separator}${JSON.stringify(item)}`;
    separator = ',\n';
    isEmpty = false;
  }
  yield isEmpty ? `,\n"${name}": []` : '\n]';
}
