/** Rows that checkers have in common. */

import { ip } from '../ip-kinds.ts';
import { integer, word } from '../kinds.ts';
import { derived, setting } from '../rows.ts';
import type { DefaultScope } from '../spec.ts';
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

/** As the block around it says (host in SMTP_CHECK); else null. */
function around<V>(keyword: string): (scope: DefaultScope) => V | null {
  return ({ parent }) => (parent(keyword) ?? null) as V | null;
}

/** Where a checker connects to and from, and its timing. */
export function connectionRows(timing: CheckerTiming) {
  return {
    connect_ip: setting({
      kind: ip(),
      default: derived('address of the real server', around<string>('connect_ip')),
      meaning: 'address to check',
    }),
    connect_port: setting({
      kind: PORT,
      default: derived('port of the real server', around<number>('connect_port')),
      meaning: 'port to check',
    }),
    bindto: setting({
      kind: ip(),
      default: derived('none', around<string>('bindto')),
      meaning: 'source address, of the family of connect_ip',
    }),
    bind_port: setting({
      kind: PORT,
      default: derived('none', around<number>('bind_port')),
      meaning: 'source port',
    }),
    bind_if: setting({
      kind: INTERFACE,
      default: derived('none', around<string>('bind_if')),
      meaning: 'interface to send through; link-local addresses need it',
    }),
    connect_timeout: CONNECT_TIMEOUT,
    fwmark: setting({
      kind: integer(0, 4_294_967_295),
      default: derived('0', ({ parent }) => (parent('fwmark') ?? 0) as number),
      meaning: 'firewall mark of what the check sends',
    }),
    ...checkerTiming(timing),
  };
}

export const NO_OTHER_DEFAULT: CheckerTiming = { retry: 1, delayBeforeRetry: 1_000_000 };
