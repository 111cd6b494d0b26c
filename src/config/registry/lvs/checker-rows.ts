/** Rows that checkers have in common. */

import { ip } from '../ip-kinds.ts';
import { integer, word } from '../kinds.ts';
import { derived, setting, unset } from '../rows.ts';
import type { Default } from '../spec.ts';
import { type CheckerTiming, CONNECT_TIMEOUT, checkerTiming } from './timing-rows.ts';

const PORT = integer(1, 65_535);
/** IFNAMSIZ less its end. */
const LONGEST_INTERFACE = 15;

const INTERFACE = {
  ...word('IFNAME'),
  range: `up to ${LONGEST_INTERFACE} characters`,
  read: (args: Parameters<ReturnType<typeof word>['read']>[0]): string | null => {
    const given = args.next();
    if (given === null) return args.missing('IFNAME');
    if (given.text.length <= LONGEST_INTERFACE) return given.text;
    const message = `an interface name has at most ${LONGEST_INTERFACE} characters`;
    return args.ignored('invalid-interface', given, message);
  },
};

/** Where a checker connects to and from, and its timing. */
export function connectionRows(timing: CheckerTiming) {
  return connectionFrom(<V>(_keyword: string, text: string): Default<V | null> => unset(text), timing);
}

/** As `connectionRows`, for a block within a checker, which gives it its values. */
export function innerConnectionRows(timing: CheckerTiming) {
  return connectionFrom(
    <V>(keyword: string): Default<V | null> =>
      derived(`${keyword} of the surrounding block`, ({ parent }) => (parent(keyword) ?? null) as V | null),
    timing,
  );
}

type Otherwise = <V>(keyword: string, text: string) => Default<V | null>;

function connectionFrom(otherwise: Otherwise, timing: CheckerTiming) {
  return {
    connect_ip: setting({
      kind: ip(),
      default: otherwise<string>('connect_ip', 'address of the real server'),
      meaning: 'address to check',
    }),
    connect_port: setting({
      kind: PORT,
      default: otherwise<number>('connect_port', 'port of the real server'),
      meaning: 'port to check',
    }),
    bindto: setting({
      kind: ip(),
      default: otherwise<string>('bindto', 'none'),
      meaning: 'source address, of the family of connect_ip',
    }),
    bind_port: setting({
      kind: PORT,
      default: otherwise<number>('bind_port', 'none'),
      meaning: 'source port',
    }),
    bind_if: setting({
      kind: INTERFACE,
      default: otherwise<string>('bind_if', 'none'),
      meaning: 'interface to send through; link-local addresses need it',
    }),
    connect_timeout: CONNECT_TIMEOUT,
    fwmark: setting({
      kind: integer(0, 4_294_967_295),
      default: otherwise<number>('fwmark', 'none'),
      meaning: 'firewall mark of what the check sends; 0: none',
    }),
    ...checkerTiming(timing),
  };
}

export const NO_OTHER_DEFAULT: CheckerTiming = { retry: 1, delayBeforeRetry: 1_000_000 };
