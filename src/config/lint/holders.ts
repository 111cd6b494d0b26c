/** Who holds each address while everything is well. */
import { type Instance, type LintNode, OWNER_PRIORITY } from './facts.ts';
import { routerKey, wellPriority } from './rule.ts';

export interface Standing {
  readonly node: string;
  readonly instance: string;
  /** With every tracker well. */
  readonly priority: number;
}

export interface Holder {
  readonly address: string;
  readonly virtualRouterId: number;
  /** null: two have the same priority; the higher source address decides. */
  readonly holder: Standing | null;
  /** Who takes it when the holder is gone; null: nobody. */
  readonly next: Standing | null;
  /** '' if there is nothing to add. */
  readonly remark: string;
}

interface Candidate extends Standing {
  readonly facts: Instance;
}

/** One row for each address, in the order of the files. */
export function holders(nodes: readonly LintNode[]): Holder[] {
  const candidates = new Map<string, Map<string, Candidate[]>>();
  for (const node of nodes) {
    for (const facts of node.instances) {
      for (const { text } of facts.addresses) {
        const address = text.split('/', 1)[0] ?? text;
        const routers = candidates.get(address) ?? new Map<string, Candidate[]>();
        const key = routerKey(facts);
        const candidate = {
          node: node.label,
          instance: facts.name,
          priority: wellPriority(facts),
          facts,
        };
        routers.set(key, [...(routers.get(key) ?? []), candidate]);
        candidates.set(address, routers);
      }
    }
  }
  return [...candidates].flatMap(([address, routers]) =>
    [...routers.values()].map((list) => holderOf(address, list)),
  );
}

function holderOf(address: string, list: readonly Candidate[]): Holder {
  const [first, second] = list.toSorted((a, b) => b.priority - a.priority);
  const tie = first !== undefined && second !== undefined && first.priority === second.priority;
  return {
    address,
    virtualRouterId: first?.facts.virtualRouterId ?? 0,
    holder: tie || first === undefined ? null : standing(first),
    next: tie || second === undefined ? null : standing(second),
    remark: remarkOn(tie, first, second),
  };
}

function standing({ node, instance, priority }: Candidate): Standing {
  return { node, instance, priority };
}

function remarkOn(tie: boolean, first: Candidate | undefined, second: Candidate | undefined): string {
  if (tie) {
    const who = `${first?.node} and ${second?.node}`;
    return first?.priority === OWNER_PRIORITY
      ? `${who} both own it`
      : `${who} have priority ${first?.priority}: the higher source address decides`;
  }
  if (first?.facts.nopreempt === true && !first.facts.startsAsMaster && second !== undefined) {
    return `${second.node} keeps it once it has it: ${first.node} does not preempt`;
  }
  return second === undefined ? 'nobody takes it over' : '';
}
