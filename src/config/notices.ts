/** Who is told of what: the scripts, FIFOs and mails that the configuration asks for, by scope and name. */
import type { Notice } from '../machines/signals.ts';
import { namedVirtualServers } from './actors/checks.ts';
import type { Config, ConfigTree } from './model.ts';
import { type Accounts, type ProgramIdentity, programIdentity } from './program-identity.ts';
import type { MailServer } from './registry/global/notification.ts';
import type { ScriptValue } from './registry/script-kind.ts';

/** A program and who it runs as. */
export interface NoticeScript {
  readonly command: readonly string[];
  readonly identity: ProgramIdentity;
}

/** What one instance or group asks for. */
export interface ScopePlan {
  /** Run without further arguments, for this state alone. */
  readonly scripts: Readonly<Partial<Record<Notice['state'], NoticeScript>>>;
  /** Run for every state, with what changed as its last four arguments. */
  readonly generic: NoticeScript | null;
  readonly mail: boolean;
}

/** What a real server asks for, or a virtual server for its quorum. Run without further arguments. */
export interface ServerPlan {
  readonly up: NoticeScript | null;
  readonly down: NoticeScript | null;
}

export interface FifoPlan {
  readonly keyword: 'notify_fifo' | 'vrrp_notify_fifo' | 'lvs_notify_fifo';
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  /** Started with the path as its last argument. */
  readonly script: NoticeScript | null;
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
  /** By actor. */
  readonly servers: ReadonlyMap<string, ServerPlan>;
  readonly fifos: readonly FifoPlan[];
  /** null: no mail is sent. */
  readonly mail: MailPlan | null;
  readonly policy: ScriptPolicy;
  /** fifo_write_vrrp_states_on_reload: after a reload FIFOs hear the state of everybody who has nothing new to tell. */
  readonly statesAtReload: boolean;
}

/** How scripts are run. */
export interface ScriptPolicy {
  /** enable_script_security */
  readonly secure: boolean;
  /** use_symlink_paths */
  readonly keepSymlinks: boolean;
}

/** What is asked of the machine; its names are asked for only where the configuration leaves them out. */
export interface NoticeMachine extends Accounts {
  /** Full name of this host. */
  hostName(): string;
  /** Name of the user that this program runs as. */
  userName(): string;
}

type GlobalDefs = ConfigTree['global_defs'][number];
type NoticeKeywords = Pick<
  ConfigTree['vrrp_sync_group'][number],
  'notify_master' | 'notify_backup' | 'notify_fault' | 'notify_stop' | 'notify' | 'smtp_alert'
>;
/** Null for a script that nobody can run: it has been reported. */
type Resolve = (script: ScriptValue | null) => NoticeScript | null;

export function noticePlan(config: Config, machine: NoticeMachine): NoticePlan {
  const { vrrp_instance, vrrp_sync_group, global_defs } = config.tree;
  const [globals] = global_defs;
  if (globals === undefined) throw new Error('a configuration without global_defs, which reading makes');
  const resolve: Resolve = (script) => {
    const identity = script === null ? null : programIdentity(script, globals, machine);
    return script === null || identity === null ? null : { command: script.command, identity };
  };
  return {
    instances: new Map(vrrp_instance.map((instance) => [instance.name, instancePlan(instance, resolve)])),
    groups: new Map(vrrp_sync_group.map((group) => [group.name, scopePlan(group, resolve)])),
    servers: serverPlans(config, resolve),
    fifos: fifoPlans(globals, machine, resolve),
    mail: mailPlan(globals, machine),
    statesAtReload: globals.fifo_write_vrrp_states_on_reload,
    policy: { secure: globals.enable_script_security, keepSymlinks: globals.use_symlink_paths },
  };
}

function instancePlan(instance: ConfigTree['vrrp_instance'][number], resolve: Resolve): ScopePlan {
  const { notify_deleted: deleted, notify_master_rx_lower_pri: lower } = instance;
  const plan = scopePlan(instance, resolve);
  const more = present({
    DELETED: resolve(typeof deleted === 'boolean' ? null : deleted),
    MASTER_RX_LOWER_PRI: resolve(lower),
  });
  return { ...plan, scripts: { ...plan.scripts, ...more } };
}

function scopePlan(scope: NoticeKeywords, resolve: Resolve): ScopePlan {
  const scripts = present({
    MASTER: resolve(scope.notify_master),
    BACKUP: resolve(scope.notify_backup),
    FAULT: resolve(scope.notify_fault),
    STOP: resolve(scope.notify_stop),
  });
  return { scripts, generic: resolve(scope.notify), mail: scope.smtp_alert };
}

function present(scripts: { readonly [S in Notice['state']]?: NoticeScript | null }): ScopePlan['scripts'] {
  return Object.fromEntries(Object.entries(scripts).filter(([, script]) => script !== null));
}

function serverPlans({ tree }: Config, resolve: Resolve): ReadonlyMap<string, ServerPlan> {
  const plan = (up: ScriptValue | null, down: ScriptValue | null): ServerPlan => ({
    up: resolve(up),
    down: resolve(down),
  });
  return new Map(
    namedVirtualServers(tree).flatMap(({ id, block, reals }): readonly (readonly [string, ServerPlan])[] => [
      [id, plan(block.quorum_up, block.quorum_down)],
      ...reals.map((real) => [real.id, plan(real.block.notify_up, real.block.notify_down)] as const),
    ]),
  );
}

/** keepalived: a FIFO that is named twice is written once; one without an owner belongs to the user of scripts. */
function fifoPlans(globals: GlobalDefs, machine: NoticeMachine, resolve: Resolve): readonly FifoPlan[] {
  const { notify_fifo: all } = globals;
  const plan = (
    keyword: FifoPlan['keyword'],
    fifo: typeof all,
    script: ScriptValue | null,
  ): readonly FifoPlan[] => {
    if (fifo === null || fifo.path === '') return [];
    const owner = programIdentity(fifo, globals, machine);
    if (owner === null) return [];
    return [{ keyword, path: fifo.path, uid: owner.uid, gid: owner.gid, script: resolve(script) }];
  };
  const own = (fifo: typeof all): typeof all => (fifo?.path === all?.path ? null : fifo);
  return [
    ...plan('notify_fifo', all, globals.notify_fifo_script),
    ...plan('vrrp_notify_fifo', own(globals.vrrp_notify_fifo), globals.vrrp_notify_fifo_script),
    ...plan('lvs_notify_fifo', own(globals.lvs_notify_fifo), globals.lvs_notify_fifo_script),
  ];
}

/** Without a relay or without a recipient there is no mail. */
function mailPlan(globals: GlobalDefs, machine: NoticeMachine): MailPlan | null {
  const recipients = globals.notification_email.flat();
  const { smtp_server: server } = globals;
  if (server === null || recipients.length === 0) return null;
  return {
    server,
    recipients,
    from: globals.notification_email_from ?? `${machine.userName()}@${machine.hostName()}`,
    heloName: globals.smtp_helo_name ?? machine.hostName(),
    timeoutUs: globals.smtp_connect_timeout,
    routerId: globals.router_id ?? machine.hostName(),
    faults: !globals.no_email_faults,
  };
}
