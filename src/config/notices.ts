/** Who is told of what: the scripts, FIFOs and mails that the configuration asks for, by scope and name. */
import type { Notice } from '../machines/signals.ts';
import type { Config, ConfigTree } from './model.ts';
import type { MailServer } from './registry/global/notification.ts';
import type { ScriptValue } from './registry/script-kind.ts';

/** What one instance or group asks for. */
export interface ScopePlan {
  /** Run without further arguments, for this state alone. */
  readonly scripts: Readonly<Partial<Record<Notice['state'], ScriptValue>>>;
  /** Run for every state, with what changed as its last four arguments. */
  readonly generic: ScriptValue | null;
  readonly mail: boolean;
}

export interface FifoPlan {
  readonly keyword: 'notify_fifo' | 'vrrp_notify_fifo';
  readonly path: string;
  /** Who owns it; null: the user of scripts, and the group of the user. */
  readonly user: string | null;
  readonly group: string | null;
  /** Started with the path as its last argument. */
  readonly script: ScriptValue | null;
}

export interface MailPlan {
  readonly server: MailServer;
  readonly recipients: readonly string[];
  readonly from: string;
  readonly heloName: string;
  readonly timeoutUs: number;
  /** In brackets before every subject. */
  readonly routerId: string;
  /** False: entering FAULT is no reason for a mail. */
  readonly faults: boolean;
}

export interface NoticePlan {
  readonly instances: ReadonlyMap<string, ScopePlan>;
  readonly groups: ReadonlyMap<string, ScopePlan>;
  readonly fifos: readonly FifoPlan[];
  /** null: no mail is sent. */
  readonly mail: MailPlan | null;
}

/** What keepalived takes for names that the configuration leaves out. */
export interface MachineNames {
  /** Full name of this host. */
  readonly host: string;
  /** Name of the user that this program runs as. */
  readonly user: string;
}

type GlobalDefs = ConfigTree['global_defs'][number];
type NoticeKeywords = Pick<
  ConfigTree['vrrp_sync_group'][number],
  'notify_master' | 'notify_backup' | 'notify_fault' | 'notify_stop' | 'notify' | 'smtp_alert'
>;

/** @param names is asked only if a mail is to be sent */
export function noticePlan(config: Config, names: () => MachineNames): NoticePlan {
  const { vrrp_instance, vrrp_sync_group, global_defs } = config.tree;
  const [globals] = global_defs;
  return {
    instances: new Map(vrrp_instance.map((instance) => [instance.name, instancePlan(instance)])),
    groups: new Map(vrrp_sync_group.map((group) => [group.name, scopePlan(group)])),
    fifos: globals === undefined ? [] : fifoPlans(globals),
    mail: globals === undefined ? null : mailPlan(globals, names),
  };
}

function instancePlan(instance: ConfigTree['vrrp_instance'][number]): ScopePlan {
  const { notify_deleted: deleted, notify_master_rx_lower_pri: lower } = instance;
  const plan = scopePlan(instance);
  const more = { DELETED: typeof deleted === 'boolean' ? null : deleted, MASTER_RX_LOWER_PRI: lower };
  return { ...plan, scripts: { ...plan.scripts, ...present(more) } };
}

function scopePlan(scope: NoticeKeywords): ScopePlan {
  const scripts = present({
    MASTER: scope.notify_master,
    BACKUP: scope.notify_backup,
    FAULT: scope.notify_fault,
    STOP: scope.notify_stop,
  });
  return { scripts, generic: scope.notify, mail: scope.smtp_alert };
}

function present(
  scripts: Readonly<Partial<Record<Notice['state'], ScriptValue | null>>>,
): ScopePlan['scripts'] {
  return Object.fromEntries(Object.entries(scripts).filter(([, script]) => script !== null));
}

/** keepalived: a FIFO that is named twice is written once. */
function fifoPlans(globals: GlobalDefs): readonly FifoPlan[] {
  const { notify_fifo: all, vrrp_notify_fifo: vrrp } = globals;
  const plans: FifoPlan[] = [];
  if (all !== null) plans.push({ keyword: 'notify_fifo', ...all, script: globals.notify_fifo_script });
  if (vrrp !== null && vrrp.path !== all?.path) {
    plans.push({ keyword: 'vrrp_notify_fifo', ...vrrp, script: globals.vrrp_notify_fifo_script });
  }
  return plans.filter(({ path }) => path !== '');
}

/** Without a relay or without a recipient there is no mail. */
function mailPlan(globals: GlobalDefs, names: () => MachineNames): MailPlan | null {
  const recipients = globals.notification_email.flat();
  const { smtp_server: server } = globals;
  if (server === null || recipients.length === 0) return null;
  const { host, user } = names();
  return {
    server,
    recipients,
    from: globals.notification_email_from ?? `${user}@${host}`,
    heloName: globals.smtp_helo_name ?? host,
    timeoutUs: globals.smtp_connect_timeout,
    routerId: globals.router_id ?? host,
    faults: !globals.no_email_faults,
  };
}
