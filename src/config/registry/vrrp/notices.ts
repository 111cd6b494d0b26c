/** Keywords of vrrp_instance and vrrp_sync_group that tell somebody of a transition. */
import { boolean, firstOnly } from '../kinds.ts';
import { ACTS, derived, fixed, fromGlobal, setting, unset } from '../rows.ts';
import { type ScriptValue, script } from '../script-kind.ts';
import type { Kind } from '../spec.ts';
import { optional } from './kinds.ts';

function notifyScript(meaning: string) {
  return setting({ kind: firstOnly(script()), default: unset(), meaning, standing: ACTS });
}

/** A script, or no argument. */
function deletedScript(): Kind<ScriptValue | boolean> {
  const inner = optional<ScriptValue, boolean>(script(), true);
  return { ...inner, format: (value) => (value === false ? null : inner.format(value)) };
}

/** Those that both have. */
export const NOTICES = {
  notify_backup: notifyScript('run on entering BACKUP'),
  notify_master: notifyScript('run on entering MASTER'),
  notify_fault: notifyScript('run on entering FAULT'),
  notify_stop: notifyScript('run when the program stops'),
  notify: notifyScript('run on any transition, with what changed, its name, the state and the priority'),
  smtp_alert: setting({
    kind: boolean(),
    default: derived(
      'smtp_alert_vrrp, else smtp_alert, else false',
      ({ global }) => (global('smtp_alert_vrrp') ?? global('smtp_alert') ?? false) as boolean,
    ),
    meaning: 'mail on transitions',
    standing: ACTS,
  }),
  notify_priority_changes: setting({
    kind: boolean(),
    default: fromGlobal<boolean>('vrrp_notify_priority_changes'),
    meaning: 'changes of the priority are written to the notification FIFO',
    standing: ACTS,
  }),
};

export const INSTANCE_NOTICES = {
  ...NOTICES,
  notify_deleted: setting({
    kind: firstOnly(deletedScript()),
    default: fixed<ScriptValue | boolean>(false, 'off'),
    meaning: 'an instance that a reload removes reports DELETED in place of FAULT, to this script if given',
    standing: ACTS,
  }),
  notify_master_rx_lower_pri: notifyScript('run when a master hears a lower priority'),
};
