/** What the arguments in the manual page's synopses may be: a few plausible texts for each. */

const ADDRESSES = ['192.168.200.21', '2001:db8::21'];

/** By what the page calls the argument. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  BOOL: ['on', 'no', 'true', 'false'],
  TIMER: ['3', '2.5'],
  SECS: ['3'],
  SECONDS: ['10'],
  DECIMAL: ['20', '0.5'],
  INTEGER: ['1', '20'],
  INT: ['10'],
  INTERGER: ['0'],
  NUM: ['2'],
  NUMBER: ['1000'],
  BITS: ['IWGRP|IWOTH'],
  UNSIGNED_INT: ['17'],
  BYTES: ['500000'],
  PORT: ['8080'],
  LEN: ['1000'],
  TTL: ['10'],
  SYNC_ID: ['7'],
  PRIORITY: ['-10'],
  LEVEL: ['1'],
  VALUE: ['4'],
  OFFSET: ['10'],
  START: ['1'],
  MAX: ['1000'],
  IPADDR: ADDRESSES,
  'IP ADDRESS': ADDRESSES,
  'IP ADDR': ['224.0.0.81'],
  IP_ADDRESS: ['192.168.200.5'],
  'IPADDR RANGE': ['192.168.200.21-30', '192.168.200.21-192.168.200.30'],
  MASK: ['24', '64'],
  NETMASK: ['255.255.255.0', '24'],
  MULTICAST_IPADDR: ['224.0.0.20'],
  MAC_ADDRESS: ['00:11:22:33:44:55'],
  SCOPE: ['global', 'link'],
  LABEL: ['eth0:1'],
  GROUP: ['GROUP1'],
  nn: ['100'],
  INTERFACE: ['eth0'],
  INTERFACE_NAME: ['ipvlan7'],
  VMAC_INTERFACE_NAME: ['vrrp7'],
  VRF_IF: ['eth1'],
  IFNAME: ['eth0'],
  ifname: ['eth0'],
  ifname2: ['eth1'],
  down_delay: ['1', '0.5'],
  up_delay: ['0', '2.5'],
  VRRP_INSTANCE: ['VI_1'],
  SCRIPT_NAME: ['script_1'],
  USERNAME: ['root'],
  username: ['root'],
  GROUPNAME: ['root'],
  groupname: ['root'],
  QUOTED_STRING: ['"/usr/bin/true a b"'],
  'QUOTED-STRING': ['"/usr/bin/true a b"'],
  STRING: ['name_1'],
  NAME: ['name_1'],
  TABLENAME: ['table_1'],
  SERVICE_NAME: ['org.example.Vrrp1'],
  FIFO_NAME: ['/tmp/relived-no-such-fifo'],
  DIRECTORY: ['/tmp'],
  FILENAME: ['no-such-file.conf'],
  LOG_FILE: ['/tmp/relived-no-such-log'],
  'ABSOLUTE-PATHNAME-OF-FILE': ['/tmp/relived-no-such-file'],
  HEX_STR: ['Ab12f 3 456 546443123', '00ff'],
  PROTOCOL: ['1.0', '1.1'],
  OPTIONS: ['caseless', 'multiline'],
  'delay in usecs': ['2000000'],
  CHECKER_TYPE: ['TCP_CHECK'],
};

/** Where the general texts would not do: by keyword. */
const BY_KEYWORD: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  include_check: { OPTIONS: ['readable match', '+match -wildcard_match', 'brace_match'] },
  startup_script: { SCRIPT_NAME: ['/usr/bin/true', '"/usr/bin/true a"'] },
  shutdown_script: { SCRIPT_NAME: ['/usr/bin/true', '"/usr/bin/true a"'] },
  digest: { STRING: ['640205b7b0fc66c1ea91c463fac6334d'] },
  path: { STRING: ['/', '/a/b?c=d'] },
  type: { STRING: ['A', 'SOA', 'mx'] },
  name: { STRING: ['bfd_1', 'example.com'] },
  status_code: { 'INTEGER|RANGE': ['200', '200-204'] },
  multiplier: { INTEGER: ['1', '255'] },
  file: { QUOTED_STRING: ['"/tmp/relived-no-such-track-file"'] },
  misc_path: { STRING: ['/usr/bin/true'] },
  script: { STRING: ['/usr/bin/true'], 'QUOTED-STRING': ['"/usr/bin/true a b"'] },
  user: { USERNAME: ['root', 'no_such_user'] },
  ttl: { INTEGER: ['1', '255'] },
  hoplimit: { INTEGER: ['1', '255'] },
  max_hops: { INTEGER: ['0', '255'] },
  password: { STRING: ['sesame'] },
  umask: { NUMBER: ['022', '0x12'] },
  rise: { INTEGER: ['1', '3'] },
  fwmark: { INTEGER: ['1', '4294967295'] },
  interface: { STRING: ['eth0'] },
  track_file: { STRING: ['file_1'] },
  vrrp_rx_bufs_policy: { NUMBER: ['3000'] },
};

/** Names in lists, by the block that lists them. */
const BY_BLOCK: Readonly<Record<string, readonly string[]>> = {
  track_script: ['script_1'],
  track_file: ['file_1'],
  track_process: ['process_1'],
  track_bfd: ['bfd_1'],
  group: ['VI_1', 'VI_2'],
  interfaces: ['eth0', 'eth1'],
};

/** Scripts are what the page calls STRING behind these. */
const SCRIPTS = /notify|^quorum_(up|down)$/;

/** Texts for an argument as the page writes it (`<STRING>`, `SECS`, `<-253..253>`) in a synopsis. */
export function argumentTexts(
  argument: string,
  path: readonly string[],
  synopsis: string,
): readonly string[] {
  const name = argument.replaceAll(/^<|>$/g, '').trim();
  const [keyword = ''] = synopsis.split(' ');
  const special = BY_KEYWORD[keyword]?.[name];
  if (special !== undefined) return special;
  if (SCRIPTS.test(keyword) && name === 'STRING') return ['/usr/bin/true'];
  const listed = BY_BLOCK[path.at(-1) ?? ''];
  if (listed !== undefined && keyword.startsWith('<') && !/[0-9]/.test(name)) return listed;
  const range = /(-?[0-9]+)\s*(?:\.\.|:|-|to|or)\s*(-?[0-9]+)/.exec(name);
  if (range !== null) return [range[1] ?? '', range[2] ?? ''];
  if (name.startsWith('>=') || argument.startsWith('>=')) return [argument.replace('>=', '')];
  return TEXTS[name] ?? [name];
}
