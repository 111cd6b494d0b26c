/** Reads a machine's definition: every state and every transition once, by name, without running it. */
import type { MachineDefinition } from '../../machines/registry.ts';
import type { NodeKind } from './layout-types.ts';

type StateNode = MachineDefinition['machine']['root'];
type TransitionDefinition = StateNode['transitions'] extends Map<string, (infer T)[]> ? T : never;

export interface ChartState {
  readonly id: string;
  readonly parent: string | null;
  readonly kind: Exclude<NodeKind, 'initial'>;
  readonly label: string;
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  readonly entryEffects: readonly string[];
  readonly exitEffects: readonly string[];
  /** Id of the state that is entered first; null without children or where all are entered. */
  readonly initial: string | null;
}

export interface ChartTransition {
  readonly id: string;
  readonly source: string;
  readonly target: string | null;
  readonly event: string;
  readonly guard: string | null;
  readonly timer: string | null;
  readonly raised: boolean;
  readonly actions: readonly string[];
  readonly effects: readonly string[];
  readonly label: string;
}

export interface Statechart {
  readonly machine: string;
  readonly states: readonly ChartState[];
  readonly transitions: readonly ChartTransition[];
}

const AFTER = /^xstate\.after\.([^.]+)\./;

/** Id of a state: its path inside the machine, or the machine's id for the root. */
export function stateId(node: StateNode): string {
  return node.path.length === 0 ? node.machine.id : node.path.join('.');
}

function actionName(action: unknown): string {
  if (typeof action === 'string') return action;
  const type = (action as { type?: unknown }).type;
  if (typeof type !== 'string' || type === '') throw new Error('an action without a name cannot be drawn');
  return type;
}

/** The library's own actions (timers) are drawn as `after` edges, not as actions. */
function actionNames(actions: readonly unknown[]): string[] {
  return actions.map(actionName).filter((name) => !name.startsWith('xstate.'));
}

/** XState marks its own kinds of action (assign, raise) with a type; what has none is an effect, see `effect<P>()`. */
function libraryKind(node: StateNode, name: string): string | null {
  const implementation: unknown = node.machine.implementations.actions[name];
  return (implementation as { type?: string } | undefined)?.type ?? null;
}

function effectNames(node: StateNode, names: readonly string[]): string[] {
  return names.filter((name) => libraryKind(node, name) === null);
}

function raisedEvents(machine: MachineDefinition['machine']): Set<string> {
  const raised = new Set<string>();
  for (const implementation of Object.values(machine.implementations.actions)) {
    const { type, event } = implementation as { type?: string; event?: { type?: string } };
    if (type === 'xstate.raise' && event?.type !== undefined) raised.add(event.type);
  }
  return raised;
}

function guardName(guard: unknown): string | null {
  if (guard === undefined) return null;
  if (typeof guard === 'string') return guard;
  const type = (guard as { type?: unknown }).type;
  if (typeof type !== 'string') throw new Error('a guard without a name cannot be drawn');
  return type;
}

function kindOf(node: StateNode): ChartState['kind'] {
  if (node.parent === undefined) return 'machine';
  if (node.parent.type === 'parallel') return 'region';
  if (node.type === 'atomic' || node.type === 'final') return node.type;
  return 'compound';
}

function readState(node: StateNode): ChartState {
  const entry = actionNames(node.entry);
  const exit = actionNames(node.exit);
  const first = node.type === 'compound' ? node.initial.target[0] : undefined;
  return {
    id: stateId(node),
    parent: node.parent === undefined ? null : stateId(node.parent),
    kind: kindOf(node),
    label: node.key,
    entry,
    exit,
    entryEffects: effectNames(node, entry),
    exitEffects: effectNames(node, exit),
    initial: first === undefined ? null : stateId(first),
  };
}

function readTransition(
  node: StateNode,
  transition: TransitionDefinition,
  position: number,
  raised: ReadonlySet<string>,
): ChartTransition {
  const targets = transition.target ?? [];
  const [target] = targets;
  if (targets.length > 1)
    throw new Error(`${stateId(node)}: a transition with several targets cannot be drawn`);
  const delay = AFTER.exec(transition.eventType)?.[1] ?? null;
  const event = delay !== null ? `after ${delay}` : transition.eventType || 'always';
  const guard = guardName(transition.guard);
  const otherwise = guard === null && position > 0;
  const actions = actionNames(transition.actions);
  return {
    id: `${stateId(node)}:${event}:${position}`,
    source: stateId(node),
    target: target === undefined ? null : stateId(target),
    event,
    guard,
    timer: delay === null ? null : `${node.machine.id}.${delay}`,
    raised: event === 'always' || raised.has(event),
    actions,
    effects: effectNames(node, actions),
    label: `${event}${guard !== null ? ` [${guard}]` : ''}${otherwise ? ' [else]' : ''}`,
  };
}

/** @throws if something has no name to be drawn by. */
export function readStatechart({ name, machine }: MachineDefinition): Statechart {
  const states: ChartState[] = [];
  const transitions: ChartTransition[] = [];
  const raised = raisedEvents(machine);
  const visit = (node: StateNode): void => {
    states.push(readState(node));
    const groups = [...node.transitions.values(), ...(node.always === undefined ? [] : [node.always])];
    for (const group of groups) {
      group.forEach((transition, position) => {
        transitions.push(readTransition(node, transition, position, raised));
      });
    }
    for (const child of Object.values(node.states)) visit(child);
  };
  visit(machine.root);
  return { machine: name, states, transitions };
}
