import { pairRule } from '../rule.ts';

export const CHECKSUM_DIFFERS = pairRule(
  {
    code: 'checksum-differs',
    title: 'different checksums of version 3',
    why: 'keepalived takes adverts of its own kind of checksum only: both become master.',
  },
  ({ one, other, oneNode }, report) => {
    if (one.version !== 3 || other.version !== 3 || one.family === 'inet6') return;
    const [here, there] = [other, one].map(({ node }) => node.value('v3_checksum_as_v2') === true);
    if (here === there) return;
    const message = `'${other.name}' ${here ? 'has' : 'has no'} v3_checksum_as_v2, unlike on ${oneNode.label}`;
    report(other.node.place('v3_checksum_as_v2'), message);
  },
);
