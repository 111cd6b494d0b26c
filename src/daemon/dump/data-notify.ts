/** Notify scripts in keepalived.data, and who they run as. */
import type { NamedUser } from '../../config/program-identity.ts';
import { commandText } from './object-text.ts';

/** In numbers; null: there is no such user or group. */
export type Identify = (named: NamedUser) => { readonly uid: number; readonly gid: number } | null;

/** Named, or as scripts run that name nobody. */
export function identityText(named: unknown, identify: Identify): string {
  const { user = null, group = null } = (named ?? {}) as Partial<NamedUser>;
  const { uid, gid } = identify({ user, group }) ?? { uid: 0, gid: 0 };
  return `${uid}:${gid}`;
}

/** A line for each that there is. */
export function notifyLines(
  scripts: readonly (readonly [state: string, script: unknown])[],
  identify: Identify,
): string[] {
  return scripts.flatMap(([state, script]) => {
    const command = commandText(script);
    if (command === null) return [];
    return [`${state} state transition script = ${command}, uid:gid ${identityText(script, identify)}`];
  });
}
