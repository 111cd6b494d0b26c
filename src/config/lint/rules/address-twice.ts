import type { LintRule } from '../rule.ts';

export const ADDRESS_TWICE: LintRule = {
  code: 'address-twice',
  title: 'one address in two instances of a node',
  why: 'Whichever of the two becomes backup removes the address that the other still announces.',
  check: ({ nodes, report }) => {
    for (const { instances } of nodes) {
      const holders = new Map<string, string>();
      for (const { name, addresses } of instances) {
        for (const word of addresses) {
          const address = word.text.split('/', 1)[0] ?? '';
          const holder = holders.get(address);
          if (holder === undefined) holders.set(address, name);
          else if (holder !== name) report(word, `${address} is an address of '${holder}' already`);
        }
      }
    }
  },
};
