/** virtual_server and real_server. */
import type { ConfigTree } from '../../model.ts';
import { REAL_SERVER } from '../lvs/real-server.ts';
import type { BlockCases } from './cases.ts';

/** What some keywords need around them, so that nothing but the keyword itself decides. */
const NEEDS: Readonly<Record<string, string>> = {
  hysteresis: 'quorum 4294967295',
  ops: 'protocol UDP',
  hashed: 'lvs_sched sh',
  'sh-port': 'lvs_sched sh',
  'sh-fallback': 'lvs_sched sh',
  'mh-port': 'lvs_sched mh',
  'mh-fallback': 'lvs_sched mh',
  sorry_server_inhibit: 'sorry_server 192.0.2.9 80',
  sorry_server_lvs_method: 'sorry_server 192.0.2.9 80',
};

/** What FILE_CHECK and BFD_CHECK refer to. */
const DEFINED = `track_file load {
  file /run/load
}
track_file other {
  file /run/other
}
bfd_instance peer {
  neighbor_ip 192.0.2.9
}
`;

function virtualServer(line: string, inner = ''): string {
  return `${DEFINED}virtual_server 192.0.2.1 80 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    ${NEEDS[line.split(' ')[0] ?? ''] ?? ''}
    ${line}
    real_server 192.0.2.2 80 {
      weight 2147483647
      ${inner}
    }
    real_server 192.0.2.3 80 {
      weight 2147483647
    }
    real_server 192.0.2.4 80 {
      weight 1
    }
  }`;
}

/** Without the servers of `virtualServer`; those that are given, by their names. */
function findServer(tree: ConfigTree): unknown {
  const [server] = tree.virtual_server;
  return {
    ...server,
    real_server: server?.real_server.slice(0, -3).map(({ name }) => name),
    real_server_name: server?.real_server_name.map(({ name }) => name),
  };
}

/** Checkers by their number. */
function findRealServer(tree: ConfigTree): unknown {
  return byLength(tree.virtual_server[0]?.real_server[0]);
}

function byLength(real: object | undefined): unknown {
  return Object.fromEntries(
    Object.entries(real ?? {}).map(([keyword, value]) => [
      keyword,
      /^[A-Z]/.test(keyword) && Array.isArray(value) ? value.length : value,
    ]),
  );
}

/** Kinds of checkers that are not run yet. */
const NOT_RUN = Object.fromEntries(
  Object.entries(REAL_SERVER.keywords)
    .filter(([, { status }]) => status === 'refused')
    .map(([keyword]) => [keyword, ['unsupported-keyword']]),
);

const REAL_SERVER_ROWS = `
weight | 0 | 0 | 2147483647 | -1 | number-out-of-range
weight | 2147483647 | 2147483647 | 2147483647 | 2147483648 | number-out-of-range
lvs_method | DR | {"method":"DR","type":"ipip","port":null,"checksum":"nocsum"} | {"method":"NAT","type":"ipip","port":null,"checksum":"nocsum"} | dr | invalid-choice
uthreshold | 0 | 0 | 0 | -1 | number-out-of-range
uthreshold | 4294967295 | 4294967295 | 0 | 4294967296 | number-out-of-range
lthreshold | 0 | 0 | 0 | -1 | number-out-of-range
lthreshold | 4294967295 | 4294967295 | 0 | 4294967296 | number-out-of-range
inhibit_on_failure | on | true | false | maybe | invalid-boolean
notify_up | /bin/true | {"command":["/bin/true"],"user":null,"group":null} | null | | missing-parameter
notify_down | /bin/true | {"command":["/bin/true"],"user":null,"group":null} | null | | missing-parameter
alpha | | true | false | maybe | invalid-boolean
retry | 1 | 1 | null | 0 | number-out-of-range
retry | 4294967295 | 4294967295 | null | 4294967296 | number-out-of-range
delay_before_retry | 0 | 0 | null | -1 | invalid-number
warmup | 0 | 0 | null | -1 | invalid-number
connect_timeout | 0.000001 | 1 | 5000000 | 0 | number-out-of-range
connect_timeout | 4294.967295 | 4294967295 | 5000000 | 4294.967296 | number-out-of-range
delay_loop | 0.000001 | 1 | 60000000 | 0 | number-out-of-range
delay_loop_failing | 0.2 | 200000 | null | 0 | number-out-of-range
delay_loop_down | 300 | 300000000 | null | soon | invalid-number
smtp_alert | off | false | true | maybe | invalid-boolean
virtualhost | www.example.com | "www.example.com" | null | | missing-parameter
snmp_name | web | "web" | null | web one | extra-word
HTTP_GET | { url { path / } } | 1 | 0 | { } | no-url
SSL_GET | { url { path / } } | 1 | 0 | { url { } } | no-path
TCP_CHECK | { } | 1 | 0 | now { } | extra-word
AGENT_CHECK | { connect_port 9999 } | 1 | 0 | { } | no-agent-port
SMTP_CHECK | { } | 1 | 0 | now { } | extra-word
DNS_CHECK | { } | 1 | 0 | now { } | extra-word
MISC_CHECK | { misc_path /bin/true } | 1 | 0 | { } | no-misc-path
UDP_CHECK | { } | 1 | 0 | now { } | extra-word
PING_CHECK | { } | 1 | 0 | now { } | extra-word
GRPC_CHECK | { } | 1 | 0 | now { } | extra-word
FILE_CHECK | { track_file load } | 1 | 0 | { } | no-track-file
BFD_CHECK | { name peer } | 1 | 0 | { } | no-bfd-name
`;

export const CASES: readonly BlockCases[] = [
  {
    block: 'virtual_server',
    wrap: (line) => virtualServer(line),
    find: findServer,
    rows: `
ip_family | inet | "inet" | "inet" | inet5 | invalid-choice
ip_family | inet | "inet" | "inet" | inet6 | family-conflict
persistence_engine | sip | "sip" | null | | missing-parameter
persistence_timeout | | 360000000 | 0 | 0 | number-out-of-range
persistence_timeout | 1 | 1000000 | 0 | 0 | number-out-of-range
persistence_timeout | 2678400 | 2678400000000 | 0 | 2678401 | number-out-of-range
persistence_granularity | 255.255.255.0 | {"netmask":"255.255.255.0"} | null | wide | invalid-granularity
protocol | tcp | "TCP" | "TCP" | ICMP | invalid-choice
protocol | UDP | "UDP" | "TCP" | | missing-parameter
protocol | SCTP | "SCTP" | "TCP" | tcp6 | invalid-choice
ha_suspend | | true | false | now | extra-word
snmp_name | web | "web" | null | web one | extra-word
virtualhost | www.example.com | "www.example.com" | null | | missing-parameter
lvs_sched | rr | "rr" | "rr" | RR | invalid-choice
lvs_sched | twos | "twos" | "rr" | | missing-parameter
lb_algo | wrr | "wrr" | "rr" | best | invalid-choice
hashed | | true | false | now | extra-word
ops | | true | false | now | extra-word
flag-1 | | true | false | now | extra-word
flag-2 | | true | false | now | extra-word
flag-3 | | true | false | now | extra-word
sh-port | | true | false | now | extra-word
sh-fallback | | true | false | now | extra-word
mh-port | | true | false | now | extra-word
mh-fallback | | true | false | now | extra-word
lvs_method | NAT | {"method":"NAT","type":"ipip","port":null,"checksum":"nocsum"} | {"method":"NAT","type":"ipip","port":null,"checksum":"nocsum"} | nat | invalid-choice
lvs_method | DR | {"method":"DR","type":"ipip","port":null,"checksum":"nocsum"} | {"method":"NAT","type":"ipip","port":null,"checksum":"nocsum"} | DR fast | invalid-tunnel
lvs_method | TUN | {"method":"TUN","type":"ipip","port":null,"checksum":"nocsum"} | {"method":"NAT","type":"ipip","port":null,"checksum":"nocsum"} | TUN csum | invalid-tunnel
lvs_method | TUN type gre csum | {"method":"TUN","type":"gre","port":null,"checksum":"csum"} | {"method":"NAT","type":"ipip","port":null,"checksum":"nocsum"} | TUN type gre remcsum | invalid-tunnel
lvs_method | TUN type gue port 1 remcsum | {"method":"TUN","type":"gue","port":1,"checksum":"remcsum"} | {"method":"NAT","type":"ipip","port":null,"checksum":"nocsum"} | TUN type gue port 0 | invalid-tunnel
lvs_method | TUN port 65535 type gue | {"method":"TUN","type":"gue","port":65535,"checksum":"nocsum"} | {"method":"NAT","type":"ipip","port":null,"checksum":"nocsum"} | TUN type gue port 65536 | invalid-tunnel
lb_kind | DR | {"method":"DR","type":"ipip","port":null,"checksum":"nocsum"} | {"method":"NAT","type":"ipip","port":null,"checksum":"nocsum"} | TUN type gue | invalid-tunnel
retry | 1 | 1 | null | 0 | number-out-of-range
retry | 4294967295 | 4294967295 | null | 4294967296 | number-out-of-range
delay_before_retry | 0 | 0 | null | -1 | invalid-number
warmup | 0 | 0 | null | soon | invalid-number
connect_timeout | 0.000001 | 1 | 5000000 | 0 | number-out-of-range
connect_timeout | 4294.967295 | 4294967295 | 5000000 | 4294.967296 | number-out-of-range
delay_loop | 0.000001 | 1 | 60000000 | 0 | number-out-of-range
delay_loop_failing | 0.2 | 200000 | null | 0 | number-out-of-range
delay_loop_down | 300 | 300000000 | null | soon | invalid-number
inhibit_on_failure | | true | false | off | extra-word
smtp_alert | | true | false | maybe | invalid-boolean
alpha | | true | false | off | extra-word
omega | | true | false | off | extra-word
weight | 1 | 1 | 1 | 0 | number-out-of-range
weight | 2147483647 | 2147483647 | 1 | 2147483648 | number-out-of-range
quorum | 1 | 1 | 1 | 0 | number-out-of-range
quorum | 4294967295 | 4294967295 | 1 | 4294967296 | number-out-of-range
hysteresis | 0 | 0 | 0 | -1 | number-out-of-range
hysteresis | 4294967294 | 4294967294 | 0 | 4294967295 | hysteresis-too-large
quorum_up | /bin/true | {"command":["/bin/true"],"user":null,"group":null} | null | | missing-parameter
quorum_down | /bin/true | {"command":["/bin/true"],"user":null,"group":null} | null | | missing-parameter
sorry_server | 192.0.2.9 81 | {"address":"192.0.2.9","port":81} | null | 192.0.2.9 65536 | invalid-port
sorry_server | 192.0.2.9 | {"address":"192.0.2.9","port":80} | null | 192.0.2 | invalid-address
sorry_server_inhibit | | true | false | off | extra-word
sorry_server_lvs_method | TUN | {"method":"TUN","type":"ipip","port":null,"checksum":"nocsum"} | {"method":"NAT","type":"ipip","port":null,"checksum":"nocsum"} | tun | invalid-choice
real_server | 192.0.2.5 1 { } | [{"address":"192.0.2.5","port":1}] | [] | 192.0.2.5 -1 { } | invalid-port
real_server | 192.0.2.5 65535 { } | [{"address":"192.0.2.5","port":65535}] | [] | 192.0.2.5 65536 { } | invalid-port
real_server_name | Web.example.com. 81 { } | [{"host":"web.example.com","port":81,"address":""}] | [] | 192.0.2.5 { } | invalid-name
real_server | 192.0.2.5 { } | [{"address":"192.0.2.5","port":80}] | [] | { } | missing-parameter
`,
  },
  {
    block: 'virtual_server/real_server',
    wrap: (line) => virtualServer('', line),
    find: findRealServer,
    also: NOT_RUN,
    rows: REAL_SERVER_ROWS,
  },
  {
    block: 'virtual_server/real_server_name',
    wrap: (line) => virtualServer(`real_server_name web.example.com 80 {\n${line}\n}`),
    find: (tree) => byLength(tree.virtual_server[0]?.real_server_name[0]),
    also: NOT_RUN,
    rows: `${REAL_SERVER_ROWS.replaceAll(' | 2147483647 | -1 |', ' | 1 | -1 |').replaceAll('| 2147483647 | 2147483648', '| 1 | 2147483648')}
name_refresh | 0.1 | 100000 | null | 0 | number-out-of-range
name_max | 256 | 256 | 16 | 257 | number-out-of-range
name_hold | 0 | 0 | 30000000 | -1 | invalid-number
`.replace(/\n+/g, '\n'),
  },
];
