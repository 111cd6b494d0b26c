import { OWNER_PRIORITY } from '../facts.ts';
import { instanceRule } from '../rule.ts';

export const OWNER_WEIGHTS = instanceRule(
  {
    code: 'owner-weights',
    title: 'weights on an instance of priority 255',
    why: 'The priority of the address owner never changes: trackers with a weight do nothing there.',
  },
  ({ name, priority, trackers }, report) => {
    if (priority !== OWNER_PRIORITY) return;
    for (const { name: tracked, weight } of trackers) {
      if (weight === 0) continue;
      const message = `the weight of '${tracked.text}' has no effect on '${name}', whose priority is 255`;
      report(tracked, message, 'a priority of 254 or less, or weight 0');
    }
  },
);
