/**
 * Where relived's `-t` and that of Debian's keepalived (2.2.7) disagree on purpose, each with its reason. docs/keepalived-compat.md
 * is written from this table.
 */
import type { Verdicts } from './judge.ts';

export interface Difference {
  readonly id: string;
  readonly title: string;
  readonly reason: string;
  /** The least that shows it. */
  readonly example: string;
  /**
   * What keepalived 2.2.7 complains of and relived does not: every line of its output is of this kind.
   * null: it never rejects what relived accepts.
   */
  readonly keepalived: RegExp | null;
  /** Codes of what relived complains of and keepalived 2.2.7 does not; nothing else may be among it. Empty: it never does. */
  readonly relived: readonly string[];
  /** What the configuration has to look like, where complaints alone would not be narrow enough. */
  readonly configuration?: RegExp;
}

/** In `relived`: whatever it complains of. */
const ANY = '*';

function instance(lines: string): string {
  const indented = lines.replaceAll(/^/gm, '  ');
  return `vrrp_instance VI_1 {\n  interface eth0\n  virtual_router_id 51\n  virtual_ipaddress {\n    192.168.200.50/24\n  }\n${indented}\n}\n`;
}

function virtualServer(checker: string, protocol = 'TCP'): string {
  return `virtual_server 192.168.200.100 80 {\n  lvs_sched wlc\n  lvs_method NAT\n  protocol ${protocol}\n  real_server 192.168.201.100 80 {\n    ${checker}\n  }\n}\n`;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    id: 'route-without-interface',
    title: 'Routes without an interface',
    reason:
      'keepalived 2.2.7 warns that it cannot track a route for which no `dev` is given. 2.4.3 says nothing of it.',
    example: instance('virtual_routes {\n  192.168.112.0/24 via 192.168.100.254\n}'),
    keepalived: /cannot track route \S+ with no interface specified, not tracking$/,
    relived: [],
  },
  {
    id: 'duplicate-address',
    title: 'An address twice in an instance',
    reason: 'keepalived 2.2.7 drops the second one silently. 2.4.3 complains of it, and its test fails.',
    example:
      'vrrp_instance VI_1 {\n  interface eth0\n  virtual_router_id 51\n  virtual_ipaddress {\n    192.168.200.18\n    192.168.200.18\n  }\n}\n',
    keepalived: null,
    relived: ['duplicate-address'],
  },
  {
    id: 'duplicate-peer',
    title: 'A unicast peer twice',
    reason: 'keepalived 2.2.7 takes it twice. 2.4.3 complains of the second one, and its test fails.',
    example: instance('unicast_peer {\n  192.168.200.2\n  192.168.200.2\n}'),
    keepalived: null,
    relived: ['duplicate-peer'],
  },
  {
    id: 'track-group-without-members',
    title: 'A track_group without members',
    reason:
      'keepalived 2.2.7 keeps a track_group that has no `group` block. 2.4.3 removes it, and its test fails.',
    example: 'track_group GROUP1 {\n}\n',
    keepalived: null,
    relived: ['empty-group', 'unknown-track-group'],
    configuration: /track_group/,
  },
  {
    id: 'odd-hex-string',
    title: 'Hexadecimal strings of UDP_CHECK',
    reason: 'keepalived 2.2.7 takes no string whose digits are all written together. 2.4.3 does.',
    example: virtualServer('UDP_CHECK {\n      payload 00ff\n    }', 'UDP'),
    keepalived: /Invalid hex string for UDP_CHECK (payload|reply)$/,
    relived: [],
  },
  {
    id: 'iptables',
    title: 'vrrp_iptables and vrrp_ipsets',
    reason:
      "Debian's keepalived is built without iptables and complains of both. Whether they are known is a matter of the build, not of the version.",
    example: 'global_defs {\n  vrrp_iptables\n}\n',
    keepalived: /iptables not supported, using nftables instead|Unknown keyword 'vrrp_ipsets'$/,
    relived: [],
  },
  {
    id: 'condition-from-definition',
    title: 'A condition that comes out of a definition',
    reason:
      'The manual says that with `$X=@main` a line `$X priority 240` is a conditional one. keepalived 2.2.7 garbles the line if the name is shorter than what it stands for, and 2.4.3 takes `@main` for an unknown keyword. relived does as the manual says.',
    example: instance('$X=@main\n$X priority 240'),
    keepalived: /invalid number '\w+'$|Priority not valid|Unknown keyword '@?\w+'$/,
    relived: [],
    configuration: /\$\w+=@\^?\w/,
  },
  {
    id: 'second-condition',
    title: 'Several conditions on a line',
    reason:
      'keepalived looks at the first `@ID` of a line, and takes a second one for a keyword. In relived all of them have to hold.',
    example: '@main @main namespace_with_ipsets\n',
    keepalived: /Unknown keyword '@\^?\w*'$/,
    relived: [],
    configuration: /@\^?\w*\s+@\^?\w*\s/,
  },
  {
    id: 'true-or-false',
    title: 'Truth values of vrrp_skip_check_adv_addr and vrrp_strict',
    reason:
      'keepalived 2.2.7 takes any word behind them for yes. 2.4.3 wants on, off, true, false, yes or no.',
    example: 'global_defs {\n  vrrp_strict 1\n}\n',
    keepalived: null,
    relived: ['invalid-boolean'],
    configuration: /vrrp_(skip_check_adv_addr|strict)\s+\S/,
  },
  {
    id: 'vmac-second-name',
    title: 'A second name behind use_vmac',
    reason:
      'keepalived 2.2.7 ignores further words. 2.4.3 takes each for a name, and complains of the second.',
    example: instance('use_vmac vrrp7 00:11:22:33:44:55 x'),
    keepalived: null,
    relived: ['invalid-interface-name'],
    configuration: /use_vmac \S+ \S+ \S/,
  },
  {
    id: 'script-interval',
    title: 'Intervals of scripts with decimals',
    reason:
      'keepalived 2.2.7 takes whole seconds as `interval` and `timeout` of a vrrp_script. 2.4.3 takes decimals.',
    example: `vrrp_script chk {\n  script "/usr/bin/true"\n  interval 1.5\n}\n`,
    keepalived: /invalid number '[\d.]+'$|vrrp script (interval|timeout) '[\d.]+' (must be between|invalid)/,
    relived: [],
  },
  {
    id: 'sender-with-more-words',
    title: 'Words behind notification_email_from',
    reason:
      'keepalived 2.2.7 reads over them. 2.4.3 complains: an address with a display name has to be quoted.',
    example: 'global_defs {\n  notification_email_from admin@example.com x\n}\n',
    keepalived: null,
    relived: ['extra-word'],
    configuration: /notification_email_from \S+ \S/,
  },
  {
    id: 'regex',
    title: 'Patterns and paths of a url',
    reason:
      'keepalived 2.2.7 says nothing of a `regex` without a pattern or with several words, nor of a second `regex` or `path`. 2.4.3 complains.',
    example: virtualServer(
      'HTTP_GET {\n      url {\n        path /\n        regex a\n        regex a\n      }\n    }',
    ),
    keepalived: null,
    relived: ['duplicate-keyword', 'invalid-regex'],
    configuration: /\b(regex|path)\b/,
  },
  {
    id: 'broken-regex',
    title: 'A pattern that PCRE2 does not understand',
    reason:
      'keepalived logs it and goes on with memory that it has given back. In relived it is an error, with its place and what is wrong.',
    example: virtualServer('HTTP_GET {\n      url {\n        path /\n        regex "a(b"\n      }\n    }'),
    keepalived: null,
    relived: ['broken-regex'],
    configuration: /\bregex\b/,
  },
  {
    id: 'network-namespace',
    title: 'A network namespace that does not exist',
    reason:
      'keepalived (2.2.7 as 2.4.3) ends with status 0 if it cannot enter the namespace of `net_namespace`, whatever else it complained of. relived judges the configuration.',
    example: 'net_namespace no_such_namespace\nglobal_defs {\n  unknown_keyword\n}\n',
    keepalived: null,
    relived: [ANY],
    configuration: /^\s*(@\S+\s+|~\S+\(.*\)\s*)*net_namespace\s+\S/m,
  },
  {
    id: 'mail-server-name',
    title: 'Mail servers by name',
    reason:
      'keepalived looks the name of a smtp_server up while it reads, and a configuration test fails where the name server cannot be reached. relived takes the name.',
    example: 'global_defs {\n  smtp_server mail.invalid\n}\n',
    keepalived: /Invalid smtp server \S+ \S+$/,
    relived: [],
  },
  {
    id: 'quoted-brace',
    title: 'Quoted braces',
    reason:
      'keepalived takes a word `"{"` at the end of a line for the brace that opens a block, and does not count it: a configuration with it passes the test only if the block is never closed. It rejects blocks and values that are called `{` or `}`. In relived a quoted brace is a word like any other.',
    example: 'global_defs "{"\nrouter_id x\n',
    keepalived:
      /must have a name$|Unexpected '\{' - ignoring$|Unknown keyword '\}'$|Extra '\}' found$|missing '\}'s or extra '\{'s$/,
    relived: [ANY],
    configuration: /"\s*[{}]\s*"/,
  },
  {
    id: 'definition-behind-loop',
    title: 'A definition of several lines behind a loop',
    reason:
      'keepalived lets `~SEQ(N,1,2) $V= \\` go on in the lines that follow, once for each turn of the loop. In relived a definition behind a loop ends with its line.',
    example: '~SEQ(N,1,2) $V= \\\nweight 3 \\\n',
    keepalived: /Unknown keyword '\S+'$|Extra '\}' found$/,
    relived: ['unknown-keyword', 'unexpected-close'],
    configuration: /^\s*~(SEQx?|LST)\(.*\$\w+=.*\\\s*$/m,
  },
];

/** The entry that explains these verdicts on a configuration; null: none does. */
export function explanation(text: string, { ours, theirs }: Verdicts): Difference | null {
  const codes = counted(ours.diagnostics);
  const lines = theirs.output.split('\n').filter((line) => line.trim() !== '');
  const explains = ({ keepalived, relived, configuration }: Difference): boolean => {
    if (configuration !== undefined && !configuration.test(text)) return false;
    if (theirs.accepted) return relived[0] === ANY || codes.every((code) => relived.includes(code));
    return keepalived !== null && lines.length > 0 && lines.every((line) => keepalived.test(line));
  };
  return DIFFERENCES.find(explains) ?? null;
}

/** Codes of the problems that `-t` counts. */
export function counted(diagnostics: Verdicts['ours']['diagnostics']): string[] {
  return diagnostics
    .filter(({ severity, unsupported }) => severity !== 'note' && !unsupported)
    .map(({ code }) => code);
}
