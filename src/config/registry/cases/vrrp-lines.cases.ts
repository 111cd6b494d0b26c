import type { ConfigTree } from '../../model.ts';
import type { BlockCases } from './cases.ts';

const SUPPORT = `
vrrp_script s { script /bin/true }
track_file f { file /run/f }
vrrp_track_process p { process sleep }
bfd_instance b { neighbor_ip 192.0.2.77 }
track_group T { group { A } }
`;
const USES = 'track_script { s }';

function instance(name: string, more: string): string {
  return `vrrp_instance ${name} {
    interface eth0
    virtual_router_id ${name === 'A' ? 1 : 2}
    virtual_ipaddress { 192.0.2.1 }
    ${more}
  }`;
}

const IPV4_ROWS = `
dev | eth1 | "eth1" | null | eth1 dev eth0 | repeated-option
scope | link | 253 | 0 | everywhere | unknown-scope
scope | 255 | 255 | 0 | 256 | unknown-scope
broadcast | + | "+" | null | 192.0.2.300 | invalid-address
broadcast | 192.0.2.255 | "192.0.2.255" | null | | missing-parameter
brd | - | "-" | null | - peer 192.0.2.9 | address-option
label | eth0:vip | "eth0:vip" | null | abcdefghijklmnop | label-too-long
peer | 192.0.2.9/28 | {"address":"192.0.2.9","family":"inet","prefixLength":28} | null | 2001:db8::1 | address-option
home | | true | false | foo | unknown-option
-nodad | | true | false | foo | unknown-option
mngtmpaddr | | true | false | foo | unknown-option
autojoin | | true | false | foo | unknown-option
noprefixroute | | true | false | foo | unknown-option
no_track | | true | false | foo | unknown-option
preferred_lft | 0 | 0 | "forever" | -1 | number-out-of-range
preferred_lft | 4294967295 | 4294967295000000 | "forever" | 4294967296 | number-out-of-range
preferred_lft | forever | "forever" | "forever" | ever | invalid-number
`;
const VIRTUAL_ROWS = `${IPV4_ROWS}use_vmac | | true | false | foo | unknown-option\n`;

const ALSO: BlockCases['also'] = {};

function weightRows(limit: 253 | 254, lowered: boolean, byDefault: number): string {
  const start = JSON.stringify({ value: byDefault, reverse: false });
  const outside = lowered ? '255 | number-out-of-range' : `${limit + 1} | number-out-of-range`;
  const corrected = lowered ? '-254 | value-corrected' : `-${limit + 1} | number-out-of-range`;
  return `
weight | ${limit} | {"value":${limit},"reverse":false} | ${start} | ${outside}
weight | -${limit} | {"value":-${limit},"reverse":false} | ${start} | ${corrected}
weight | 5 reverse | {"value":5,"reverse":true} | ${start} | | missing-parameter
weight | 5 reverse | {"value":5,"reverse":true} | ${start} | 5 backwards | unknown-option
`;
}

const TRACKED = [
  ['track_interface', 'eth1', weightRows(253, true, 0)],
  ['track_script', 's', weightRows(253, true, 0)],
  ['track_file', 'f', weightRows(254, false, 1)],
  ['track_process', 'p', weightRows(254, false, 0)],
  ['track_bfd', 'b', weightRows(253, false, 0)],
] as const;

function trackCases(holder: 'vrrp_instance' | 'vrrp_sync_group'): BlockCases[] {
  return TRACKED.map(([keyword, name, rows]) => ({
    block: `${holder}/${keyword}`,
    wrap: (line: string) => {
      const track = `${keyword} { ${name} ${line}\n }\n${keyword === 'track_script' ? '' : USES}`;
      const group = `vrrp_sync_group G { group { A B }\n ${track} }`;
      const members = `${instance('A', '')}\n${instance('B', '')}`;
      return `${SUPPORT}\n${holder === 'vrrp_instance' ? instance('A', track) : `${members}\n${group}`}`;
    },
    find: (tree: ConfigTree) => tree[holder][0]?.[keyword][0],
    rows,
  }));
}

export const CASES: readonly BlockCases[] = [
  {
    block: 'vrrp_instance/virtual_ipaddress',
    wrap: (line) => `vrrp_instance A {
      interface eth0
      virtual_router_id 1
      virtual_ipaddress { 192.0.2.7/24 ${line}\n 192.0.2.8 }
    }`,
    find: (tree) => tree.vrrp_instance[0]?.virtual_ipaddress[0],
    also: ALSO,
    rows: VIRTUAL_ROWS,
  },
  {
    block: 'vrrp_instance/virtual_ipaddress_excluded',
    wrap: (line) => instance('A', `virtual_ipaddress_excluded { 192.0.2.7/24 ${line}\n }`),
    find: (tree) => tree.vrrp_instance[0]?.virtual_ipaddress_excluded[0],
    also: ALSO,
    rows: VIRTUAL_ROWS,
  },
  {
    block: 'vrrp_instance/virtual_ipaddress_excluded',
    wrap: (line) => instance('A', `virtual_ipaddress_excluded { 2001:db8::1 ${line}\n }`),
    find: (tree) => tree.vrrp_instance[0]?.virtual_ipaddress_excluded[0],
    also: ALSO,
    rows: `
dev | eth1 | "eth1" | null | eth1 broadcast + | address-option
preferred_lft | 0 | 0 | 0 | x | invalid-number
preferred_lft | forever | "forever" | 0 | forever label l | address-option
home | | true | false | scope link | address-option
`,
  },
  {
    block: 'static_ipaddress',
    wrap: (line) => `track_group T { group { A } }
    ${instance('A', '')}
    static_ipaddress { 192.0.2.7/24 ${line}\n }`,
    find: (tree) => tree.static_ipaddress[0],
    also: { ...ALSO, peer: [], noprefixroute: [] },
    rows: `${IPV4_ROWS.replace('dev | eth1 | "eth1" | null', 'dev | eth1 | "eth1" | "eth0"')}
track_group | T | "T" | null | U | unknown-track-group
`.replaceAll('\n\n', '\n'),
  },
  {
    block: 'vrrp_instance/unicast_peer',
    wrap: (line) => instance('A', `unicast_peer { 192.0.2.9 ${line}\n }`),
    find: (tree) => tree.vrrp_instance[0]?.unicast_peer[0],
    rows: `
min_ttl | 0 | 0 | 0 | -1 | number-out-of-range
min_ttl | 255 | 255 | 0 | 256 | number-out-of-range
max_ttl | 0 | 0 | 255 | 0 min_ttl 1 | ttl-limits
max_ttl | 255 | 255 | 255 | 256 | number-out-of-range
`,
  },
  ...trackCases('vrrp_instance'),
  ...trackCases('vrrp_sync_group'),
];
