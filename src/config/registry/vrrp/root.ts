/** Keywords of the top level about VRRP. */
import { word } from '../kinds.ts';
import { ACTS, alias, block } from '../rows.ts';
import type { ListBlock } from '../spec.ts';
import { type AddressEntry, addressLine, STATIC_ADDRESS_OPTIONS } from './address-line.ts';
import { GARP_GROUP, TRACK_GROUP, VRRP_SYNC_GROUP } from './groups.ts';
import { VRRP_INSTANCE } from './instance.ts';
import { INTERFACE_DELAYS, LINKBEAT_INTERFACES } from './interface-lines.ts';
import { BFD_INSTANCE, TRACK_FILE, VRRP_SCRIPT, VRRP_TRACK_PROCESS } from './trackers.ts';

const STATIC_IPADDRESS: ListBlock<AddressEntry> = {
  path: 'static_ipaddress',
  line: addressLine(STATIC_ADDRESS_OPTIONS),
};

/** In an order that a file may have: what is followed stands before what follows it. */
export const VRRP_ROOT = {
  vrrp_script: block({
    block: VRRP_SCRIPT,
    name: word(),
    meaning: 'program that is run periodically for trackers',
    standing: ACTS,
  }),
  vrrp_track_process: block({
    block: VRRP_TRACK_PROCESS,
    name: word(),
    meaning: 'processes that must run',
    standing: ACTS,
  }),
  track_file: block({
    block: TRACK_FILE,
    name: word(),
    meaning: 'file with a number that changes the priority',
    standing: ACTS,
  }),
  vrrp_track_file: alias('track_file'),
  bfd_instance: block({
    block: BFD_INSTANCE,
    name: word('NAME', { range: 'up to 31 characters' }),
    meaning: 'BFD session',
    standing: ACTS,
  }),
  track_group: block({
    block: TRACK_GROUP,
    name: word(),
    meaning: 'instances that depend on static addresses, routes and rules',
    standing: ACTS,
  }),
  static_ipaddress: block({
    block: STATIC_IPADDRESS,
    meaning: 'addresses that are set while the program runs',
    standing: ACTS,
  }),
  garp_group: block({
    block: GARP_GROUP,
    meaning: 'limits of gratuitous ARPs on interfaces',
    standing: ACTS,
  }),
  linkbeat_interfaces: block({
    block: LINKBEAT_INTERFACES,
    meaning: 'interfaces that are asked for their link state each second',
    standing: ACTS,
  }),
  interface_up_down_delays: block({
    block: INTERFACE_DELAYS,
    meaning: 'how long links must be up or down before it counts',
    standing: ACTS,
  }),
  vrrp_instance: block({ block: VRRP_INSTANCE, name: word(), meaning: 'one virtual router', standing: ACTS }),
  vrrp_sync_group: block({
    block: VRRP_SYNC_GROUP,
    name: word(),
    meaning: 'instances that change their state together',
    standing: ACTS,
  }),
};
