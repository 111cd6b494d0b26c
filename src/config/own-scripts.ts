/** startup_script and shutdown_script: run once before anything else, and once after everything else. */
import type { Config } from './model.ts';
import { type Accounts, type ProgramIdentity, programIdentity } from './program-identity.ts';

export interface OwnScript {
  readonly command: readonly string[];
  readonly identity: ProgramIdentity;
  readonly timeoutUs: number;
}

export interface OwnScripts {
  readonly startup: OwnScript | null;
  readonly shutdown: OwnScript | null;
}

export function ownScripts(config: Config, accounts: Accounts): OwnScripts {
  const [globals] = config.tree.global_defs;
  const own = (which: 'startup' | 'shutdown'): OwnScript | null => {
    const script = globals?.[`${which}_script`] ?? null;
    if (globals === undefined || script === null) return null;
    const identity = programIdentity(script, globals, accounts);
    if (identity === null) return null;
    return { command: script.command, identity, timeoutUs: globals[`${which}_script_timeout`] };
  };
  return { startup: own('startup'), shutdown: own('shutdown') };
}
