/**
 * XState checks neither `initial`, nor `target`, nor the delay names of `after` when it compiles, and a misspelt delay
 * fires at once: in this trade that is a second master. So every machine is walked here.
 */
import { describe, expect, it } from 'vitest';
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { machineByName, machineDefinitions } from './registry.ts';

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)];
}

function implementations(machine: AnyStateMachine) {
  const { actions, guards, delays } = machine.implementations;
  return { actions: Object.keys(actions), guards: Object.keys(guards), delays: Object.keys(delays) };
}

function nameOf(reference: unknown): string {
  return typeof reference === 'string' ? reference : String((reference as { type?: unknown }).type);
}

describe.each(machineDefinitions)('$name', ({ name, machine }) => {
  const nodes = nodesOf(machine.root);
  const known = implementations(machine);
  const transitions = nodes.flatMap((node) => [...node.transitions.values()].flat());

  it('is found by its name', () => {
    expect(machineByName(name)?.machine).toBe(machine);
    expect(name).toMatch(/^[a-z-]+@[1-9][0-9]*$/);
  });

  it('has an initial state that exists in every compound state', () => {
    for (const node of nodes.filter((candidate) => candidate.type === 'compound')) {
      expect(Object.keys(node.states), node.id).toContain(nameOf(node.config.initial));
    }
  });

  it('names every delay, and each in one state only', () => {
    const delays = nodes.flatMap((node) => Object.keys(node.config.after ?? {}));
    for (const delay of delays) expect(known.delays).toContain(delay);
    expect(new Set(delays).size).toBe(delays.length);
  });

  it('names every guard and action', () => {
    for (const { guard, actions } of transitions) {
      if (guard !== undefined) expect(known.guards).toContain(nameOf(guard));
      for (const action of actions) expect(known.actions).toContain(nameOf(action));
    }
    for (const node of nodes) {
      for (const action of [...node.entry, ...node.exit]) {
        const reference = nameOf(action);
        if (!reference.startsWith('xstate.')) expect(known.actions).toContain(reference);
      }
    }
  });

  it('keeps no live parts: no invoke, no eventless transitions, no history', () => {
    for (const node of nodes) {
      expect(node.invoke, node.id).toEqual([]);
      expect(node.always ?? [], node.id).toEqual([]);
      expect(node.type, node.id).not.toBe('history');
    }
  });
});

it('answers null for a machine of another version', () => {
  expect(machineByName('vrrp@0')).toBeNull();
});
