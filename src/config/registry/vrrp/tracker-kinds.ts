/** Values that only trackers have. */
import { quoted } from '../../problems.ts';
import { anything, choice, formatWord, integer, word } from '../kinds.ts';
import type { Kind } from '../spec.ts';
import { optional } from './kinds.ts';

const PLAIN = { range: '', unit: '', choices: [], secret: false } as const;

export interface UserValue {
  readonly user: string;
  /** As written: `GROUP`, `:GROUP` or `:` (with supplementary groups); null: that of the user. */
  readonly group: string | null;
}

/** `USER [GROUP]`. A user that does not exist removes the script. */
export function scriptUser(): Kind<UserValue> {
  return {
    ...PLAIN,
    arguments: 'USER [GROUP]',
    read: (args) => {
      const user = args.next();
      if (user === null) return args.missing('USER [GROUP]');
      return { user: user.text, group: args.next()?.text ?? null };
    },
    format: ({ user, group }) => (group === null ? user : `${user} ${group}`),
  };
}

/** Name or path of a process, and its parameters. */
export function processName(): Kind<readonly string[]> {
  return anything('PATH|NAME [PARAMETERS]', 1);
}

export function paramMatch(): Kind<'exact' | 'initial' | 'partial'> {
  return optional(choice('initial', 'partial'), 'exact' as const);
}

/** A path on one line, quoted if it has blanks. */
export function pathName(): Kind<string> {
  return word('PATH', { format: formatWord });
}

export interface InitFileValue {
  readonly value: number;
  readonly overwrite: boolean;
}

/** `[VALUE] [overwrite]`, in any order. */
export function initFile(): Kind<InitFileValue> {
  const number = integer(-2_147_483_648, 2_147_483_647);
  return {
    ...PLAIN,
    arguments: '[N] [overwrite]',
    range: '-254 to 254 make sense',
    choices: ['overwrite'],
    read: (args) => {
      let [value, overwrite] = [0, false];
      for (let given = args.peek(); given !== null; given = args.peek()) {
        if (given.text === 'overwrite') {
          args.next();
          overwrite = true;
        } else if (/^-?[0-9]/.test(given.text)) {
          const read = number.read(args);
          if (read === null) return null;
          value = read;
          if (Math.abs(value) > 254) {
            args.report(
              'warning',
              'number-out-of-range',
              given,
              `${quoted(given)} is beyond what can count: -254 to 254`,
            );
          }
        } else {
          args.next();
          args.report(
            'warning',
            'invalid-choice',
            given,
            `${quoted(given)} is ignored: 'overwrite' or a number can stand here`,
          );
        }
      }
      return { value, overwrite };
    },
    format: ({ value, overwrite }) => `${value}${overwrite ? ' overwrite' : ''}`,
  };
}
