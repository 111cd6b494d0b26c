import type { ConfigTree } from '../../model.ts';
import type { RuleEntry } from '../routes/rule-line.ts';
import type { BlockCases } from './cases.ts';

/** Options behind `preference 1 iif eth0` and with the action that fits them; without any, the action is table 9. */
const ROWS = `
inet | x table 5 | true | true | x to ::1 table 5 | family-mismatch
inet6 | x table 5 | true | false | x to 10.0.0.1 table 5 | family-mismatch
from | 10.0.0.1/8 table 5 | "10.0.0.1/8" | "default" | x table 5 | invalid-address
from | all table 5 | "default" | "default" | 10.0.0.1/33 table 5 | invalid-prefix
to | ::1 table 5 | "::1/128" | "default" | default6 table 5 | invalid-address
to | 10.0.0.1 table 5 | "10.0.0.1/32" | "default" | 10.0.0.1 from ::1 table 5 | family-mismatch
table | 1 | 1 | 9 | 0 | number-out-of-range
table | 4294967295 | 4294967295 | 9 | 4294967296 | number-out-of-range
table | main | 254 | 9 | -1 | unknown-name
lookup | 5 | 5 | 9 | | missing-parameter
not | table 5 | true | false | | missing-action
preference | 0 table 5 | 0 | 1 | -1 table 5 | number-out-of-range
preference | 4294967295 table 5 | 4294967295 | 1 | 4294967296 table 5 | number-out-of-range
order | 0x10 table 5 | 16 | 1 | x table 5 | invalid-number
priority | 010 table 5 | 8 | 1 | | missing-parameter
tos | 0 table 5 | 0 | 0 | 256 table 5 | number-out-of-range
tos | 255 table 5 | 255 | 0 | -1 table 5 | unknown-name
dsfield | 0xff table 5 | 255 | 0 | | missing-parameter
fwmark | 0 table 5 | {"mark":0,"mask":4294967295} | null | x table 5 | invalid-number
fwmark | 4294967295/0xff table 5 | {"mark":4294967295,"mask":255} | null | 4294967296 table 5 | number-out-of-range
fwmark | 5/ table 5 | {"mark":5,"mask":4294967295} | null | 5/x table 5 | invalid-number
realms | 5/6 table 5 | {"from":5,"to":6} | null | 5 nop | conflicting-options
realms | 255 table 5 | {"from":0,"to":255} | null | 256 table 5 | unknown-name
realms | 0 table 5 | {"from":0,"to":0} | null | 5 to ::1 table 5 | family-mismatch
suppress_prefixlength | 0 table 5 | 0 | null | -1 table 5 | number-out-of-range
suppress_prefixlength | 2147483647 table 5 | 2147483647 | null | 2147483648 table 5 | number-out-of-range
sup_pl | 5 table 5 | 5 | null | 5 nop | conflicting-options
suppress_ifgroup | default table 5 | 0 | null | -1 table 5 | unknown-name
sup_group | 5 table 5 | 5 | null | 5 nop | conflicting-options
dev | eth1 table 5 | "eth1" | "eth0" | | missing-parameter
iif | eth1 table 5 | "eth1" | "eth0" | | missing-parameter
oif | eth1 table 5 | "eth1" | null | | missing-parameter
tunnel-id | 0 table 5 | "0" | null | x table 5 | invalid-number
tunnel-id | 18446744073709551615 table 5 | "18446744073709551615" | null | 18446744073709551616 table 5 | number-out-of-range
uidrange | 0-4294967295 table 5 | {"from":0,"to":4294967295} | null | 5 table 5 | invalid-range
uidrange | 6-5 table 5 | {"from":6,"to":5} | null | 0-4294967296 table 5 | number-out-of-range
l3mdev | | true | false | table 5 | conflicting-options
protocol | 0 no_track table 5 | 0 | 18 | -1 table 5 | number-out-of-range
protocol | 255 no_track table 5 | 255 | 18 | 256 table 5 | number-out-of-range
protocol | 18 table 5 | 18 | 18 | 4 table 5 | value-corrected
ipproto | tcp table 5 | 6 | null | x table 5 | invalid-choice
ipproto | 0 table 5 | 0 | null | -1 table 5 | invalid-choice
ipproto | 255 table 5 | 255 | null | 256 table 5 | invalid-choice
sport | 0-65535 table 5 | {"from":0,"to":65535} | null | 80 table 5 | invalid-range
sport | 80-80 table 5 | {"from":80,"to":80} | null | 0-65536 table 5 | number-out-of-range
dport | 0-65535 table 5 | {"from":0,"to":65535} | null | 80 table 5 | invalid-range
dport | 80-80 table 5 | {"from":80,"to":80} | null | 80-x table 5 | invalid-range
no_track | table 5 | true | false | x table 5 | unknown-option
type | nop | "nop" | "table" | table 5 | unknown-option
type | blackhole | "blackhole" | "table" | | missing-parameter
goto | 2 | 2 | null | 1 | number-out-of-range
goto | 4294967295 | 4294967295 | null | 4294967296 | number-out-of-range
nop | | true | false | goto 5 | conflicting-options
blackhole | | true | false | nop | conflicting-options
prohibit | | true | false | blackhole | conflicting-options
unreachable | | true | false | prohibit | conflicting-options
`;

function rules(
  block: string,
  around: (line: string) => string,
  find: BlockCases['find'],
  more = '',
): BlockCases {
  return {
    block,
    wrap: (line) => around(`preference 1 iif eth0 ${line === '' ? 'table 9' : line}`),
    find,
    also: { inet: ['extra-word'], inet6: ['extra-word'] },
    rows: ROWS + more,
  };
}

/** What the words of a family, and the one before an action, have told. */
function told(entry: RuleEntry | undefined): unknown {
  return {
    ...entry,
    inet: entry?.family === 'inet',
    inet6: entry?.family === 'inet6',
    type: entry?.action,
  };
}

const instance = (lines: string): string =>
  `vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n192.0.2.1\n}\n${lines}\n}`;

const group = 'track_group g {\ngroup {\nA\n}\n}\n';

export const CASES: readonly BlockCases[] = [
  rules(
    'vrrp_instance/virtual_rules',
    (line) => instance(`virtual_rules {\n${line}\n}`),
    (tree: ConfigTree) => told(tree.vrrp_instance[0]?.virtual_rules[0]),
  ),
  rules(
    'static_rules',
    (line) => `${group}static_rules {\n${line}\n}\n${instance('')}`,
    (tree: ConfigTree) => told(tree.static_rules[0]),
    'track_group | g table 5 | "g" | null | h table 5 | unknown-track-group\n',
  ),
];
