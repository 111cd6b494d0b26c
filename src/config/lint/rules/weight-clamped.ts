import { OWNER_PRIORITY } from '../facts.ts';
import { instanceRule } from '../rule.ts';

export const WEIGHT_CLAMPED = instanceRule(
  {
    code: 'weight-clamped',
    title: 'weights that lead beyond 1 to 254',
    why: 'What exceeds the limits is cut off: routers that should differ can end up with the same priority.',
  },
  ({ node, name, priority, trackers }, report) => {
    if (priority === OWNER_PRIORITY) return;
    const sum = (sign: 1 | -1): number =>
      trackers.reduce((total, { weight }) => total + (Math.sign(weight) === sign ? weight : 0), priority);
    const place = node.place('priority');
    if (sum(1) > 254) {
      report(place, `with all its trackers well '${name}' would have priority ${sum(1)}: 254 is in force`);
    }
    if (sum(-1) < 1) {
      report(place, `with all its trackers failed '${name}' would have priority ${sum(-1)}: 1 is in force`);
    }
  },
);
