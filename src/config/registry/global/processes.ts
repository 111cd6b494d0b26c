/** global_defs: names, scheduling, limits and buffers of processes. */
import { alone, clamped, lenient, truncated } from '../corrected-kinds.ts';
import { boolean, flag, integer, word } from '../kinds.ts';
import { ACTS, accepted, deprecated, derived, fixed, setting, unset } from '../rows.ts';
import type { Standing } from '../spec.ts';
import { bufferSize, cpuList, umask } from './kinds.ts';
import { receiveBuffers } from './receive-buffers.ts';

const NO_SUCH_PROCESS = accepted(
  'there is one process, which has the name and scheduling of the one for VRRP',
);
const OWN_BUFFERS = accepted('socket buffers are sized by the program');

/** The kernel keeps 15 characters of a process name. */
const PROCESS_NAME = truncated(word(), 15);

/** A child's name where none is given. */
function childName(role: 'vrrp' | 'lvs' | 'bfd', standing: Standing) {
  return setting({
    kind: PROCESS_NAME,
    default: derived(`keepalived; keepalived_${role} with process_names`, ({ own }) =>
      own('process_names') === true ? `keepalived_${role}` : 'keepalived',
    ),
    meaning: `name of the process for ${role}`,
    standing,
  });
}

export const PROCESS_NAMES = {
  process_names: setting({
    kind: flag(),
    default: fixed(false, 'off'),
    meaning: 'name the children keepalived_vrrp, keepalived_lvs and keepalived_bfd',
    standing: ACTS,
  }),
  process_name: setting({
    kind: PROCESS_NAME,
    default: fixed('keepalived'),
    meaning: 'name of the first process',
    standing: ACTS,
  }),
  vrrp_process_name: childName('vrrp', ACTS),
  checker_process_name: childName('lvs', NO_SUCH_PROCESS),
  lvs_process_name: deprecated('checker_process_name', 'note'),
  bfd_process_name: childName('bfd', NO_SUCH_PROCESS),
};

const nice = (standing: Standing) =>
  setting({
    kind: lenient(integer(-20, 19)),
    default: fixed(0),
    meaning: 'nice value of this process',
    standing,
    harmless: (value) => value === 0,
  });
const noSwap = (standing: Standing) =>
  setting({
    kind: flag(),
    default: fixed(false, 'off'),
    meaning: 'keep the memory of this process out of swap',
    standing,
  });
const realtime = (standing: Standing) =>
  setting({
    kind: lenient(clamped(1, 99)),
    default: fixed(0, '0 (off)'),
    meaning: 'round-robin realtime priority of this process',
    standing,
  });
const affinity = (standing: Standing) =>
  setting({
    kind: cpuList(),
    default: unset('all'),
    meaning: 'processors that this process may run on',
    standing,
  });
const realtimeLimit = (standing: Standing) =>
  setting({
    // Half of it is the soft limit, and that must not be 0.
    kind: microseconds(1, 4_294_967_295, 2),
    default: fixed(10_000),
    meaning: 'hard limit of realtime without a system call; the soft limit is half',
    standing,
  });

function microseconds(min: number, max: number, least = min) {
  const inner = integer(min, max);
  return {
    ...inner,
    arguments: 'MICROSECONDS',
    unit: 'us',
    read: (args: Parameters<typeof inner.read>[0]) => {
      const value = inner.read(args);
      return value === null ? null : Math.max(value, least);
    },
  };
}

export const SCHEDULING = {
  max_auto_priority: setting({
    kind: {
      ...integer(-1, 99),
      arguments: '[N]',
      read: (args) => (args.peek() === null ? 99 : integer(-1, 99).read(args)),
    },
    default: fixed(0),
    meaning: 'highest realtime priority that lateness may lead to; without a number 99; 0 and -1: never',
    standing: ACTS,
    harmless: (value) => value <= 0,
  }),
  min_auto_priority_delay: setting({
    kind: lenient(microseconds(1, 10_000_000)),
    default: fixed(1_000_000),
    meaning: 'lateness that raises the priority',
    standing: ACTS,
  }),
  vrrp_priority: nice(ACTS),
  vrrp_no_swap: noSwap(ACTS),
  vrrp_rt_priority: realtime(ACTS),
  vrrp_cpu_affinity: affinity(ACTS),
  vrrp_rlimit_rttime: realtimeLimit(ACTS),
  vrrp_rlimit_rtime: deprecated('vrrp_rlimit_rttime', 'note'),
  checker_priority: nice(NO_SUCH_PROCESS),
  checker_no_swap: noSwap(NO_SUCH_PROCESS),
  checker_rt_priority: realtime(NO_SUCH_PROCESS),
  checker_cpu_affinity: affinity(NO_SUCH_PROCESS),
  checker_rlimit_rttime: realtimeLimit(NO_SUCH_PROCESS),
  checker_rlimit_rtime: deprecated('checker_rlimit_rttime', 'note'),
  bfd_priority: nice(NO_SUCH_PROCESS),
  bfd_no_swap: noSwap(NO_SUCH_PROCESS),
  bfd_rt_priority: realtime(NO_SUCH_PROCESS),
  bfd_cpu_affinity: affinity(NO_SUCH_PROCESS),
  bfd_rlimit_rttime: realtimeLimit(NO_SUCH_PROCESS),
  bfd_rlimit_rtime: deprecated('bfd_rlimit_rttime', 'note'),
  umask: setting({
    kind: umask(),
    default: fixed(0o177, '0177'),
    meaning: 'permissions that files of the process never get',
    standing: ACTS,
  }),
};

/** A buffer, and whether the limit of the system may be exceeded for it. */
function buffer<const K extends string>(keyword: K, what: string, standing = OWN_BUFFERS) {
  return {
    [keyword]: setting({
      kind: bufferSize(),
      default: unset('as the kernel has it'),
      meaning: `receive buffer of the socket for ${what}`,
      standing,
    }),
    [`${keyword}_force`]: setting({
      kind: boolean(),
      default: fixed(false),
      meaning: `exceed the system's limit for ${keyword}`,
      standing,
      harmless: (value) => !value,
    }),
  } as {
    [P in K]: ReturnType<typeof setting<number, null>>;
  } & { [P in `${K}_force`]: ReturnType<typeof setting<boolean, boolean>> };
}

export const BUFFERS = {
  ...buffer('vrrp_netlink_cmd_rcv_bufs', 'VRRP netlink commands'),
  ...buffer('vrrp_netlink_monitor_rcv_bufs', 'VRRP netlink events'),
  ...buffer('process_monitor_rcv_bufs', 'process events', ACTS),
  ...buffer('lvs_netlink_cmd_rcv_bufs', 'checker netlink commands'),
  ...buffer('lvs_netlink_monitor_rcv_bufs', 'checker netlink events'),
  vrrp_rx_bufs_policy: setting({
    kind: receiveBuffers(),
    default: unset('as the kernel has it'),
    meaning: 'how the receive buffers for adverts are sized',
    standing: OWN_BUFFERS,
  }),
  vrrp_rx_bufs_multiplier: setting({
    kind: alone(lenient(integer(1, 4_294_967_295))),
    default: fixed(3),
    meaning: 'how many packets a receive buffer sized by MTU or ADVERT holds',
    standing: OWN_BUFFERS,
  }),
};
