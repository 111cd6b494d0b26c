/** Keywords of the top level about the program as a whole. */
import { lenient, optional } from '../corrected-kinds.ts';
import { firstOnly, flag, seconds, word } from '../kinds.ts';
import { ACTS, accepted, block, derived, fixed, setting, unset } from '../rows.ts';
import { GLOBAL_DEFS } from './global-defs.ts';
import { SSL } from './ssl.ts';

const OWN_FILES = accepted('files and processes are kept in another way');

export const GLOBAL_ROOT = {
  global_defs: block({
    block: GLOBAL_DEFS,
    meaning: 'settings of the whole program and defaults of every instance, wherever in the file it stands',
    standing: ACTS,
  }),
  SSL: block({
    block: SSL,
    meaning: 'certificates for SSL_GET; the last block counts',
    standing: ACTS,
  }),
  net_namespace: setting({
    kind: firstOnly(lenient(word())),
    default: unset(),
    meaning: 'network namespace of the whole program',
    standing: ACTS,
  }),
  net_namespace_ipvs: setting({
    // '' is the namespace that the program was started in.
    kind: firstOnly(optional(word(), '')),
    default: unset('as net_namespace'),
    meaning: 'network namespace of virtual servers; without a name that in which the program was started',
    standing: ACTS,
  }),
  namespace_with_ipsets: setting({
    kind: flag(),
    default: fixed(false, 'off'),
    meaning: 'ipsets in a network namespace, on kernels before 3.13',
    standing: OWN_FILES,
  }),
  use_pid_dir: setting({
    kind: flag(),
    default: derived(
      'off; on with instance or net_namespace',
      ({ own }) => own('instance') !== null || own('net_namespace') !== null,
    ),
    meaning: 'pid files in a directory of their own',
    standing: ACTS,
  }),
  instance: setting({
    kind: firstOnly(lenient(word())),
    default: unset(),
    meaning: 'name of this program among several on the machine',
    standing: ACTS,
  }),
  child_wait_time: setting({
    kind: seconds(0, 4_294_967_295),
    default: fixed(5_000_000, '5'),
    meaning: 'how long processes may take to end before they are killed',
    standing: OWN_FILES,
  }),
  linkbeat_use_polling: setting({
    kind: flag(),
    default: fixed(false, 'off'),
    meaning: 'ask interfaces for their link state',
    standing: ACTS,
  }),
};
