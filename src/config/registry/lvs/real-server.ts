/** real_server. */
import { boolean, duration, firstOnly, integer } from '../kinds.ts';
import { ACTS, block, EXTENSION, fixed, fromParent, setting, unset } from '../rows.ts';
import { script } from '../script-kind.ts';
import type { SettingsBlock } from '../spec.ts';
import {
  AGENT_CHECK,
  BFD_CHECK,
  DNS_CHECK,
  FILE_CHECK,
  GRPC_CHECK,
  MISC_CHECK,
  PING_CHECK,
  SMTP_CHECK,
  TCP_CHECK,
  UDP_CHECK,
} from './checkers.ts';
import { HTTP_GET, SSL_GET } from './http.ts';
import { name } from './lvs-kinds.ts';
import { lvsMethod, NAT } from './method.ts';
import { REAL_SERVER_TIMING, smtpAlert } from './timing-rows.ts';

const CONNECTIONS = integer(0, 4_294_967_295);

/** Several of each may check one server. */
const CHECKERS = {
  HTTP_GET: block({ block: HTTP_GET, meaning: 'fetch pages over HTTP', standing: ACTS }),
  SSL_GET: block({ block: SSL_GET, meaning: 'fetch pages over HTTPS', standing: ACTS }),
  TCP_CHECK: block({ block: TCP_CHECK, meaning: 'open a connection', standing: ACTS }),
  SMTP_CHECK: block({ block: SMTP_CHECK, meaning: 'talk to a mail server', standing: ACTS }),
  DNS_CHECK: block({ block: DNS_CHECK, meaning: 'ask a name server', standing: ACTS }),
  MISC_CHECK: block({ block: MISC_CHECK, meaning: 'run a program', standing: ACTS }),
  UDP_CHECK: block({ block: UDP_CHECK, meaning: 'send a datagram', standing: ACTS }),
  PING_CHECK: block({ block: PING_CHECK, meaning: 'send an ICMP echo request', standing: ACTS }),
  FILE_CHECK: block({ block: FILE_CHECK, meaning: 'follow the number in a file', standing: ACTS }),
  BFD_CHECK: block({ block: BFD_CHECK, meaning: 'follow a BFD session', standing: ACTS }),
  GRPC_CHECK: block({ block: GRPC_CHECK, meaning: 'ask a gRPC server for its health', standing: EXTENSION }),
  AGENT_CHECK: block({ block: AGENT_CHECK, meaning: 'ask an agent on the server', standing: EXTENSION }),
};

export const REAL_SERVER = {
  path: 'virtual_server/real_server',
  // keepalived numbers and starts the checkers of a server as the file has them.
  ordered: true,
  keywords: {
    weight: setting({
      kind: integer(0, 2_147_483_647),
      default: fromParent('weight', 1),
      meaning: 'its share of connections; 0: no new ones',
    }),
    lvs_method: setting({
      kind: lvsMethod(),
      default: fromParent('lvs_method', NAT),
      meaning: 'how packets reach it',
    }),
    uthreshold: setting({
      kind: CONNECTIONS,
      default: fixed(0, '0 (none)'),
      meaning: 'connections from which on it gets no more',
    }),
    lthreshold: setting({
      kind: CONNECTIONS,
      default: fixed(0, '0 (none)'),
      meaning: 'connections below which it gets new ones again',
    }),
    inhibit_on_failure: setting({
      kind: boolean(),
      default: fromParent('inhibit_on_failure', false),
      meaning: 'weight 0 in place of removal when it fails',
    }),
    notify_up: setting({ kind: firstOnly(script()), default: unset(), meaning: 'run when it comes up' }),
    notify_down: setting({ kind: firstOnly(script()), default: unset(), meaning: 'run when it goes down' }),
    alpha: setting({
      kind: boolean(),
      default: fromParent('alpha', false),
      meaning: 'down until its checks succeed',
    }),
    ...REAL_SERVER_TIMING,
    smtp_alert: smtpAlert(true),
    virtualhost: setting({
      kind: name(),
      default: unset(),
      meaning: 'Host of HTTP checks that have none of their own',
    }),
    snmp_name: setting({ kind: name('STRING', true), default: unset(), meaning: 'label in SNMP tables' }),
    ...CHECKERS,
  },
} satisfies SettingsBlock;

const MOST_ADDRESSES = 256;
const LONGEST_WAIT_US = 86_400_000_000;

/** An extension: each address that a name has is a real server, and they are followed over time. */
export const REAL_SERVER_NAME = {
  path: 'virtual_server/real_server_name',
  ordered: true,
  keywords: {
    ...REAL_SERVER.keywords,
    name_refresh: setting({
      kind: duration(100_000, LONGEST_WAIT_US),
      default: unset('the TTL of the answer, 1 to 3600'),
      meaning: 'time between two queries',
    }),
    name_max: setting({
      kind: integer(1, MOST_ADDRESSES),
      default: fixed(16),
      meaning: 'most addresses that become real servers',
    }),
    name_hold: setting({
      kind: duration(0, LONGEST_WAIT_US),
      default: fixed(30_000_000, '30'),
      meaning: 'how long addresses stay while the name has none, or does not exist',
    }),
  },
} satisfies SettingsBlock;
