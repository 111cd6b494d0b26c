import type { BlockCases } from './cases.ts';

export const CASES: readonly BlockCases[] = [
  {
    block: 'vrrp_instance/authentication',
    wrap: (line) => `vrrp_instance A {
    interface eth0
    virtual_router_id 1
    virtual_ipaddress { 192.0.2.1 }
    authentication {
      ${line}
    }
  }`,
    find: (tree) => tree.vrrp_instance[0]?.authentication[0],
    also: { auth_type: ['unsupported-keyword'] },
    rows: `
auth_type | PASS | "PASS" | null | DSA | invalid-choice
auth_type | AH | "AH" | null | | missing-parameter
auth_pass | s3cret | "s3cret" | null | | missing-parameter
`,
  },
];
