/** The machines of this build, for replay. */
import { type Evaluation, evaluate, restoreActor, snapshotKey, startActor } from '../engine/evaluate.ts';
import type { Effect } from '../engine/types.ts';
import { type MachineDefinition, machineByName } from '../machines/registry.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { ReplayEngine } from './replay.ts';
import { ValueNumbers } from './verify/value-numbers.ts';

type Snapshot = Evaluation['snapshot'];

function definitionOf(machine: string): MachineDefinition {
  const definition = machineByName(machine);
  if (definition === null) throw new Error(`no machine ${machine}`);
  return definition;
}

const numbers = new ValueNumbers();

export const replayEngine: ReplayEngine<Snapshot> = {
  knows: (machine) => machineByName(machine) !== null,
  start: (machine, input) => startActor(definitionOf(machine), input),
  step: (machine, snapshot, event) => evaluate(definitionOf(machine), snapshot, event),
  restore: ({ machine, state, context }) => restoreActor(definitionOf(machine), state, context),
  key: ({ value, context, _nodes }) =>
    snapshotKey({ value, _nodes, context: numbers.shortened(context as JsonObject) } as Snapshot),
  contextOf: ({ context }) => context as JsonObject,
  crashEffects: (machine, snapshot): readonly Effect[] =>
    definitionOf(machine).crashEffects(snapshot.context as JsonObject),
};

/** The chart as the journal keeps it; null if this build does not have it. */
export function machineBody(machine: string): JsonObject | null {
  const definition = machineByName(machine);
  return definition === null ? null : JSON.parse(JSON.stringify(definition.machine.config));
}
