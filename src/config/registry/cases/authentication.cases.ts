import type { BlockCases } from './cases.ts';

export const CASES: readonly BlockCases[] = [
  {
    block: 'vrrp_instance/authentication',
    // A kind without its password is left out.
    wrap: (line) => `vrrp_instance A {
    interface eth0
    virtual_router_id 1
    virtual_ipaddress { 192.0.2.1 }
    authentication {
      ${line}
      ${line.startsWith('auth_type') ? 'auth_pass x' : ''}
    }
  }`,
    find: (tree) => tree.vrrp_instance[0]?.authentication[0],
    rows: `
auth_type | PASS | "PASS" | null | DSA | invalid-choice
auth_type | AH | "AH" | null | | missing-parameter
auth_pass | s3cret | "********" | null | | missing-parameter
auth_pass | 12345678 | "********" | null | 123456789 | password-truncated
`,
  },
  {
    block: 'vrrp_instance/auth_hmac',
    wrap: (line) => `vrrp_instance A {
    interface eth0
    virtual_router_id 1
    virtual_ipaddress { 192.0.2.1 }
    auth_hmac {
      ${/^key ./.test(line) ? '' : `key 1 ${'k'.repeat(32)}`}
      ${/^active_key ./.test(line) ? '' : 'active_key 1'}
      ${line}
    }
  }`,
    find: (tree) => tree.vrrp_instance[0]?.auth_hmac[0],
    rows: `
key | 1 ${'a'.repeat(32)} | [{"id":1,"form":"text","secret":"********"}] | [{"id":1,"form":"text","secret":"********"}] | 1 ${'a'.repeat(31)} | invalid-key
key | 1 ${'a'.repeat(64)} | [{"id":1,"form":"text","secret":"********"}] | [{"id":1,"form":"text","secret":"********"}] | 1 ${'a'.repeat(65)} | invalid-key
key | 1 hex:${'0f'.repeat(32)} | [{"id":1,"form":"hex","secret":"********"}] | [{"id":1,"form":"text","secret":"********"}] | 1 hex:${'0f'.repeat(31)}0 | invalid-key
key | 1 file:/etc/key | [{"id":1,"form":"file","secret":"********"}] | [{"id":1,"form":"text","secret":"********"}] | 256 ${'a'.repeat(32)} | number-out-of-range
active_key | 1 | 1 | 1 | 0 | number-out-of-range
active_key | 1 | 1 | 1 | 256 | number-out-of-range
time_window | 1 | 1000000 | 5000000 | 0 | number-out-of-range
time_window | 300 | 300000000 | 5000000 | 301 | number-out-of-range
anti_replay | monotonic | "monotonic" | "time" | never | invalid-choice
mode | permissive | "permissive" | "enforce" | sometimes | invalid-choice
mode | receive-only | "receive-only" | "enforce" | | missing-parameter
`,
  },
];
