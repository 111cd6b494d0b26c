/** Keywords of the top level that do not act, each with the reason. */
import { inert } from './inert.ts';
import type { KeywordTable } from './spec.ts';

export const ROOT_INERT: KeywordTable = {
  ...inert(
    'note',
    'link state comes from the kernel',
    `
linkbeat_interfaces | {lines} |  |  |  | per interface polled link detection
`,
  ),
  ...inert(
    'warning',
    'gratuitous ARPs are not paced',
    `
garp_group | {block} |  |  |  | rate limits for gratuitous ARP/NA per interface set
`,
  ),
  ...inert(
    'warning',
    'nothing follows it yet',
    `
vrrp_script | NAME {block} |  |  |  | periodic health script for trackers
vrrp_track_process | NAME {block} |  |  |  | process presence monitor
track_file | NAME {block} |  |  |  | inotify-monitored numeric file
vrrp_track_file | NAME {block} |  |  |  | same as track_file
bfd_instance | NAME {block} |  | name up to 31 chars |  | BFD session
`,
  ),
  ...inert(
    'error',
    'members would change state alone',
    `
vrrp_sync_group | NAME {block} |  |  |  | bind instances so they change state together
`,
  ),
  ...inert(
    'error',
    'they would not be set',
    `
static_ipaddress | {lines} |  |  |  | addresses installed permanently
static_routes | {lines} |  |  |  | routes installed permanently
static_rules | {lines} |  |  |  | policy rules installed permanently
track_group | NAME {block} |  |  |  | instances that track static addresses/routes/rules
`,
  ),
  ...inert(
    'error',
    'links would not be debounced',
    `
interface_up_down_delays | {lines} |  |  |  | debounce link transitions
`,
  ),
};
