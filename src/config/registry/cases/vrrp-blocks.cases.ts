import type { BlockCases } from './cases.ts';

function instance(name: string, more = ''): string {
  return `vrrp_instance ${name} {
    interface eth0
    virtual_router_id ${name === 'A' ? 1 : 2}
    virtual_ipaddress { 192.0.2.1 }
    ${more}
  }`;
}

const MEMBERS = `${instance('A')}\n${instance('B')}`;
const SCRIPT = '{"command":["/bin/true","a"],"user":null,"group":null}';
const INTERVAL_ROWS = (keyword: string): string => `
${keyword} | 0.001 | 1000 | 1000000 | 0 | value-corrected
${keyword} | 4294 | 4294000000 | 1000000 | 4294.1 | number-out-of-range
${keyword} | 1.5 | 1500000 | 1000000 | x | invalid-number
`;
const weightRows = (limit: number, byDefault: number): string => `
weight | ${limit} | {"value":${limit},"reverse":false} | {"value":${byDefault},"reverse":false} | ${limit + 1} | number-out-of-range
weight | -${limit} reverse | {"value":-${limit},"reverse":true} | {"value":${byDefault},"reverse":false} | -${limit + 1} | number-out-of-range
`;
const delayRows = (keyword: string, byDefault: string): string => `
${keyword} | 0.000001 | 1 | ${byDefault} | 0 | number-out-of-range
${keyword} | 3600 | 3600000000 | ${byDefault} | 3600.1 | number-out-of-range
`;

const one = (rows: string): string => rows.replaceAll(/\n+/g, '\n');

export const CASES: readonly BlockCases[] = [
  {
    block: 'vrrp_sync_group',
    wrap: (line) =>
      `${MEMBERS}\nvrrp_sync_group G { ${line.startsWith('group ') ? '' : 'group { A B }'}\n${line}\n}`,
    find: (tree) => tree.vrrp_sync_group[0],
    also: { global_tracking: ['deprecated-keyword'] },
    rows: `
group | { A B } | [["A","B"]] | [["A","B"]] | { A Z } | unknown-member
group | { A B } | [["A","B"]] | [["A","B"]] | { } | sync-group-empty
track_interface | { eth1 } | [{"name":"eth1","weight":{"value":0,"reverse":false}}] | [] | x { } | extra-word
track_script | { } | [] | [] | { none } | unknown-tracked
track_file | { } | [] | [] | { none } | unknown-tracked
track_process | { } | [] | [] | { none } | unknown-tracked
track_bfd | { } | [] | [] | { none } | unknown-tracked
notify_backup | "/bin/true a" | ${SCRIPT} | null | | missing-parameter
notify_master | "/bin/true a" | ${SCRIPT} | null | | missing-parameter
notify_fault | "/bin/true a" | ${SCRIPT} | null | | missing-parameter
notify_stop | "/bin/true a" | ${SCRIPT} | null | | missing-parameter
notify | "/bin/true a" | ${SCRIPT} | null | | missing-parameter
smtp_alert | on | true | false | maybe | invalid-boolean
notify_priority_changes | on | true | false | maybe | invalid-boolean
sync_group_tracking_weight | | true | false | x | extra-word
global_tracking | | true | false | x | extra-word
`,
  },
  {
    block: 'vrrp_script',
    wrap: (line) =>
      `vrrp_script s { ${/^script ./.test(line) ? '' : 'script /bin/true'}\n${line}\n}
      ${instance('A', 'track_script { s }')}`,
    find: (tree) => tree.vrrp_script[0],
    rows: one(`
script | "/bin/true a" | ${SCRIPT} | {"command":["/bin/true"],"user":null,"group":null} | | missing-parameter
${INTERVAL_ROWS('interval')}
${INTERVAL_ROWS('timeout')}
${weightRows(253, 0)}
rise | 1 | 1 | 1 | 0 | number-out-of-range
rise | 2147483647 | 2147483647 | 1 | 2147483648 | number-out-of-range
fall | 1 | 1 | 1 | 0 | number-out-of-range
fall | 2147483647 | 2147483647 | 1 | 2147483648 | number-out-of-range
user | nobody nogroup | {"user":"nobody","group":"nogroup"} | null | | missing-parameter
init_fail | | true | false | x | extra-word
`),
  },
  {
    block: 'vrrp_track_process',
    wrap: (line) => `vrrp_track_process p { ${/^process ./.test(line) ? '' : 'process sleep'}\n${line}\n}`,
    find: (tree) => tree.vrrp_track_process[0],
    rows: one(`
process | /bin/sleep 5 | ["/bin/sleep","5"] | ["sleep"] | | missing-parameter
param_match | | "exact" | null | some | invalid-choice
param_match | initial | "initial" | null | some | invalid-choice
param_match | partial | "partial" | null | some | invalid-choice
${weightRows(254, 0)}
quorum | 1 | 1 | 1 | 0 | number-out-of-range
quorum | 65535 | 65535 | 1 | 65536 | number-out-of-range
quorum_max | 0 | 0 | null | -1 | number-out-of-range
quorum_max | 65535 | 65535 | null | 65536 | number-out-of-range
${delayRows('delay', 'null')}
${delayRows('terminate_delay', '0')}
${delayRows('fork_delay', '0')}
full_command | | true | false | x | extra-word
`),
  },
  {
    block: 'track_file',
    wrap: (line) => `track_file f { ${/^file ./.test(line) ? '' : 'file /run/f'}\n${line}\n}`,
    find: (tree) => tree.track_file[0],
    rows: one(`
file | "/run/a b" | "/run/a b" | "/run/f" | | missing-parameter
${weightRows(254, 1)}
init_file | | {"value":0,"overwrite":false} | null | x | invalid-choice
init_file | -254 overwrite | {"value":-254,"overwrite":true} | null | -255 | number-out-of-range
init_file | overwrite 254 | {"value":254,"overwrite":true} | null | 255 | number-out-of-range
`),
  },
  {
    block: 'bfd_instance',
    wrap: (line) =>
      `bfd_instance b { ${/^neighbou?r_ip ./.test(line) ? '' : 'neighbor_ip 192.0.2.9'}\n${line}\n}`,
    find: (tree) => tree.bfd_instance[0],
    rows: one(`
neighbor_ip | 2001:DB8::1 | "2001:db8::1" | "192.0.2.9" | 192.0.2.300 | invalid-address
neighbour_ip | 192.0.2.4 | "192.0.2.4" | "192.0.2.9" | x | invalid-address
source_ip | 192.0.2.4 | "192.0.2.4" | null | 2001:db8::1 | bfd-ignored
min_rx | 1 | 1000 | 10000 | 0.9 | number-out-of-range
min_rx | 4294967 | 4294967000 | 10000 | 4294968 | number-out-of-range
min_tx | 1.001 | 1001 | 10000 | 1.0005 | number-rounded
min_tx | 4294967 | 4294967000 | 10000 | 4294967.001 | number-out-of-range
idle_tx | 1000 | 1000000 | 1000000 | 999 | number-out-of-range
idle_tx | 4294967 | 4294967000 | 1000000 | 4294968 | number-out-of-range
multiplier | 1 | 1 | 5 | 0 | number-out-of-range
multiplier | 255 | 255 | 5 | 256 | number-out-of-range
passive | | true | false | x | extra-word
ttl | 1 | 1 | 255 | 0 | number-out-of-range
ttl | 255 | 255 | 255 | 256 | number-out-of-range
hoplimit | 9 | 9 | 255 | 256 | number-out-of-range
max_hops | -1 | 255 | 0 | -2 | number-out-of-range
max_hops | 255 | 255 | 0 | 256 | number-out-of-range
multihop | yes | true | false | maybe | invalid-boolean
${weightRows(253, 0)}
vrrp | | true | true | x | extra-word
checker | | true | true | x | extra-word
`),
  },
  {
    block: 'bfd_instance',
    wrap: (line) => `bfd_instance b { neighbor_ip 2001:db8::9\n${line}\n}`,
    find: (tree) => tree.bfd_instance[0],
    rows: `
ttl | 5 | 5 | 64 | 0 | number-out-of-range
max_hops | 64 | 64 | 0 | 65 | value-corrected
`,
  },
  {
    block: 'track_group',
    // A group without members is left out.
    wrap: (line) => `track_group T { ${line || 'group { B }'}\n}\n${MEMBERS}`,
    find: (tree) => tree.track_group[0],
    rows: `
group | { A B } | [["A","B"]] | [["B"]] | { Z } | unknown-member
`,
  },
  {
    block: 'garp_group',
    wrap: (line) => `garp_group { ${/^g\w+_interval ./.test(line) ? '' : 'gna_interval 1'}\n${line}\n}`,
    find: (tree) => tree.garp_group[0],
    rows: `
garp_interval | 0.000001 | 1 | 0 | -1 | invalid-number
garp_interval | 4294.967295 | 4294967295 | 0 | 4294.967296 | number-out-of-range
gna_interval | 0 | 0 | 1000000 | x | invalid-number
gna_interval | 4294.967295 | 4294967295 | 1000000 | 4294.967296 | number-out-of-range
interface | eth0 | ["eth0"] | [] | | missing-parameter
interfaces | { eth0 eth1 } | [["eth0","eth1"]] | [] | { eth0 eth0 } | garp-group-interface
`,
  },
];
