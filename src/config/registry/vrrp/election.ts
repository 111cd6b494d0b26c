/** Keywords of vrrp_instance that decide who is master. */
import { boolean, duration, flag, integer, word } from '../kinds.ts';
import { ACTS, accepted, deprecated, derived, fixed, fromGlobal, setting, unset } from '../rows.ts';
import type { DefaultScope } from '../spec.ts';
import { initialState, optional, wireInterface } from './kinds.ts';

export const OWNER_PRIORITY = 255;

const isStrict = (scope: DefaultScope): boolean => scope.own('strict_mode') === true;
const isOwner = (scope: DefaultScope): boolean => scope.own('priority') === OWNER_PRIORITY;

/** Another value under strict_mode. */
function unlessStrict<V>(keyword: string, strict: V, otherwise: (scope: DefaultScope) => V) {
  return derived(`${keyword}; ${strict} when strict`, (scope) =>
    isStrict(scope) ? strict : otherwise(scope),
  );
}

export const ELECTION = {
  state: setting({
    kind: initialState(),
    default: derived<'MASTER' | 'BACKUP'>('MASTER if the priority is 255, else BACKUP', (scope) =>
      isOwner(scope) ? 'MASTER' : 'BACKUP',
    ),
    meaning: 'preferred first state; a later BACKUP does not undo MASTER',
    standing: ACTS,
  }),
  interface: setting({
    kind: wireInterface(),
    default: unset('must be set, except with unicast_peer'),
    meaning: 'interface of the adverts, and of addresses without dev',
    standing: ACTS,
  }),
  virtual_router_id: setting({
    kind: integer(1, 255),
    default: unset('must be set'),
    meaning: 'the VRID; one value on one network means one virtual router',
    standing: ACTS,
  }),
  priority: setting({
    kind: integer(1, OWNER_PRIORITY),
    default: fixed(100, '100; 255 when state MASTER and unset'),
    meaning: 'the highest becomes master; 255 is the owner of the addresses',
    standing: ACTS,
  }),
  version: setting({
    kind: integer(2, 3, { merge: (before) => before }),
    default: derived('vrrp_version; 3 for IPv6', (scope) => scope.global('vrrp_version') as number),
    meaning: 'protocol version',
    standing: ACTS,
  }),
  advert_int: setting({
    kind: duration(10_000, 255_000_000, {
      range: '1 to 255 in whole seconds (version 2); 0.01 to 40.95 in steps of 0.01 (version 3)',
    }),
    default: fixed(1_000_000, '1'),
    meaning: 'time between two adverts',
    standing: ACTS,
  }),
  nopreempt: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'leave a master of lower priority alone; not with state MASTER or priority 255',
    standing: ACTS,
  }),
  preempt: setting({
    kind: flag(),
    default: derived('on, unless nopreempt', (scope) => scope.own('nopreempt') !== true),
    meaning: 'undo nopreempt',
    standing: ACTS,
  }),
  preempt_delay: setting({
    kind: duration(0, 1_000_000_000),
    default: fixed(0),
    meaning: 'how long a master of lower priority is left alone',
    standing: ACTS,
  }),
  strict_mode: setting({
    kind: boolean(),
    default: fromGlobal<boolean>('vrrp_strict'),
    meaning: 'refuse what the RFC does not allow; the host drops packets to addresses that it does not own',
    standing: ACTS,
  }),
  down_timer_adverts: setting({
    kind: integer(1, 100),
    default: unlessStrict(
      'vrrp_down_timer_adverts',
      3,
      (scope) => scope.global('vrrp_down_timer_adverts') as number,
    ),
    meaning: 'adverts that must fail to come before a backup takes over',
    standing: ACTS,
  }),
  timer_expired_backup: setting({
    kind: optional(integer(1, 254), 254),
    default: unset('off; 254 without an argument'),
    meaning:
      'a master whose own advert is late enough for a backup of this priority to take over yields; with nopreempt',
    standing: ACTS,
  }),
  thread_timer_expired: deprecated('timer_expired_backup'),
  lower_prio_no_advert: setting({
    kind: boolean(),
    default: unlessStrict(
      'vrrp_lower_prio_no_advert',
      true,
      (scope) => scope.global('vrrp_lower_prio_no_advert') as boolean,
    ),
    meaning: 'a master does not answer an advert of lower priority',
    standing: ACTS,
  }),
  higher_prio_send_advert: setting({
    kind: boolean(),
    default: unlessStrict(
      'vrrp_higher_prio_send_advert',
      false,
      (scope) => scope.global('vrrp_higher_prio_send_advert') as boolean,
    ),
    meaning: 'a master sends one more advert before it yields to a higher priority',
    standing: ACTS,
  }),
  owner_ignore_adverts: setting({
    // Off is not written: for an owner, the keyword means on whatever its argument.
    kind: { ...boolean(), format: (value) => (value ? 'on' : null) },
    default: derived('vrrp_owner_ignore_adverts; true when strict, for an owner', (scope) =>
      isStrict(scope) && isOwner(scope) ? true : (scope.global('vrrp_owner_ignore_adverts') as boolean),
    ),
    meaning: 'an owner of the addresses drops every advert',
    standing: ACTS,
  }),
  dont_track_primary: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'the link of the instance’s own interface does not matter',
    standing: ACTS,
  }),
  track_src_ip: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'fault while the configured source address is missing',
    standing: ACTS,
  }),
  accept: setting({
    kind: flag(),
    default: derived('on, except no_accept or strict non-owner', (scope) =>
      scope.own('no_accept') === true ? false : !isStrict(scope) || isOwner(scope),
    ),
    meaning: 'the host accepts packets to the addresses',
    standing: ACTS,
  }),
  no_accept: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'the host drops packets to addresses that it does not own',
    standing: ACTS,
  }),
  debug: setting({
    kind: integer(0, 4),
    default: fixed(0),
    meaning: 'level of detail of messages; unused',
    standing: accepted('levels of detail are not set per instance'),
  }),
  linkbeat_use_polling: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'ask the interface for its link state; deprecated, see linkbeat_interfaces',
    standing: ACTS,
  }),
  lvs_sync_daemon_interface: setting({
    kind: word('IFNAME'),
    default: unset(),
    meaning: 'run the IPVS synchronisation daemon of this instance; deprecated, see lvs_sync_daemon',
    standing: ACTS,
  }),
};
