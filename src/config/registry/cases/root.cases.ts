import type { BlockCases } from './cases.ts';

export const CASES: readonly BlockCases[] = [
  {
    block: '',
    wrap: (line) => line,
    find: (tree) => tree,
    also: {
      namespace_with_ipsets: ['no-effect'],
      child_wait_time: ['no-effect'],
    },
    rows: `
net_namespace | red | "red" | null | | missing-parameter
net_namespace_ipvs | | "" | null | red blue | extra-word
net_namespace_ipvs | red | "red" | null | red blue | extra-word
namespace_with_ipsets | | true | false | x | extra-word
use_pid_dir | | true | false | x | extra-word
instance | second | "second" | null | | missing-parameter
child_wait_time | 0 | 0 | 5000000 | -1 | number-out-of-range
child_wait_time | 4294967295 | 4294967295000000 | 5000000 | 4294967296 | number-out-of-range
linkbeat_use_polling | | true | false | x | extra-word
`,
  },
];
