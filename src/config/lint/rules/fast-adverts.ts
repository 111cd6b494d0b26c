import { instanceRule } from '../rule.ts';

const SHORTEST_US = 100_000;

export const FAST_ADVERTS = instanceRule(
  {
    code: 'fast-adverts',
    title: 'adverts more often than every 0.1 s',
    why: 'The backup takes over after three missed adverts: a pause of the machine (a backup, a migration) of less than 0.3 s is then a failover.',
  },
  ({ node, name, version, advertIntervalUs }, report) => {
    if (version !== 3 || advertIntervalUs >= SHORTEST_US) return;
    const pause = (3 * advertIntervalUs) / 1_000_000;
    report(node.place('advert_int'), `'${name}' loses its addresses when the machine pauses for ${pause} s`);
  },
);
