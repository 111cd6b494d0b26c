/** The checkers: rows that they share are written once, with the numbers that differ as parameters. */
import type { ConfigTree } from '../../model.ts';
import type { BlockCases } from './cases.ts';

/** Their own or another's default of these, in the tree. */
interface Defaults {
  readonly retry: number;
  /** Microseconds. */
  readonly delay: number;
}

function timing({ retry, delay }: Defaults): string {
  return `
retry | 0 | 0 | ${retry} | -1 | number-out-of-range
retry | 4294967295 | 4294967295 | ${retry} | 4294967296 | number-out-of-range
delay_before_retry | 0 | 0 | ${delay} | -1 | invalid-number
delay_before_retry | 18446744073709 | 18446744073709000000 | ${delay} | 18446744073710 | number-out-of-range
warmup | 0 | 0 | 60000000 | -1 | invalid-number
warmup | 18446744073709 | 18446744073709000000 | 60000000 | 18446744073710 | number-out-of-range
delay_loop | 0.000001 | 1 | 60000000 | 0 | number-out-of-range
delay_loop_failing | 0.000001 | 1 | null | 0 | number-out-of-range
delay_loop_down | 0.5 | 500000 | null | 0 | number-out-of-range
delay_loop | 18446744073709 | 18446744073709000000 | 60000000 | 18446744073710 | number-out-of-range
alpha | | true | false | maybe | invalid-boolean
log_all_failures | | true | false | maybe | invalid-boolean
`;
}

function connecting(defaults: Defaults): string {
  return `
connect_ip | 192.0.2.7 | "192.0.2.7" | null | 192.0.2 | invalid-address
connect_ip | 2001:db8:0::7 | "2001:db8::7" | null | fe80::1 | no-bind-if
connect_port | 1 | 1 | null | 0 | number-out-of-range
connect_port | 65535 | 65535 | null | 65536 | number-out-of-range
bindto | 192.0.2.8 | "192.0.2.8" | null | 2001:db8::8 | mixed-families
bind_port | 1 | 1 | null | 0 | number-out-of-range
bind_port | 65535 | 65535 | null | 65536 | number-out-of-range
bind_if | abcdefghijklmno | "abcdefghijklmno" | null | abcdefghijklmnop | invalid-interface
connect_timeout | 0.000001 | 1 | 5000000 | 0 | number-out-of-range
connect_timeout | 4294.967295 | 4294967295 | 5000000 | 4294.967296 | number-out-of-range
fwmark | 0 | 0 | null | -1 | number-out-of-range
fwmark | 4294967295 | 4294967295 | null | 4294967296 | number-out-of-range
${timing(defaults)}`;
}

function get(): string {
  return `${connecting({ retry: 1, delay: 3_000_000 })}
nb_get_retry | 0 | 0 | 1 | -1 | number-out-of-range
virtualhost | www.example.com | "www.example.com" | null | | missing-parameter
http_protocol | 1.0 | "1.0" | "1.0" | 3 | invalid-choice
http_protocol | 2 | "2" | "1.0" | 2.0 | invalid-choice
http_protocol | 1.0C | "1.0C" | "1.0" | 1 | invalid-choice
http_protocol | 1.0c | "1.0C" | "1.0" | 1.0D | invalid-choice
http_protocol | 1.1 | "1.1" | "1.0" | | missing-parameter
enable_sni | | true | false | maybe | invalid-boolean
sni_name | www.example.com | "www.example.com" | null | a b | extra-word
sni_name | | "" | null | a b | extra-word
fast_recovery | | true | false | maybe | invalid-boolean
url | { path /more } | ["/more"] | [] | { } | no-path
`;
}

const URL = `
path | /page | "/page" | "/" | | missing-parameter
digest | 9B3A0c85a887a256d6939da88aabd8cd | "9b3a0c85a887a256d6939da88aabd8cd" | null | 9b3a0c85a887a256d6939da88aabd8c | invalid-digest
digest | 00000000000000000000000000000000 | "00000000000000000000000000000000" | null | g0000000000000000000000000000000 | invalid-digest
status_code | 100 | [{"from":100,"to":100}] | [{"from":200,"to":299}] | 99 | invalid-status
status_code | 200-204 599 | [{"from":200,"to":204},{"from":599,"to":599}] | [{"from":200,"to":299}] | 600 | invalid-status
status_code | 200-200 | [{"from":200,"to":200}] | [{"from":200,"to":299}] | 201-200 | invalid-status
virtualhost | www.example.com | "www.example.com" | null | | missing-parameter
regex | "good morning" | "good morning" | null | good morning | invalid-regex
regex_no_match | | true | false | now | extra-word
regex_options | caseless dotall | ["caseless","dotall"] | [] | loud | unknown-option
regex_min_offset | 0 | 0 | 0 | -1 | invalid-regex
regex_max_offset | 0 | 0 | null | 1x | invalid-regex
regex_stack | 10 10 | {"start":10,"max":10} | null | 11 10 | invalid-regex
`;

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

function inRealServer(inner: string): string {
  return `${DEFINED}virtual_server 192.0.2.1 80 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 192.0.2.2 80 {
      ${inner}
    }
  }`;
}

function realServer(tree: ConfigTree) {
  return tree.virtual_server[0]?.real_server[0];
}

type Checker = Exclude<Extract<keyof NonNullable<ReturnType<typeof realServer>>, Uppercase<string>>, never>;

/** @param needed what the checker cannot do without, before the line */
function checker(name: Checker, needed: string, rows: string, more: Partial<BlockCases> = {}): BlockCases {
  return {
    block: `virtual_server/real_server/${name}`,
    wrap: (line) => inRealServer(`${name} {\n${needed}\n${line}\n}`),
    find: (tree) => realServer(tree)?.[name][0],
    rows: rows.trim().replace(/\n+/g, '\n'),
    ...more,
  };
}

function url(name: 'HTTP_GET' | 'SSL_GET', rows: string): BlockCases {
  const needs = (line: string): string => (/^regex_/.test(line) ? 'regex x\n' : '');
  return checker(name, '', rows, {
    block: `virtual_server/real_server/${name}/url`,
    wrap: (line) => inRealServer(`${name} {\nurl {\npath /\n${needs(line)}${line}\n}\n}`),
    find: (tree) => realServer(tree)?.[name][0]?.url[0],
    // There is one already.
    also: { path: ['duplicate-keyword'] },
  });
}

/** The urls by their paths, less the one that the checker needs. */
function getCases(name: 'HTTP_GET' | 'SSL_GET', rows: string): BlockCases {
  return checker(name, 'url { path / }', rows, {
    find: (tree) => {
      const found = realServer(tree)?.[name][0];
      return { ...found, url: found?.url.slice(1).map(({ path }) => path) };
    },
    also: { nb_get_retry: ['deprecated-keyword'], tls_ca: ['no-effect'] },
  });
}

const OWN = { retry: 1, delay: 1_000_000 };
const COMPLIANT = 'tls_compliant | | true | false | maybe | invalid-boolean\n';

const TLS = `
tls_verify | | "" | false | "" | invalid-name
tls_verify | www.example | "www.example" | false | "a b" | invalid-name
tls_verify | off | false | false | a b | extra-word
tls_ca | /etc/ssl/own.crt | "/etc/ssl/own.crt" | null | | missing-parameter
tls_expiry_warning | 1 | 1 | null | 0 | number-out-of-range
tls_expiry_warning | 3650 | 3650 | null | 3651 | number-out-of-range
`;

export const CASES: readonly BlockCases[] = [
  getCases('HTTP_GET', get()),
  getCases('SSL_GET', get() + COMPLIANT + TLS),
  url('HTTP_GET', URL),
  url('SSL_GET', URL + COMPLIANT),
  checker('TCP_CHECK', '', connecting(OWN)),
  checker(
    'GRPC_CHECK',
    '',
    `${connecting(OWN)}
service | helloworld.Greeter | "helloworld.Greeter" | "" | a b | extra-word
authority | grpc.example:50051 | "grpc.example:50051" | null | | missing-parameter
tls | | true | false | maybe | invalid-boolean
${TLS}`,
    { also: { tls_ca: ['no-effect'] } },
  ),
  checker('PING_CHECK', '', connecting(OWN)),
  checker(
    'SMTP_CHECK',
    '',
    `${connecting(OWN)}
helo_name | mail.example.com | "mail.example.com" | "smtpchecker.keepalived.org" | | missing-parameter
host | { connect_ip 192.0.2.7 } | ["192.0.2.7"] | [] | { connect_ip 192.0.2 } | invalid-address
`,
    {
      find: (tree) => {
        const found = realServer(tree)?.SMTP_CHECK[0];
        return { ...found, host: found?.host.map(({ connect_ip }) => connect_ip) };
      },
      also: { host: ['deprecated-keyword'] },
    },
  ),
  checker('SMTP_CHECK', '', connecting(OWN), {
    block: 'virtual_server/real_server/SMTP_CHECK/host',
    around: ['deprecated-keyword'],
    wrap: (line) => inRealServer(`SMTP_CHECK {\nhost {\n${line}\n}\n}`),
    find: (tree) => realServer(tree)?.SMTP_CHECK[0]?.host[0],
  }),
  checker(
    'DNS_CHECK',
    '',
    `${connecting({ retry: 3, delay: 60_000_000 })}
type | A | "A" | "SOA" | B | invalid-choice
type | ns | "NS" | "SOA" | NSA | invalid-choice
type | CNAME | "CNAME" | "SOA" | | missing-parameter
type | SOA | "SOA" | "SOA" | SOAP | invalid-choice
type | MX | "MX" | "SOA" | MXA | invalid-choice
type | TXT | "TXT" | "SOA" | TEXT | invalid-choice
type | AAAA | "AAAA" | "SOA" | AAA | invalid-choice
type | RRSIG | "RRSIG" | "SOA" | SIG | invalid-choice
type | DNSKEY | "DNSKEY" | "SOA" | KEY | invalid-choice
name | www.example.com. | "www.example.com" | "" | www..com | invalid-name
`,
  ),
  checker(
    'MISC_CHECK',
    'misc_path /bin/true',
    `${timing({ retry: 0, delay: 1_000_000 })}
misc_path | "/bin/false x" | {"command":["/bin/false","x"],"user":null,"group":null} | {"command":["/bin/true"],"user":null,"group":null} | | missing-parameter
misc_timeout | 0 | 60000000 | 60000000 | -1 | number-out-of-range
misc_timeout | 4294 | 4294000000 | 60000000 | 4295 | number-out-of-range
misc_dynamic | | true | false | now | extra-word
user | nobody nogroup | {"user":"nobody","group":"nogroup"} | null | | missing-parameter
`,
  ),
  checker(
    'UDP_CHECK',
    '',
    `${connecting(OWN)}
payload | Ab12f 3 456 546443123 | "AB120F0345065464431203" | null | 0X | invalid-hex
payload | 00 | "00" | null | | missing-parameter
require_reply | | "" | null | 0g | invalid-hex
require_reply | 0x12X 5 | "0X120X05" | null | 0-1 | invalid-hex
min_reply_length | 0 | 0 | 0 | -1 | number-out-of-range
min_reply_length | 255 | 255 | 0 | 65536 | number-out-of-range
min_reply_length | 255 | 255 | 0 | 256 | reply-length
max_reply_length | 0 | 0 | 255 | -1 | number-out-of-range
max_reply_length | 65535 | 65535 | 255 | 65536 | number-out-of-range
`,
  ),
  checker(
    'AGENT_CHECK',
    'connect_port 9999',
    `${connecting(OWN).replace(/(connect_port .*) null /g, '$1 9999 ')}
send | "hello\\n" | "hello\\n" | "" | | missing-parameter
`,
  ),
  checker(
    'FILE_CHECK',
    'track_file load',
    `
track_file | other | "other" | "load" | | missing-parameter
weight | -2147483647 | {"value":-2147483647,"reverse":false} | null | -2147483648 | number-out-of-range
weight | 2147483647 reverse | {"value":2147483647,"reverse":true} | null | 2147483648 | number-out-of-range
weight | 1 noreverse | {"value":1,"reverse":false,"noreverse":true} | null | 1 backwards | invalid-choice
weight | 0 | {"value":0,"reverse":false} | null | | missing-parameter
`,
  ),
  checker(
    'BFD_CHECK',
    '',
    `
name | peer | "peer" | null | peer other | extra-word
alpha | on | true | false | maybe | invalid-boolean
`,
    {
      wrap: (line) => inRealServer(`BFD_CHECK {\n${line.startsWith('alpha') ? 'name peer\n' : ''}${line}\n}`),
      // Without a name the checker is left out.
      find: (tree) => realServer(tree)?.BFD_CHECK[0] ?? { name: null, alpha: false },
      around: ['no-bfd-name'],
    },
  ),
];
