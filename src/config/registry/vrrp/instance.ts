/** vrrp_instance and the blocks in it. */
import { flag } from '../kinds.ts';
import { ROUTES_OF_INSTANCE } from '../routes/blocks.ts';
import { ACTS, block, fixed, setting } from '../rows.ts';
import type { ListBlock, SettingsBlock } from '../spec.ts';
import { ADDRESS_OPTIONS, type AddressEntry, addressLine } from './address-line.ts';
import { ANNOUNCING } from './announcing.ts';
import { ELECTION } from './election.ts';
import { INSTANCE_NOTICES } from './notices.ts';
import { trackBlocks } from './track-lines.ts';
import { WIRE } from './wire.ts';

function addresses(path: string): ListBlock<AddressEntry> {
  return { path, line: addressLine(ADDRESS_OPTIONS) };
}

const ADDRESSES = {
  virtual_ipaddress: block({
    block: addresses('vrrp_instance/virtual_ipaddress'),
    meaning: 'up to 255 addresses that the master holds and the adverts list',
    standing: ACTS,
  }),
  virtual_ipaddress_excluded: block({
    block: addresses('vrrp_instance/virtual_ipaddress_excluded'),
    meaning: 'addresses of either family that the master holds and the adverts do not list',
    standing: ACTS,
  }),
  no_virtual_ipaddress: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'an instance without addresses is intended',
    standing: ACTS,
  }),
};

export const VRRP_INSTANCE = {
  path: 'vrrp_instance',
  keywords: {
    ...ELECTION,
    ...ADDRESSES,
    ...WIRE,
    ...ANNOUNCING,
    ...trackBlocks('vrrp_instance'),
    ...INSTANCE_NOTICES,
    ...ROUTES_OF_INSTANCE,
  },
} satisfies SettingsBlock;
