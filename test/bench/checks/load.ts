/** Virtual servers with many real servers, which one process answers for (see servers.ts). */

export type CheckKind = 'tcp' | 'http';

/** Real servers of each virtual server. */
const GROUP = 100;

const CHECKS: Readonly<Record<CheckKind, string>> = {
  tcp: '    TCP_CHECK {\n      connect_timeout 3\n    }',
  http: [
    '    HTTP_GET {',
    '      url {',
    '        path /',
    '        status_code 200',
    '      }',
    '      connect_timeout 3',
    '    }',
  ].join('\n'),
};

export function loadConfiguration(kind: CheckKind, servers: number, delayLoopS: number): string {
  const groups = Array.from({ length: Math.ceil(servers / GROUP) }, (_, group) => {
    const reals = Array.from({ length: Math.min(GROUP, servers - group * GROUP) }, (_, at) => {
      const number = group * GROUP + at;
      const address = `127.1.${Math.floor(number / 250)}.${(number % 250) + 1}`;
      return `  real_server ${address} 80 {\n    weight 1\n${CHECKS[kind]}\n  }`;
    });
    return [
      `virtual_server 10.9.${Math.floor(group / 250)}.${(group % 250) + 1} 80 {`,
      `  delay_loop ${delayLoopS}`,
      '  lb_algo rr\n  lb_kind NAT\n  protocol TCP',
      ...reals,
      '}',
    ].join('\n');
  });
  return `global_defs {\n  router_id bench\n}\n${groups.join('\n')}\n`;
}
