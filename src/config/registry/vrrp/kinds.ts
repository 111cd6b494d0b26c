/** Kinds of values that only VRRP keywords have. */
import { parseIp } from '../../../protocol/ip.ts';
import type { Arguments } from '../../arguments.ts';
import { quoted } from '../../problems.ts';
import { Secret } from '../../secret.ts';
import { aboveZero } from '../corrected-kinds.ts';
import { ip } from '../ip-kinds.ts';
import { boolean, choice, duration, integer, secret, word } from '../kinds.ts';
import type { Kind } from '../spec.ts';

const MICROSECONDS = 1_000_000;

/** An argument that may be missing; `absent` is its value then. A default of false is not written. */
export function optional<T, A>(kind: Kind<T>, absent: A, formatAbsent = ''): Kind<T | A> {
  return {
    ...kind,
    arguments: `[${kind.arguments}]`,
    read: (args) => (args.peek() === null ? absent : kind.read(args)),
    format: (value) => (value === absent ? formatAbsent : value === false ? null : kind.format(value as T)),
  } as Kind<T | A>;
}

/** Two states; an unknown word is BACKUP, and a later BACKUP does not undo MASTER. */
export function initialState(): Kind<'MASTER' | 'BACKUP'> {
  return {
    ...word('MASTER|BACKUP'),
    choices: ['MASTER', 'BACKUP'],
    read: (args) => {
      const given = args.next();
      if (given === null) return args.missing('MASTER or BACKUP');
      if (given.text === 'MASTER' || given.text === 'BACKUP') return given.text;
      const message = "'state' must be MASTER or BACKUP: BACKUP is in force";
      args.report('warning', 'invalid-state', given, message);
      return 'BACKUP';
    },
    merge: (before, after) => (before === 'MASTER' ? before : after),
  };
}

/** Name of an interface that VRRP can use: not the loopback. */
export function wireInterface(): Kind<string> {
  const name = word('IFNAME');
  return {
    ...name,
    range: 'not the loopback',
    read: (args) => {
      const given = args.peek();
      const value = name.read(args);
      if (value !== 'lo' || given === null) return value;
      return args.ignored('loopback-interface', given, 'VRRP cannot use the loopback interface');
    },
  };
}

/** Address of a multicast group. */
export function multicast(): Kind<string> {
  const any = ip();
  return {
    ...any,
    range: 'multicast; link-local if IPv6',
    read: (args) => {
      const given = args.peek();
      const value = any.read(args);
      if (value === null || given === null) return null;
      if (parseIp(value)?.family === 'inet') {
        const first = Number(value.slice(0, value.indexOf('.')));
        if (first >= 224 && first <= 239) return value;
      } else if (/^ff[0-9a-f]2:/.test(value)) return value;
      return args.ignored(
        'not-multicast',
        given,
        `${quoted(given)} is no multicast address that adverts can go to`,
      );
    },
  };
}

/** A password of eight characters: more do not count. */
export function password(): Kind<Secret> {
  const inner = secret();
  return {
    ...inner,
    range: 'up to 8 characters',
    read: (args) => {
      const given = args.peek();
      const value = inner.read(args);
      if (value === null || given === null || value.reveal().length <= 8) return value;
      args.report(
        'warning',
        'password-truncated',
        args.keyword,
        'a password has up to 8 characters: the rest is ignored',
      );
      return new Secret(value.reveal().slice(0, 8));
    },
  };
}

/** A flag whose argument must be a truth value, and is ignored otherwise: keepalived sets it in any case. */
export function alwaysTrue(): Kind<boolean> {
  const inner = boolean();
  return {
    ...inner,
    read: (args) => {
      const given = args.peek();
      const value = inner.read(args);
      if (value !== false || given === null) return value;
      const message = `${quoted(args.keyword)} is on in any case: keepalived does not look at its argument`;
      args.report('note', 'always-on', given, message);
      return true;
    },
    format: (value) => (value ? '' : null),
  };
}

/** Milliseconds with up to three decimals; limits and value are in microseconds. */
export function milliseconds(min: number, max: number): Kind<number> {
  return {
    ...integer(min, max),
    arguments: 'MILLISECONDS',
    range: `${min} to ${max}`,
    unit: 'ms',
    read: (args) => readMilliseconds(args, min, max),
    format: (value) => String(value / 1000),
  };
}

function readMilliseconds(args: Arguments, min: number, max: number): number | null {
  const given = args.next();
  if (given === null) return args.missing(`MILLISECONDS, ${min} to ${max}`);
  const match = /^\+?([0-9]{1,10})(?:\.([0-9]*))?$/.exec(given.text === '' ? '0' : given.text);
  const keyword = quoted(args.keyword);
  if (match === null) {
    return args.ignored('invalid-number', given, `${keyword} must be milliseconds, not ${quoted(given)}`);
  }
  const fraction = match[2] ?? '';
  const value = Number(match[1]) * 1000 + Math.round(Number(`0.${fraction === '' ? '0' : fraction}`) * 1000);
  if (value < min * 1000 || value > max * 1000) {
    const message = `${keyword} must be ${min} to ${max} milliseconds, not ${quoted(given)}`;
    return args.ignored('number-out-of-range', given, message);
  }
  if (/[1-9]/.test(fraction.slice(3))) {
    args.report('warning', 'number-rounded', given, `${keyword} has more than three decimals and is rounded`);
  }
  return value;
}

/** Seconds with three decimals, 0.001 to 4294: an interval of scripts. 0 counts as one second. */
export function scriptInterval(): Kind<number> {
  return aboveZero(duration(0, 4_294_000_000, { range: '0.001 to 4294' }), MICROSECONDS);
}

/** A bare keyword asks for the old checksum, `never` forbids it. */
export function oldChecksum(): Kind<'auto' | 'always' | 'never'> {
  return optional(choice('never'), 'always' as const) as Kind<'auto' | 'always' | 'never'>;
}
