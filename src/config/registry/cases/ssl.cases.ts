import type { BlockCases } from './cases.ts';

export const CASES: readonly BlockCases[] = [
  {
    block: 'SSL',
    // The block itself is without effect, which is said in each of these.
    wrap: (line) => (line === '' ? 'SSL {\n}' : `SSL {\n${line}\n}`),
    find: (tree) => tree.SSL[0],
    rows: `
password | s3cret | "********" | null | | missing-parameter
ca | /etc/ca.pem | "/etc/ca.pem" | null | | missing-parameter
certificate | /etc/c.pem | "/etc/c.pem" | null | | missing-parameter
key | /etc/k.pem | "/etc/k.pem" | null | /etc/k.pem x | extra-word
`,
  },
];
