/** Values that are commands. */
import { formatWord } from './kinds.ts';
import type { Kind } from './spec.ts';

export interface ScriptValue {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** null: script_user. */
  readonly user: string | null;
  /** null: the group of the user. */
  readonly group: string | null;
}

/**
 * `"PROGRAM ARGUMENTS" [USER [GROUP]]`.
 * @param withUser false: the words after the command are its arguments (script, misc_path)
 */
export function script(withUser = true): Kind<ScriptValue> {
  const usage = withUser ? 'SCRIPT [USER [GROUP]]' : 'SCRIPT [ARGUMENTS]';
  return {
    arguments: usage,
    range: '',
    unit: '',
    choices: [],
    secret: false,
    read: (args) => {
      const first = args.next();
      const command = first === null ? [] : first.text.split(/[ \t]+/).filter((word) => word !== '');
      if (first === null || command.length === 0) return args.missing(usage);
      if (!withUser) {
        return { command: [...command, ...args.rest().map(({ text }) => text)], user: null, group: null };
      }
      return { command, user: args.next()?.text ?? null, group: args.next()?.text ?? null };
    },
    format: ({ command, user, group }) =>
      [formatWord(command.join(' ')), user, group].filter((word) => word !== null).join(' '),
  };
}
