/** global_defs: virtual servers. */
import { optional } from '../corrected-kinds.ts';
import { boolean, each, firstOnly, flag, integer, word } from '../kinds.ts';
import { type Endpoint, endpoint } from '../lvs/service.ts';
import { ACTS, accepted, deprecated, EXTENSION, fixed, setting, unset } from '../rows.ts';
import { lvsSyncDaemon, lvsTimeouts } from './ipvs-kinds.ts';
import { flagOr } from './kinds.ts';
import { limited } from './vrrp.ts';

const NO_MARKS = accepted('each entry of a group is a service of its own');

function option(meaning: string, standing = ACTS) {
  return setting({
    kind: boolean(),
    default: fixed(false),
    meaning,
    standing,
    harmless: (value) => !value,
  });
}

export const VIRTUAL_SERVERS = {
  checker_share_probes: setting({
    kind: boolean(),
    default: fixed(false),
    meaning: 'one probe for all checks of the same target that are configured alike',
    standing: EXTENSION,
  }),
  name_server: setting({
    kind: each(endpoint()),
    default: fixed<readonly Endpoint[]>([], 'those of the machine'),
    meaning: 'whom to ask for the addresses of real_server_name; may be given several times',
    standing: EXTENSION,
  }),
  checker_log_all_failures: option('log each failed check, not only changes'),
  lvs_timeouts: setting({
    kind: lvsTimeouts(),
    default: unset('as the kernel has them'),
    meaning: 'timeouts of connections of virtual servers',
    standing: ACTS,
  }),
  lvs_start_plan: setting({
    kind: boolean(),
    default: fixed(true),
    meaning: 'keep what a start of this configuration sets, for the next start to set it at once',
    standing: EXTENSION,
  }),
  lvs_flush: setting({
    kind: flag(),
    default: fixed(false, 'off'),
    meaning: 'remove all virtual servers of the kernel at start',
    standing: ACTS,
  }),
  lvs_flush_on_stop: setting({
    kind: flagOr('VS', null),
    default: fixed(false, 'off'),
    meaning: 'remove all virtual servers of the kernel at stop; VS: only those of the configuration',
    standing: ACTS,
  }),
  lvs_flush_onstop: deprecated('lvs_flush_on_stop', 'note'),
  lvs_sync_daemon: setting({
    kind: lvsSyncDaemon(),
    default: unset(),
    meaning: "run the kernel's synchronisation of connections between virtual servers",
    standing: ACTS,
  }),
  nftables_ipvs: setting({
    kind: firstOnly(
      optional(limited({ ...word('TABLE'), range: '1 to 254 characters' }, 254), 'keepalived_ipvs'),
    ),
    default: unset('keepalived_ipvs, once a rule is needed'),
    meaning: 'table of nftables that marks packets of virtual server groups',
    standing: NO_MARKS,
  }),
  nftables_ipvs_priority: setting({
    kind: integer(-2_147_483_648, 2_147_483_647),
    default: fixed(-1),
    meaning: 'priority of the chains in that table',
    standing: NO_MARKS,
  }),
  nftables_ipvs_start_fwmark: setting({
    kind: integer(1, 4_294_967_295),
    default: fixed(1000),
    meaning: 'first mark that is given out',
    standing: NO_MARKS,
  }),
  rs_init_notifies: option('notifications for real servers at the first start too'),
  no_checker_emails: option('mail only if the real server changes, not for each of its checks'),
};
