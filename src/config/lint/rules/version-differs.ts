import { pairRule } from '../rule.ts';

export const VERSION_DIFFERS = pairRule(
  {
    code: 'version-differs',
    title: 'different protocol versions',
    why: 'Adverts of the other version are dropped: both become master.',
  },
  ({ one, other, oneNode }, report) => {
    if (one.version === other.version) return;
    const message = `'${other.name}' has version ${other.version}, on ${oneNode.label} it has ${one.version}`;
    report(other.node.place('version'), message);
  },
);
