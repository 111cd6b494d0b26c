/** global_defs: mail, scripts, FIFOs, SNMP and D-Bus. */
import { parseIp } from '../../../protocol/ip.ts';
import type { Arguments } from '../../arguments.ts';
import { quoted } from '../../problems.ts';
import { aboveZero, alone, lenient, oneWord } from '../corrected-kinds.ts';
import { boolean, duration, firstOnly, flag, formatWord, integer, seconds, word } from '../kinds.ts';
import { ACTS, block, deprecated, derived, fixed, refused, setting, unset } from '../rows.ts';
import { script } from '../script-kind.ts';
import type { Kind, ListBlock, Standing } from '../spec.ts';
import { fifo, scriptUser } from './kinds.ts';

const NO_SNMP = refused('warning', 'SNMP is not served');
const NO_DBUS = refused('warning', 'D-Bus is not served');

const isFalse = (value: boolean | null): boolean => value === false;

const NOTIFICATION_EMAIL = {
  path: 'global_defs/notification_email',
  line: {
    what: 'an address; quoted as a whole if it has a display name',
    arguments: 'ADDRESS ...',
    options: {},
    read: (words) => words.map(({ text }) => text),
    format: (addresses) => addresses.map(formatWord).join(' '),
  },
} satisfies ListBlock<readonly string[]>;

export interface MailServer {
  /** Name or address. */
  readonly host: string;
  readonly port: number;
}

const SMTP_PORT = 25;

/** `HOST|IP [PORT]`. */
function mailServer(): Kind<MailServer> {
  const port = integer(1, 65_535);
  const read = (args: Arguments): MailServer | null => {
    const host = args.next();
    if (host === null) return args.missing('HOST|IP [PORT]');
    if (parseIp(host.text) === null && !/^[A-Za-z0-9_]([-A-Za-z0-9_.]*[A-Za-z0-9_.])?$/.test(host.text)) {
      return args.ignored('invalid-address', host, `${quoted(host)} is neither an address nor a host name`);
    }
    const number = args.peek() === null ? SMTP_PORT : port.read(args);
    return number === null ? null : { host: host.text, port: number };
  };
  return {
    arguments: 'HOST|IP [PORT]',
    range: 'PORT 1 to 65535, default 25',
    unit: '',
    choices: [],
    secret: false,
    read,
    format: ({ host, port: number }) => `${host} ${number}`,
  };
}

export const MAIL = {
  notification_email_from: setting({
    kind: oneWord(lenient(word('ADDRESS'))),
    default: unset('user@hostname'),
    meaning: 'sender of alert mails',
    standing: ACTS,
  }),
  notification_email: block({
    block: NOTIFICATION_EMAIL,
    meaning: 'recipients of alert mails',
    standing: ACTS,
  }),
  smtp_server: setting({
    kind: mailServer(),
    default: unset(),
    meaning: 'mail relay; without it no alert mail is sent',
    standing: ACTS,
  }),
  smtp_helo_name: setting({
    kind: {
      ...word(),
      // The one keyword whose missing value is no complaint.
      read: (args) => args.next()?.text ?? null,
    },
    default: unset('the host name'),
    meaning: 'name in the greeting to the mail relay',
    standing: ACTS,
  }),
  smtp_connect_timeout: setting({
    kind: aboveZero(seconds(0, 4294), 1_000_000),
    default: fixed(30_000_000, '30'),
    meaning: 'how long the mail relay may be silent',
    standing: ACTS,
  }),
  no_email_faults: setting({
    kind: flag(),
    default: fixed(false, 'off'),
    meaning: 'no mail when an instance enters FAULT',
    standing: ACTS,
  }),
  smtp_alert: alertDefault('every smtp_alert', ACTS),
  smtp_alert_vrrp: alertDefault('smtp_alert of instances and groups', ACTS),
  smtp_alert_checker: alertDefault('smtp_alert of virtual and real servers', ACTS),
};

function alertDefault(of: string, standing: Standing) {
  return setting({
    kind: boolean(),
    default: unset('as each object has it'),
    meaning: `default of ${of}`,
    standing,
    harmless: isFalse,
  });
}

function ownScript(meaning: string) {
  return setting({ kind: firstOnly(lenient(script())), default: unset(), meaning, standing: ACTS });
}

function scriptTimeout(keyword: string) {
  return setting({
    kind: lenient(seconds(1, 1000)),
    default: fixed(10_000_000, '10'),
    meaning: `how long ${keyword} may run`,
    standing: ACTS,
  });
}

function fifoRow(events: string) {
  return setting({
    kind: fifo(),
    default: unset(),
    meaning: `FIFO that ${events} are written to`,
    standing: ACTS,
  });
}

export const SCRIPTS = {
  script_user: setting({
    kind: scriptUser(),
    default: unset('keepalived_script if there is such a user, else the user of the daemon'),
    meaning: 'user (and group) of scripts that name none; a colon asks for supplementary groups',
    standing: ACTS,
  }),
  enable_script_security: setting({
    kind: flag(),
    default: fixed(false, 'off'),
    meaning: 'run no script as root that others than root can write',
    standing: ACTS,
  }),
  use_symlink_paths: setting({
    kind: boolean(),
    default: fixed(false),
    meaning: 'keep symbolic links in the paths of scripts',
    standing: ACTS,
    harmless: isFalse,
  }),
  set_supplementary_groups: setting({
    kind: boolean(),
    default: fixed(false),
    meaning: "give scripts the user's supplementary groups",
    standing: ACTS,
    harmless: isFalse,
  }),
  startup_script: ownScript('run once before anything else starts'),
  startup_script_timeout: scriptTimeout('startup_script'),
  shutdown_script: ownScript('run once after everything has stopped'),
  shutdown_script_timeout: scriptTimeout('shutdown_script'),
  notify_fifo: fifoRow('all events'),
  notify_fifo_script: ownScript('started with the path of notify_fifo as its last argument'),
  vrrp_notify_fifo: fifoRow('events of VRRP'),
  vrrp_notify_fifo_script: ownScript('started with the path of vrrp_notify_fifo as its last argument'),
  lvs_notify_fifo: fifoRow('events of virtual servers'),
  lvs_notify_fifo_script: ownScript('started with the path of lvs_notify_fifo as its last argument'),
  vrrp_notify_priority_changes: setting({
    kind: boolean(),
    default: fixed(false),
    meaning: 'default of notify_priority_changes',
    standing: ACTS,
    harmless: isFalse,
  }),
  fifo_write_vrrp_states_on_reload: setting({
    kind: flag(),
    default: fixed(false, 'off'),
    meaning: 'write the states of all instances again after a reload',
    standing: ACTS,
  }),
};

function mib(meaning: string) {
  return setting({ kind: flag(), default: fixed(false, 'off'), meaning, standing: NO_SNMP });
}

const STATISTICS_AGE = lenient(duration(1_000, 30_000_000));

export const SNMP_AND_DBUS = {
  snmp_socket: setting({
    // The longest path of Linux, with its closing NUL.
    kind: firstOnly(alone(lenient({ ...word('SOCKET'), range: 'up to 4095 characters' }))),
    default: unset('/var/agentx/master'),
    meaning: 'address of the AgentX master',
    standing: NO_SNMP,
  }),
  enable_traps: mib('send SNMP traps'),
  enable_snmp_vrrp: mib("serve the part of keepalived's MIB about VRRP"),
  enable_snmp_keepalived: deprecated('enable_snmp_vrrp', 'note'),
  enable_snmp_rfc: mib('serve the MIBs of RFC 2787 and RFC 6527'),
  enable_snmp_rfcv2: mib('serve the MIB of RFC 2787'),
  enable_snmp_rfcv3: mib('serve the MIB of RFC 6527'),
  enable_snmp_checker: mib("serve the part of keepalived's MIB about virtual servers"),
  snmp_vs_stats_update_interval: setting({
    kind: STATISTICS_AGE,
    default: fixed(5_000_000, '5'),
    meaning: 'age at which statistics of virtual servers are read again',
    standing: NO_SNMP,
  }),
  snmp_rs_stats_update_interval: setting({
    kind: STATISTICS_AGE,
    default: derived(
      'snmp_vs_stats_update_interval',
      ({ own }) => own('snmp_vs_stats_update_interval') as number,
    ),
    meaning: 'age at which statistics of real servers are read again',
    standing: NO_SNMP,
  }),
  enable_dbus: setting({
    kind: flag(),
    default: fixed(false, 'off'),
    meaning: 'serve D-Bus',
    standing: NO_DBUS,
  }),
  dbus_service_name: setting({
    kind: lenient(word()),
    default: fixed('org.keepalived.Vrrp1'),
    meaning: 'name to own on the bus',
    standing: NO_DBUS,
  }),
  dbus_no_interface_name: setting({
    kind: lenient(word()),
    default: unset(),
    meaning: 'stands for the interface in the object path of an instance without one',
    standing: NO_DBUS,
  }),
};
