/** Who a program of the configuration runs as. */
import type { Environment } from './environment.ts';
import type { ConfigTree } from './model.ts';

/** In numbers. */
export interface ProgramIdentity {
  readonly uid: number;
  readonly gid: number;
  /** All groups: `gid` alone unless supplementary groups are asked for. */
  readonly groups: readonly number[];
}

/** Who this machine knows. */
export interface Accounts extends Pick<Environment, 'user' | 'group'> {
  /** Every group that a user is a member of. */
  groupsOf(user: string): readonly number[];
}

export interface NamedUser {
  /** null: script_user. */
  readonly user: string | null;
  /** null: the group of the user. With a colon before it: supplementary groups too. */
  readonly group: string | null;
}

type ScriptGlobals = Pick<ConfigTree['global_defs'][number], 'script_user' | 'set_supplementary_groups'>;

/** Who runs programs that name nobody, if there is such a user (keepalived behaviour); else it is root. */
const DEFAULT_USER = 'keepalived_script';

/** null: there is no such user or group, which has been reported when the configuration was read. */
export function programIdentity(
  { user, group }: NamedUser,
  { script_user: byDefault, set_supplementary_groups: always }: ScriptGlobals,
  accounts: Accounts,
): ProgramIdentity | null {
  if (user !== null) {
    const supplementary = group?.startsWith(':') ?? false;
    return identityOf(user, group?.replace(/^:/, '') || null, supplementary || always, accounts);
  }
  if (byDefault !== null) {
    return identityOf(byDefault.user, byDefault.group, byDefault.supplementary || always, accounts);
  }
  return identityOf(DEFAULT_USER, null, always, accounts) ?? { uid: 0, gid: 0, groups: [0] };
}

function identityOf(
  user: string,
  group: string | null,
  supplementary: boolean,
  accounts: Accounts,
): ProgramIdentity | null {
  const identity = accounts.user(user);
  const gid = group === null ? (identity?.gid ?? null) : accounts.group(group);
  if (identity === null || gid === null) return null;
  const groups = supplementary ? [...new Set([gid, ...accounts.groupsOf(user)])] : [gid];
  return { uid: identity.uid, gid, groups };
}
