/** global_defs. */
import { lenient } from '../corrected-kinds.ts';
import { word } from '../kinds.ts';
import { ACTS, EXTENSION, setting, unset } from '../rows.ts';
import type { SettingsBlock } from '../spec.ts';
import { FILES } from './files.ts';
import { VIRTUAL_SERVERS } from './lvs.ts';
import { MAIL, SCRIPTS, SNMP_AND_DBUS } from './notification.ts';
import { BUFFERS, PROCESS_NAMES, SCHEDULING } from './processes.ts';
import { viewAddress } from './view-kind.ts';
import { FIREWALL, GRATUITOUS_ARP, INSTANCE_DEFAULTS } from './vrrp.ts';

export const GLOBAL_DEFS = {
  path: 'global_defs',
  keywords: {
    router_id: setting({
      kind: lenient(word()),
      default: unset('the host name'),
      meaning: 'name of this machine in what it reports',
      standing: ACTS,
    }),
    relived_view: setting({
      kind: viewAddress(),
      default: unset('not served'),
      meaning: 'have the page of the history served while this runs',
      standing: EXTENSION,
    }),
    ...INSTANCE_DEFAULTS,
    ...GRATUITOUS_ARP,
    ...FIREWALL,
    ...MAIL,
    ...SCRIPTS,
    ...SNMP_AND_DBUS,
    ...VIRTUAL_SERVERS,
    ...PROCESS_NAMES,
    ...SCHEDULING,
    ...BUFFERS,
    ...FILES,
  },
} satisfies SettingsBlock;
