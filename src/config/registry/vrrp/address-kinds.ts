/** Values of the options of an address line. */
import { addressBits, type IpFamily } from '../../../protocol/ip.ts';
import { parseIpv4 } from '../../../protocol/ipv4.ts';
import { quoted } from '../../problems.ts';
import { parsePrefix } from '../ip-kinds.ts';
import { integer } from '../kinds.ts';
import type { Kind } from '../spec.ts';

const PLAIN = { range: '', unit: '', choices: [], secret: false } as const;
const MICROSECONDS = 1_000_000;

/** Scopes that iproute2 knows without a file. */
const SCOPES: ReadonlyMap<string, number> = new Map([
  ['global', 0],
  ['site', 200],
  ['link', 253],
  ['host', 254],
  ['nowhere', 255],
]);

/** Number or name of an address scope. */
export function scope(): Kind<number> {
  return {
    ...PLAIN,
    arguments: 'SCOPE',
    range: 'a name of rt_scopes, or 0 to 255',
    choices: [...SCOPES.keys()],
    read: (args) => {
      const given = args.next();
      if (given === null) return args.missing('SCOPE');
      const named = args.environment.names('rt_scopes')?.get(given.text) ?? SCOPES.get(given.text);
      if (named !== undefined) return named;
      if (/^[0-9]{1,3}$/.test(given.text) && Number(given.text) <= 255) return Number(given.text);
      return args.ignored('unknown-scope', given, `${quoted(given)} is no scope`);
    },
    format: (value) => [...SCOPES].find(([, number]) => number === value)?.[0] ?? String(value),
  };
}

/** An IPv4 address; `+` and `-`: the network with all host bits set or cleared. */
export type BroadcastValue = string;

export function broadcast(): Kind<BroadcastValue> {
  return {
    ...PLAIN,
    arguments: 'IPv4|+|-',
    range: '+ and - up to prefix length 30',
    choices: ['+', '-'],
    read: (args) => {
      const given = args.next();
      if (given === null) return args.missing('IPv4, + or -');
      if (given.text === '+' || given.text === '-' || parseIpv4(given.text) !== null) return given.text;
      return args.ignored('invalid-address', given, `${quoted(given)} is no broadcast address`);
    },
    format: (value) => value,
  };
}

export interface PeerAddress {
  readonly address: string;
  readonly family: IpFamily;
  readonly prefixLength: number;
}

/** The other end of a link. */
export function peerAddress(): Kind<PeerAddress> {
  return {
    ...PLAIN,
    arguments: 'IP[/PREFIX]',
    range: 'of the same family',
    read: (args) => {
      const given = args.next();
      if (given === null) return args.missing('IP[/PREFIX]');
      const prefix = parsePrefix(given.text);
      if ('bad' in prefix) {
        return args.ignored('invalid-address', given, `${quoted(given)} is no address of a peer`);
      }
      const { text, family, prefixLength } = prefix;
      return { address: text, family, prefixLength: prefixLength ?? addressBits(family) };
    },
    format: ({ address, prefixLength }) => `${address}/${prefixLength}`,
  };
}

/** Seconds, or forever; the value is in microseconds. */
export function preferredLifetime(): Kind<number | 'forever'> {
  const inner = integer(0, 4_294_967_295);
  return {
    ...PLAIN,
    arguments: 'SECONDS|forever',
    range: inner.range,
    unit: 's',
    choices: ['forever'],
    read: (args) => {
      if (args.peek()?.text === 'forever') {
        args.next();
        return 'forever';
      }
      const value = inner.read(args);
      return value === null ? null : value * MICROSECONDS;
    },
    format: (value) => (value === 'forever' ? value : String(value / MICROSECONDS)),
  };
}
