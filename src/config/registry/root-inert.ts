/** Keywords of the top level that do not act, each with the reason. */
import { inert } from './inert.ts';
import type { KeywordTable } from './spec.ts';

export const ROOT_INERT: KeywordTable = {
  ...inert(
    'warning',
    'real servers are not checked and IPVS is left alone',
    `
virtual_server | IP [PORT] / fwmark N / group NAME {block} |  | fwmark 0..4294967295; port 0 treated as none |  | IPVS service definition
virtual_server_group | NAME {lines} |  |  |  | named set of service addresses and fwmarks
`,
  ),
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
    'they would not be set',
    `
static_routes | {lines} |  |  |  | routes installed permanently
static_rules | {lines} |  |  |  | policy rules installed permanently
`,
  ),
};
