import { Secret } from '../../secret.ts';
import { blocksOf, type Instance } from '../facts.ts';
import { pairRule } from '../rule.ts';

export const AUTHENTICATION_DIFFERS = pairRule(
  {
    code: 'authentication-differs',
    title: 'different authentication',
    why: 'Adverts that do not authenticate are dropped: both become master.',
  },
  ({ one, other, oneNode }, report) => {
    if (one.version !== 2 || other.version !== 2) return;
    const [here, there] = [setting(other, 'auth_type'), setting(one, 'auth_type')];
    const block = blocksOf(other.node, 'authentication').at(-1);
    const place = block?.place('auth_type') ?? other.node.origin;
    if (here !== there) {
      const message = `'${other.name}' has authentication ${here ?? 'none'}, on ${oneNode.label} ${there ?? 'none'}`;
      report(place, message);
    } else if (here !== null && secretsDiffer(one, other)) {
      report(place, `'${other.name}' has another auth_pass than on ${oneNode.label}`);
    }
  },
);

function setting({ node }: Instance, keyword: string): string | null {
  const value = blocksOf(node, 'authentication').at(-1)?.value(keyword);
  return value instanceof Secret ? value.reveal() : typeof value === 'string' ? value : null;
}

/** Eight characters count. */
function secretsDiffer(one: Instance, other: Instance): boolean {
  const [a, b] = [one, other].map((instance) => setting(instance, 'auth_pass')?.slice(0, 8));
  return a !== b;
}
