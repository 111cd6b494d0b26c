import { pairRule } from '../rule.ts';

export const PREEMPTION_DIFFERS = pairRule(
  {
    code: 'preemption-differs',
    title: 'nopreempt on the wrong node only',
    why: 'nopreempt acts on the router that comes back. On the one of lower priority it changes nothing: when the other returns, it takes the addresses.',
  },
  ({ one, other, oneNode, otherNode }, report) => {
    if (one.nopreempt === other.nopreempt) return;
    const [lazy, eager] = one.nopreempt ? [one, other] : [other, one];
    if (lazy.priority >= eager.priority) return;
    const eagerNode = eager === one ? oneNode : otherNode;
    const message = `'${lazy.name}' has nopreempt, but ${eagerNode.label} has the higher priority and preempts`;
    report(lazy.node.place('nopreempt'), message, `nopreempt on ${eagerNode.label}`);
  },
);
