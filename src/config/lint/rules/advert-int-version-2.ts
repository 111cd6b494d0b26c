import { instanceRule } from '../rule.ts';

export const ADVERT_INT_VERSION_2 = instanceRule(
  {
    code: 'advert-int-version-2',
    title: 'advert_int of less than a second with version 2',
    why: 'Version 2 counts whole seconds: the failover takes more than three seconds where the file promises a fraction of one.',
  },
  ({ node, name, version }, report) => {
    const written = node.given('advert_int').findLast(({ value }) => typeof value === 'number')?.value;
    if (version !== 2 || typeof written !== 'number' || written >= 1_000_000) return;
    report(
      node.place('advert_int'),
      `'${name}' asks for ${written / 1_000_000} s, version 2 has whole seconds`,
      'version 3',
    );
  },
);
