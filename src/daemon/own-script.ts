/** Runs startup_script or shutdown_script and waits for its end, but not for ever. */
import type { Config } from '../config/model.ts';
import { type OwnScript, type OwnScripts, ownScripts } from '../config/own-scripts.ts';
import { type ProgramResult, Programs } from '../effects/programs/programs.ts';
import { isProgramUnsafe } from '../host/programs.ts';
import { accounts } from './configuration.ts';

export interface OwnScriptOptions {
  readonly programs: Programs;
  readonly log: (line: string) => void;
  /** Successes are logged too. */
  readonly detail: boolean;
}

/** keepalived: SIGTERM when its time is over, two seconds, SIGKILL, two, SIGKILL, ten; then it is left alone. */
const PATIENCE_MS = 14_000;

/** The one of this configuration, if it has one. `stop` ends it before its time. */
export function runConfigured(
  which: keyof OwnScripts,
  config: Config,
  { log, detail }: Pick<OwnScriptOptions, 'log' | 'detail'>,
): { readonly ended: Promise<void>; stop(): Promise<void> } {
  const [globals] = config.tree.global_defs;
  const script = ownScripts(config, accounts())[which];
  if (script === null || globals === undefined) return { ended: Promise.resolve(), stop: async () => {} };
  const policy = { secure: globals.enable_script_security, keepSymlinks: globals.use_symlink_paths };
  const programs = new Programs({ policy: () => policy, isUnsafe: isProgramUnsafe });
  return { ended: runOwnScript(which, script, { programs, log, detail }), stop: () => programs.stop() };
}

/** Resolves whatever becomes of the script: its result is only told (keepalived behaviour). */
export async function runOwnScript(
  which: keyof OwnScripts,
  script: OwnScript,
  { programs, log, detail }: OwnScriptOptions,
): Promise<void> {
  const { command, identity, timeoutUs } = script;
  const name = `${which} script`;
  if (detail) log(`Running ${name} ${command[0]}`);
  let patience: NodeJS.Timeout | undefined;
  const ended = new Promise<ProgramResult>((resolve) => {
    const limit = { afterUs: timeoutUs, first: 'SIGTERM' as const };
    programs.run({ command, identity, limit, keepOutput: false }, resolve);
  });
  const abandoned = new Promise<null>((resolve) => {
    patience = setTimeout(resolve, timeoutUs / 1000 + PATIENCE_MS, null);
  });
  const result = await Promise.race([ended, abandoned]);
  clearTimeout(patience);
  const told = outcome(result);
  if (told !== null) log(`${name} ${told}`);
  else if (detail) log(`${name} succeeded`);
}

/** null: it has done what it should. */
function outcome(result: ProgramResult | null): string | null {
  if (result === null) return 'does not end';
  switch (result.kind) {
    case 'exited':
      return result.code === 0 ? null : `failed, status ${result.code}`;
    case 'killed':
      return `was ended by ${result.signal}`;
    case 'timedOut':
      return 'timed out';
    default:
      return `could not be run: ${result.error}`;
  }
}
