import { instanceRule } from '../rule.ts';

export const NO_TRACKER = instanceRule(
  {
    code: 'no-tracker',
    title: 'nothing but the link is tracked',
    why: 'The instance notices the loss of its own link and nothing else: a router whose uplink or service is dead keeps its addresses.',
  },
  ({ node, name, trackers }, report) => {
    if (trackers.length > 0) return;
    const message = `'${name}' tracks no interface, script, process, file or BFD session: it stays master whatever fails behind it`;
    report(node.origin, message, 'add track_interface or track_script');
  },
);
