/** Runs programs that look at something, as the users that the configuration names for them. */
import type { ProgramHandle, ProgramIdentity, ProgramResult, Programs } from './programs.ts';

export interface ScriptRequest {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** null: that of script_user. */
  readonly user: string | null;
  /** null: that of the user. */
  readonly group: string | null;
  readonly timeoutUs: number;
}

export interface ScriptRunnerOptions {
  readonly programs: Pick<Programs, 'run'>;
  /** null: there is no such user or group. */
  readonly identify: (user: string | null, group: string | null) => ProgramIdentity | null;
}

/** `done` is called once, whatever happens: before this returns if there is nobody to run it as. */
export type ScriptRunner = (
  request: ScriptRequest,
  done: (result: ProgramResult) => void,
) => ProgramHandle | null;

export function createScriptRunner({ programs, identify }: ScriptRunnerOptions): ScriptRunner {
  return ({ command, user, group, timeoutUs }, done) => {
    const identity = identify(user, group);
    if (identity === null) {
      const error = `there is no user ${user ?? ''} or no group ${group ?? ''}`;
      done({ kind: 'notStarted', error, output: '', outputBytes: 0, durationUs: 0 });
      return null;
    }
    const limit = { afterUs: timeoutUs, first: 'SIGTERM' } as const;
    return programs.run({ command, identity, limit, keepOutput: true }, done);
  };
}
