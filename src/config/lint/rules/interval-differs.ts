import { pairRule } from '../rule.ts';

export const INTERVAL_DIFFERS = pairRule(
  {
    code: 'interval-differs',
    title: 'different advert_int',
    why: 'Version 2 drops adverts of another interval, so both become master. Version 3 adopts it: how long a failover takes depends on who was master.',
  },
  ({ one, other, oneNode }, report) => {
    if (one.advertIntervalUs === other.advertIntervalUs) return;
    const [here, there] = [other.advertIntervalUs / 1_000_000, one.advertIntervalUs / 1_000_000];
    const message = `'${other.name}' sends adverts every ${here} s, on ${oneNode.label} every ${there} s`;
    report(other.node.place('advert_int'), message);
  },
);
