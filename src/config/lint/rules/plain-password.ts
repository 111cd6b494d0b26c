import { blocksOf } from '../facts.ts';
import { instanceRule } from '../rule.ts';

export const PLAIN_PASSWORD = instanceRule(
  {
    code: 'plain-password',
    title: 'a password that anyone on the network can read',
    why: 'Every advert carries it in the clear. It catches a wrong VRID; it keeps nobody out.',
  },
  ({ node, name, version }, report) => {
    const block = blocksOf(node, 'authentication').at(-1);
    if (version !== 2 || block?.value('auth_type') !== 'PASS') return;
    report(
      block.place('auth_type'),
      `'${name}' sends its password in the clear`,
      'auth_hmac, or a network of its own',
    );
  },
);
