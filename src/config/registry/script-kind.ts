/** Values that are commands. */
import type { Arguments } from '../arguments.ts';
import { type Place, quoted } from '../problems.ts';
import { joinQuoted, splitQuoted } from '../text/quoting.ts';
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
 * `"PROGRAM ARGUMENTS" [USER [GROUP]]`. The line is split by the rules of `splitQuoted`, and the first word once more:
 * an argument with blanks has quotes within those of the command, and its backslashes are written twice.
 * @param withUser false: nothing follows the command (script, misc_path)
 */
export function script(withUser = true): Kind<ScriptValue> {
  const usage = withUser ? 'SCRIPT [USER [GROUP]]' : 'SCRIPT';
  return {
    arguments: usage,
    range: '',
    unit: '',
    choices: [],
    secret: false,
    program: true,
    read: (args) => readScript(args, usage, withUser),
    format: ({ command, user, group }) =>
      [formatCommand(command), user, group].filter((word) => word !== null).join(' '),
  };
}

function readScript(args: Arguments, usage: string, withUser: boolean): ScriptValue | null {
  const raw = args.raw();
  if (raw === null) return args.missing(usage);
  const words = splitQuoted(raw.text);
  const [first, ...rest] = words ?? [];
  const command = words === null ? null : splitQuoted(first?.text ?? '');
  if (command === null) {
    return args.ignored('unmatched-quote', raw.place, `a quote of ${quoted(args.keyword)} is never closed`);
  }
  if (command.length === 0) return args.missing(usage);
  const [user = null, group = null, extra = null] = withUser ? rest : [null, null, ...rest];
  if (extra !== null) {
    const { line, column } = raw.place;
    const place: Place = { line, column: column + extra.start, width: extra.end - extra.start };
    const message = `${quoted({ ...place, text: extra.text })} is ignored: quotes must be around the command and its arguments`;
    args.report('note', 'extra-word', place, message);
  }
  return {
    command: command.map(({ text }) => text),
    user: user?.text ?? null,
    group: group?.text ?? null,
  };
}

function formatCommand(command: readonly string[]): string {
  const text = joinQuoted(command);
  return /[\\']/.test(text) ? `"${text.replaceAll('\\', '\\\\')}"` : formatWord(text);
}
