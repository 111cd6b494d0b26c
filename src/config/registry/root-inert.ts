/** Keywords of the top level that do not act, each with the reason. */
import { inert } from './inert.ts';
import type { KeywordTable } from './spec.ts';

export const ROOT_INERT: KeywordTable = {
  ...inert(
    'note',
    'virtual servers are not supported yet',
    `
SSL | {block} | auto context |  |  | client SSL material for SSL_GET
net_namespace_ipvs | [NAME] | same namespace |  |  | apply IPVS configuration in another namespace
`,
  ),
  ...inert(
    'note',
    'files and processes are kept in another way',
    `
use_pid_dir |  | off |  |  | place PID files under RUNSTATEDIR/keepalived/
instance | NAME | none |  |  | name this daemon instance; used in pid and dump file names
child_wait_time | SECS | 5 | 0..4294967295 |  | grace for children to exit before SIGKILL at shutdown
namespace_with_ipsets |  | off |  |  | permit ipsets in namespace on kernels before 3.13
`,
  ),
  ...inert(
    'note',
    'link state comes from the kernel',
    `
linkbeat_use_polling |  | off |  |  | poll link state by MII/ETHTOOL/ioctl instead of netlink
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
    'the program would work in the wrong network namespace',
    `
net_namespace | NAME | none |  |  | run whole daemon inside named network namespace
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
