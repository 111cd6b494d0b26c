/** virtual_server and virtual_server_group. */
import { anyCase, choice, firstOnly, flag, integer, word } from '../kinds.ts';
import { alias, block, derived, EXTENSION, fixed, setting, unset } from '../rows.ts';
import { script } from '../script-kind.ts';
import type { ListBlock, SettingsBlock } from '../spec.ts';
import { GROUP_LINE, type GroupMember } from './group-line.ts';
import { granularity, name, PERSISTENCE_US, persistenceTimeout } from './lvs-kinds.ts';
import { lvsMethod, NAT } from './method.ts';
import { REAL_SERVER, REAL_SERVER_NAME } from './real-server.ts';
import { correctedEndpoint, endpoint, namedEndpoint } from './service.ts';
import { SERVER_TIMING, smtpAlert } from './timing-rows.ts';

const SCHEDULERS = [
  'rr',
  'wrr',
  'lc',
  'wlc',
  'lblc',
  'sh',
  'mh',
  'dh',
  'fo',
  'ovf',
  'lblcr',
  'sed',
  'nq',
  'twos',
] as const;

function flagRow(meaning: string) {
  return setting({ kind: flag(), default: fixed(false), meaning });
}

const SCHEDULING = {
  lvs_sched: setting({
    kind: choice(...SCHEDULERS),
    default: fixed<'wlc'>('wlc'),
    meaning: 'IPVS scheduler',
  }),
  lb_algo: alias('lvs_sched'),
  hashed: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'sets nothing; an error unless the scheduler is sh or mh',
  }),
  ops: flagRow('every datagram is scheduled by itself; UDP or fwmark only'),
  'flag-1': flagRow('first flag of the scheduler'),
  'flag-2': flagRow('second flag of the scheduler'),
  'flag-3': flagRow('third flag of the scheduler'),
  'sh-port': flagRow('the hash includes the port; must follow lvs_sched sh or mh'),
  'sh-fallback': flagRow('another server where the hashed one is not there; must follow lvs_sched sh or mh'),
  'mh-port': flagRow('the hash includes the port; must follow lvs_sched sh or mh'),
  'mh-fallback': flagRow('another server where the hashed one is not there; must follow lvs_sched sh or mh'),
  lvs_method: setting({
    kind: lvsMethod(),
    default: fixed(NAT, 'NAT'),
    meaning: 'how packets reach the real servers',
  }),
  lb_kind: alias('lvs_method'),
};

const SERVICE = {
  ip_family: setting({
    kind: choice('inet', 'inet6'),
    default: fixed<'inet' | 'inet6'>('inet', 'that of the address, else of the real servers, else inet'),
    meaning: 'address family of a firewall mark',
  }),
  persistence_engine: setting({
    kind: word(),
    default: unset(),
    meaning: 'IPVS persistence engine, as sip',
  }),
  persistence_timeout: setting({
    kind: persistenceTimeout(),
    default: derived('0 (none); 360 with persistence_granularity or without a port', ({ own }) =>
      own('persistence_granularity') === null ? 0 : PERSISTENCE_US,
    ),
    meaning: 'how long a client stays with its real server',
  }),
  persistence_granularity: setting({
    kind: granularity(),
    default: unset('every client by itself'),
    meaning: 'which clients count as one',
  }),
  protocol: setting({
    kind: anyCase('TCP', 'UDP', 'SCTP'),
    default: unset('UDP; none for firewall marks'),
    meaning: 'layer 4 protocol',
  }),
  ha_suspend: flagRow('check only while the address is on this machine; not with firewall marks'),
  snmp_name: setting({ kind: name('STRING', true), default: unset(), meaning: 'label in SNMP tables' }),
  virtualhost: setting({
    kind: name(),
    default: unset(),
    meaning: 'Host of HTTP checks that have none of their own',
  }),
};

const QUORUM = {
  quorum: setting({
    kind: integer(1, 4_294_967_295),
    default: fixed(1),
    meaning: 'weight of live servers that the service needs; at most their total weight',
  }),
  hysteresis: setting({
    kind: integer(0, 4_294_967_295),
    default: fixed(0),
    meaning: 'margin around quorum for gain and loss; less than quorum',
  }),
  quorum_up: setting({
    kind: firstOnly(script()),
    default: unset(),
    meaning: 'run when the quorum is gained',
  }),
  quorum_down: setting({
    kind: firstOnly(script()),
    default: unset(),
    meaning: 'run when the quorum is lost',
  }),
  sorry_server: setting({
    kind: endpoint(),
    default: unset(),
    meaning: 'server while the quorum is lost; the last one counts',
  }),
  sorry_server_inhibit: flagRow('a sorry server that is not used has weight 0; must follow sorry_server'),
  sorry_server_lvs_method: setting({
    kind: lvsMethod(),
    default: derived('lvs_method', ({ own }) => own('lvs_method') as typeof NAT),
    meaning: 'how packets reach the sorry server; must follow sorry_server',
  }),
};

export const VIRTUAL_SERVER = {
  path: 'virtual_server',
  keywords: {
    ...SERVICE,
    ...SCHEDULING,
    ...SERVER_TIMING,
    inhibit_on_failure: flagRow('a failed real server gets weight 0 in place of removal'),
    smtp_alert: smtpAlert(false),
    alpha: flagRow('real servers are down until their checks succeed'),
    omega: flagRow('run the scripts for down and lost quorum at shutdown as well'),
    weight: setting({
      kind: integer(1, 2_147_483_647),
      default: fixed(1),
      meaning: 'weight of real servers that have none of their own',
    }),
    ...QUORUM,
    real_server: block({
      block: REAL_SERVER,
      name: correctedEndpoint(),
      meaning: 'one server behind the service',
    }),
    real_server_name: block({
      block: REAL_SERVER_NAME,
      name: namedEndpoint(),
      meaning: 'a name whose addresses are real servers',
      standing: EXTENSION,
    }),
  },
} satisfies SettingsBlock;

export const VIRTUAL_SERVER_GROUP: ListBlock<GroupMember> = {
  path: 'virtual_server_group',
  line: GROUP_LINE,
};
