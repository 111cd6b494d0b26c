/** Kinds of values that only global_defs has. */
import type { Arguments } from '../../arguments.ts';
import { quoted, type Word } from '../../problems.ts';
import { lenient } from '../corrected-kinds.ts';
import { formatWord, integer, seconds } from '../kinds.ts';
import type { Kind } from '../spec.ts';

const PLAIN = { arguments: '', range: '', unit: '', choices: [], secret: false } as const;
const UINT32 = 4_294_967_295;

/** More processors than a set of them can name. */
const MOST_CPUS = 1024;

/** Numbers of processors, ascending. One that does not exist spoils the line. */
export function cpuList(): Kind<readonly number[]> {
  return lenient({
    ...PLAIN,
    arguments: 'CPU ...',
    range: '0 to the number of processors less one',
    read: (args) => {
      const last = (args.environment.cpuCount ?? MOST_CPUS) - 1;
      const cpus = new Set<number>();
      for (const word of args.rest()) {
        const cpu = /^(\+?[0-9]+)?$/.test(word.text) ? Number(word.text) : -1;
        if (cpu < 0 || cpu > last) {
          const message = `${quoted(args.keyword)} must name processors, 0 to ${last}, not ${quoted(word)}`;
          return args.ignored(cpu < 0 ? 'invalid-number' : 'number-out-of-range', word, message);
        }
        cpus.add(cpu);
      }
      return [...cpus].sort((a, b) => a - b);
    },
    format: (value) => value.join(' '),
    // Each line adds to the set.
    merge: (before, after) => [...new Set([...before, ...after])].sort((a, b) => a - b),
  });
}

/** Bytes of a socket buffer; 0 is as if it were not said. */
export function bufferSize(): Kind<number> {
  const inner = integer(0, UINT32);
  return lenient({
    ...inner,
    arguments: 'BYTES',
    range: `${inner.range}; 0 changes nothing`,
    unit: 'B',
    read: (args) => inner.read(args) || null,
  });
}

const PERMISSIONS: Readonly<Record<string, number>> = {
  IRUSR: 0o400,
  IWUSR: 0o200,
  IXUSR: 0o100,
  IRWXU: 0o700,
  IRGRP: 0o040,
  IWGRP: 0o020,
  IXGRP: 0o010,
  IRWXG: 0o070,
  IROTH: 0o004,
  IWOTH: 0o002,
  IXOTH: 0o001,
  IRWXO: 0o007,
};

/** Permission bits: a number (0... octal, 0x... hexadecimal) or names joined by `|`. */
export function umask(): Kind<number> {
  return {
    ...PLAIN,
    arguments: 'NUMBER|BITS',
    range: '0 to 0777, or IRUSR, IRWXG, ... joined by |',
    choices: Object.keys(PERMISSIONS),
    read: (args) => {
      const [first, ...rest] = args.rest();
      if (first === undefined) return args.missing('NUMBER|BITS');
      const [extra] = rest;
      if (/^[0-9]/.test(first.text)) {
        if (extra === undefined) return umaskNumber(args, first);
        return args.ignored('extra-word', extra, `${quoted(args.keyword)} takes one number`);
      }
      const text = [first, ...rest].map((word) => word.text).join('');
      let bits = 0;
      for (const name of text.split('|')) {
        const bit = Object.hasOwn(PERMISSIONS, name) ? PERMISSIONS[name] : undefined;
        if (bit === undefined) {
          const message = `${quoted(args.keyword)} knows no bit '${name.slice(0, 60)}'`;
          return args.ignored('invalid-choice', first, message);
        }
        bits |= bit;
      }
      return bits;
    },
    format: (value) => `0${value.toString(8)}`,
  };
}

function umaskNumber(args: Arguments, word: Word): number | null {
  const value = umaskValue(word.text);
  if (value <= 0o777) return value;
  const message = `${quoted(args.keyword)} must be 0 to 0777, not ${quoted(word)}`;
  return args.ignored(Number.isNaN(value) ? 'invalid-number' : 'number-out-of-range', word, message);
}

/** Octal with a leading 0, else hexadecimal or decimal; NaN if it is no number. */
function umaskValue(text: string): number {
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^(0x[0-9a-fA-F]+|[1-9][0-9]*)$/.test(text) ? Number(text) : Number.NaN;
}

/** A mask as an option has it: a number, or permissions joined by `|`; null if it is neither. */
export function parseUmask(text: string): number | null {
  const value = umaskValue(text);
  if (!Number.isNaN(value)) return value <= 0o777 ? value : null;
  const bits = text.split('|').map((name) => PERMISSIONS[name.trim()]);
  return bits.reduce(
    (mask: number | null, bit) => (mask === null || bit === undefined ? null : mask | bit),
    0,
  );
}

export interface Fifo {
  readonly path: string;
  /** null: the user of scripts. */
  readonly user: string | null;
  /** null: the group of the user. */
  readonly group: string | null;
}

/** `PATH [USER [GROUP]]`. A user or group that does not exist spoils the line. */
export function fifo(): Kind<Fifo> {
  return lenient({
    ...PLAIN,
    arguments: 'PATH [USER [GROUP]]',
    read: (args) => {
      const path = args.next()?.text ?? '';
      const user = args.next();
      const group = args.next();
      if (!isKnown(args, user, group, group?.text, 'notify-user')) return null;
      return { path, user: user?.text ?? null, group: group?.text ?? null };
    },
    format: ({ path, user, group }) =>
      [path, user, group]
        .filter((word) => word !== null)
        .map(formatWord)
        .join(' '),
    merge: (before) => before,
  });
}

/** Reports a user or group that the machine does not have. */
function isKnown(
  args: Arguments,
  user: Word | null,
  group: Word | null,
  groupName: string | undefined,
  code = 'unknown-user',
): boolean {
  if (user !== null && args.environment.user(user.text) === null) {
    args.ignored(code, user, `there is no user ${quoted(user)}`);
    return false;
  }
  if (group !== null && groupName !== undefined && args.environment.group(groupName) === null) {
    args.ignored(code, group, `there is no group '${groupName.slice(0, 60)}'`);
    return false;
  }
  return true;
}

export interface ScriptUser {
  readonly user: string;
  /** null: the group of the user. */
  readonly group: string | null;
  /** With the further groups that the user is a member of. */
  readonly supplementary: boolean;
}

/** `USER [GROUP|:GROUP|:]`; a colon asks for the supplementary groups. */
export function scriptUser(): Kind<ScriptUser> {
  return lenient({
    ...PLAIN,
    arguments: 'USER [GROUP|:GROUP|:]',
    read: (args) => {
      const user = args.next();
      const second = args.next();
      if (user === null) return null;
      const supplementary = second?.text.startsWith(':') ?? false;
      const group = (supplementary ? second?.text.slice(1) : second?.text) || null;
      if (!isKnown(args, user, group === null ? null : second, group ?? undefined)) return null;
      return { user: user.text, group, supplementary };
    },
    format: ({ user, group, supplementary }) => {
      const second = `${supplementary ? ':' : ''}${group ?? ''}`;
      return second === '' ? formatWord(user) : `${formatWord(user)} ${formatWord(second)}`;
    },
  });
}

export interface GarpExtraIf {
  /** On interfaces without a virtual MAC too. */
  readonly all: boolean;
  readonly intervalUs: number;
}

/** `[all] SECONDS`, in any order; the last number counts. */
export function garpExtraIf(minimum: number): Kind<GarpExtraIf> {
  const interval = seconds(minimum, 86_400);
  return lenient<GarpExtraIf>({
    ...PLAIN,
    range: interval.range,
    unit: interval.unit,
    arguments: '[all] SECONDS',
    choices: ['all'],
    read: (args) => {
      let all = false;
      let intervalUs: number | null = null;
      while (args.peek() !== null) {
        if (args.peek()?.text === 'all') {
          args.next();
          all = true;
          continue;
        }
        intervalUs = interval.read(args);
        if (intervalUs === null) return null;
      }
      if (intervalUs !== null) return { all, intervalUs };
      const message = `${quoted(args.keyword)} needs a time`;
      return args.ignored('missing-parameter', args.keyword, message);
    },
    format: ({ all, intervalUs }) => `${all ? 'all ' : ''}${interval.format(intervalUs)}`,
  });
}

/** Nothing, or one word that says more; `otherwise`: what an unknown word means (null: the line is ignored). */
export function flagOr<const C extends string>(more: C, otherwise: true | null): Kind<boolean | C> {
  return {
    ...PLAIN,
    arguments: `[${more}]`,
    choices: [more],
    read: (args) => {
      const word = args.next();
      if (word === null) return true;
      if (word.text === more) return more;
      const message = `${quoted(args.keyword)} knows no option ${quoted(word)}, only ${more}`;
      if (otherwise === null) return args.ignored('unknown-option', word, message);
      args.report('warning', 'unknown-option', word, `${message}: the word is ignored`);
      return otherwise;
    },
    format: (value) => (value === false ? null : value === true ? '' : value),
  };
}
