/** Configurations in which a single line is the only thing in question: everything it needs stands around it. */

/** Things that lines refer to by name; each is there only where its name is used, for unused ones are complained of. */
const DEFINITIONS: Readonly<Record<string, string>> = {
  script_1: 'vrrp_script script_1 {\nscript "/usr/bin/true"\ninterval 2\n}',
  file_1: 'track_file file_1 {\nfile "/tmp/relived-no-such-track-file"\n}',
  process_1: 'vrrp_track_process process_1 {\nprocess sshd\n}',
  bfd_1: 'bfd_instance bfd_1 {\nneighbor_ip 192.168.200.9\nsource_ip 192.168.200.8\n}',
  GROUP1: 'track_group GROUP1 {\ngroup {\nVI_1\n}\n}',
};

const INSTANCE = (name: string, vrid: number): string =>
  `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${vrid}\nvirtual_ipaddress {\n192.168.200.${vrid}/24\n}\n}`;

/** Blocks by the keywords that lead to them; `@` is the place of the line, or of a block further in. */
const BLOCKS: Readonly<Record<string, string>> = {
  '': '@',
  vrrp_instance:
    'vrrp_instance VI_0 {\ninterface eth0\nvirtual_router_id 50\npriority 100\nvirtual_ipaddress { 192.168.200.50/24 }\n@\n}',
  vrrp_sync_group: 'vrrp_sync_group VG_1 {\ngroup { VI_1 VI_2 }\n@\n}',
  'vrrp_sync_group/group': 'vrrp_sync_group VG_1 {\ngroup {\nVI_1\nVI_2\n@\n}\n}',
  track_group: 'track_group GROUP2 {\n@\n}',
  vrrp_script: `vrrp_script script_2 {\nscript "/usr/bin/true"\n@\n}\nvrrp_instance VI_0 {\ninterface eth0\nvirtual_router_id 50\nvirtual_ipaddress { 192.168.200.50/24 }\ntrack_script {\nscript_2\n}\n}`,
  track_file: `track_file file_2 {\nfile "/tmp/relived-no-such-track-file"\n@\n}\nvrrp_instance VI_0 {\ninterface eth0\nvirtual_router_id 50\nvirtual_ipaddress { 192.168.200.50/24 }\ntrack_file {\nfile_2\n}\n}`,
  vrrp_track_process: `vrrp_track_process process_2 {\nprocess sshd\n@\n}\nvrrp_instance VI_0 {\ninterface eth0\nvirtual_router_id 50\nvirtual_ipaddress { 192.168.200.50/24 }\ntrack_process {\nprocess_2\n}\n}`,
  bfd_instance: 'bfd_instance bfd_2 {\nneighbor_ip 192.168.200.7\nsource_ip 192.168.200.6\n@\n}',
  garp_group: 'garp_group {\ngarp_interval 0.1\ninterface eth0\n@\n}',
  virtual_server_group: `virtual_server_group group_1 {\n@\n}\nvirtual_server group group_1 {\nlvs_sched wlc\nlvs_method NAT\nprotocol TCP\nreal_server 192.168.201.100 80 {\nweight 1\n}\n}`,
  virtual_server:
    'virtual_server 192.168.200.100 80 {\ndelay_loop 6\nlvs_sched wlc\nlvs_method NAT\nprotocol TCP\n@\nreal_server 192.168.201.100 80 {\nweight 1\nTCP_CHECK { connect_timeout 3 }\n}\n}',
  'virtual_server/real_server':
    'virtual_server 192.168.200.100 80 {\nlvs_sched wlc\nlvs_method NAT\nprotocol TCP\nreal_server 192.168.201.100 80 {\n@\n}\n}',
  'virtual_server/real_server/HTTP_GET': 'HTTP_GET {\nurl { path / }\n@\n}',
  'virtual_server/real_server/HTTP_GET/url': 'url {\npath /\nstatus_code 200\n@\n}',
  'virtual_server/real_server/SSL_GET': 'SSL_GET {\nurl { path / }\n@\n}',
  'virtual_server/real_server/MISC_CHECK': 'MISC_CHECK {\nmisc_path /usr/bin/true\n@\n}',
  'virtual_server/real_server/BFD_CHECK': 'BFD_CHECK {\nname bfd_1\n@\n}',
  'virtual_server/real_server/FILE_CHECK': 'FILE_CHECK {\ntrack_file file_1\n@\n}',
};

/** What a line needs beside it, before it, to be of use. */
const COMPANIONS: Readonly<Record<string, string>> = {
  unicast_src_ip: 'unicast_peer {\n192.168.200.2\n}',
  check_unicast_src: 'unicast_peer {\n192.168.200.2\n}',
  unicast_ttl: 'unicast_peer {\n192.168.200.2\n}',
  old_unicast_checksum: 'unicast_peer {\n192.168.200.2\n}',
  unicast_fault_no_peer: 'unicast_peer {\n192.168.200.2\n}',
  vmac_xmit_base: 'use_vmac',
  auth_type: 'auth_pass secret',
  auth_pass: 'auth_type PASS',
  interfaces: 'gna_interval 0.1',
  'sh-port': 'lvs_sched sh',
  'sh-fallback': 'lvs_sched sh',
  'mh-port': 'lvs_sched mh',
  'mh-fallback': 'lvs_sched mh',
  ops: 'protocol UDP',
  sorry_server_inhibit: 'sorry_server 192.168.200.99 80',
  sorry_server_lvs_method: 'sorry_server 192.168.200.99 80',
  hysteresis: 'quorum 1',
  nftables_priority: 'nftables',
  nftables_counters: 'nftables',
  nftables_ifindex: 'nftables',
  regex_no_match: 'regex abc',
  regex_options: 'regex abc',
  regex_stack: 'regex abc',
  regex_min_offset: 'regex abc',
  regex_max_offset: 'regex abc',
};

/** Without these lines every script is a violation of security, whatever else is said of it. */
const SCRIPTS_ALLOWED = 'global_defs {\nenable_script_security\nscript_user root\n}';

/** The page's stand-in for any checker. */
const CHECKERS = ['TCP_CHECK', 'HTTP_GET', 'PING_CHECK'];

/** Whole configurations with the line in its block: one, or one for each checker that the block stands for. */
export function surround(path: readonly string[], line: string): string[] {
  const paths = path.includes('CHECKER_TYPE')
    ? CHECKERS.map((checker) => path.map((word) => (word === 'CHECKER_TYPE' ? checker : word)))
    : [path];
  return paths.map((one) => complete(enclose(one, line)));
}

/** Innermost block first; a block of which nothing is needed holds the line alone. */
function enclose(path: readonly string[], line: string): string {
  const [keyword = ''] = line.split(' ');
  const companion = COMPANIONS[keyword];
  let text = companion === undefined ? line : `${companion}\n${line}`;
  for (let length = path.length; length > 0; length--) {
    const template = BLOCKS[path.slice(0, length).join('/')];
    const block = template ?? `${path[length - 1]} {\n@\n}`;
    text = insert(block, text);
    // These templates hold the block around them too.
    if (template?.startsWith(path[0] ?? '')) return text;
  }
  return text;
}

/** What the line itself says is not said beside it. */
function insert(template: string, text: string): string {
  const outside = text.replaceAll(/\{.*\}/gs, '').split('\n');
  const said = new Set(outside.map((line) => line.split(' ')[0]));
  const kept = template
    .split('\n')
    .filter((line) => line === '@' || line.endsWith('{') || !said.has(line.split(' ')[0]));
  return kept.join('\n').replace('@', () => text);
}

function complete(text: string): string {
  const used = Object.entries(DEFINITIONS).flatMap(([name, definition]) =>
    text.includes(name) ? [definition] : [],
  );
  const whole = [...used, text].join('\n');
  const instances = ['VI_1', 'VI_2'].flatMap((name, index) =>
    whole.includes(name) ? [INSTANCE(name, 51 + index)] : [],
  );
  const scripts = /script|notify|quorum_|misc_path/.test(whole) && !whole.includes('global_defs');
  return `${[...(scripts ? [SCRIPTS_ALLOWED] : []), ...used, ...instances, text].join('\n')}\n`;
}
