/** keepalived.stats: counters of each instance (keepalived 2.4.3: the labels and their order are its own). */
import type { InstanceFacts } from './facts.ts';

/** keepalived's counters, in the order of its JSON. Its counter of wrong intervals is never incremented. */
export function statistics({ counters, history }: InstanceFacts): Readonly<Record<string, number>> {
  const { errors } = counters;
  return {
    advert_rcvd: counters.received,
    advert_sent: counters.sent,
    become_master: history.becameMaster,
    release_master: history.releasedMaster,
    packet_len_err: errors.packetLength ?? 0,
    advert_interval_err: errors.advertInterval ?? 0,
    ip_ttl_err: errors.ttl ?? 0,
    invalid_type_rcvd: errors.type ?? 0,
    addr_list_err: errors.addressList ?? 0,
    invalid_authtype: errors.authType ?? 0,
    authtype_mismatch: errors.authTypeMismatch ?? 0,
    auth_failure: errors.authFailure ?? 0,
    auth_ext_missing: errors.authExtMissing ?? 0,
    auth_ext_malformed: errors.authExtMalformed ?? 0,
    auth_ext_unknown_key: errors.authExtUnknownKey ?? 0,
    auth_ext_invalid_hmac: errors.authExtInvalidHmac ?? 0,
    auth_ext_stale: errors.authExtStale ?? 0,
    auth_ext_replay: errors.authExtReplay ?? 0,
    pri_zero_rcvd: counters.priorityZeroReceived,
    pri_zero_sent: counters.priorityZeroSent,
  };
}

const LINES: readonly (readonly [label: string, counter: string | null])[] = [
  ['  Advertisements', null],
  ['    Received', 'advert_rcvd'],
  ['    Sent', 'advert_sent'],
  ['  Became master', 'become_master'],
  ['  Released master', 'release_master'],
  ['  Packet Errors', null],
  ['    Length', 'packet_len_err'],
  ['    TTL', 'ip_ttl_err'],
  ['    Invalid Type', 'invalid_type_rcvd'],
  ['    Advertisement Interval', 'advert_interval_err'],
  ['    Address List', 'addr_list_err'],
  ['  Authentication Errors', null],
  ['    Invalid Type', 'invalid_authtype'],
  ['    Type Mismatch', 'authtype_mismatch'],
  ['    Failure', 'auth_failure'],
  ['  Authentication Extension Errors', null],
  ['    Missing', 'auth_ext_missing'],
  ['    Malformed', 'auth_ext_malformed'],
  ['    Unknown Key', 'auth_ext_unknown_key'],
  ['    Invalid HMAC', 'auth_ext_invalid_hmac'],
  ['    Stale', 'auth_ext_stale'],
  ['    Replay', 'auth_ext_replay'],
  ['  Priority Zero', null],
  ['    Received', 'pri_zero_rcvd'],
  ['    Sent', 'pri_zero_sent'],
];

export function statsText(instances: readonly InstanceFacts[]): string {
  return instances.map(instanceText).join('');
}

function instanceText(facts: InstanceFacts): string {
  const counters = statistics(facts);
  const lines = LINES.map(([label, counter]) =>
    counter === null ? `${label}:\n` : `${label}: ${counters[counter]}\n`,
  );
  return `VRRP Instance: ${facts.config.name}\n${lines.join('')}`;
}
