/** Options of address and peer lines that do not act, each with the reason. */
import { inert } from './inert.ts';
import type { KeywordTable } from './spec.ts';

export const ADDRESS_OPTIONS_INERT: KeywordTable = {
  ...inert(
    'note',
    'addresses are set without it',
    `
scope | SCOPE | global | name or number from rt_scopes |  | address scope
broadcast | ADDR/+/- | none | prefix <=30 for +/- |  | broadcast address
brd | ADDR/+/- | none |  |  | broadcast address
label | LABEL | none | <16 chars |  | interface alias label
`,
    true,
  ),
  ...inert(
    'note',
    'the kernel default applies',
    `
mngtmpaddr |  | off |  |  | set IFA_F_MANAGETEMPADDR
autojoin |  | off |  |  | set IFA_F_MCAUTOJOIN
home |  | off |  |  | set IFA_F_HOMEADDRESS
-nodad |  | off |  |  | run duplicate address detection on this IPv6 VIP
preferred_lft | SECS/forever | forever; 0 for IPv6 /128 | 0..4294967295 | forever | preferred lifetime
`,
    true,
  ),
  ...inert(
    'warning',
    'the kernel adds its route',
    `
noprefixroute |  | off |  |  | set IFA_F_NOPREFIXROUTE
`,
    true,
  ),
  ...inert(
    'error',
    'peer addresses cannot be set',
    `
peer | IP[/PREFIX] | none | same family |  | peer address, sets prefix length
`,
    true,
  ),
  ...inert(
    'error',
    'virtual MAC interfaces are missing: the address would be on another interface',
    `
use_vmac |  | off |  |  | put this address on a VMAC of its dev
`,
    true,
  ),
};

export const PEER_OPTIONS_INERT: KeywordTable = {
  ...inert(
    'error',
    'the TTL of a unicast advert is not compared with limits',
    `
min_ttl | N | 0 | 0..255 | 0 | least acceptable received TTL
max_ttl | N | 255 | 0..255 | 255 | greatest acceptable received TTL
`,
    true,
  ),
};
