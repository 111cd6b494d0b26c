/** What stands between `virtual_server`, `real_server` and `sorry_server` and their braces: whom they are about. */
import { type IpFamily, parseIp } from '../../../protocol/ip.ts';
import type { Arguments } from '../../arguments.ts';
import { quoted, type Word } from '../../problems.ts';
import { withoutSuffix } from '../ip-kinds.ts';
import { plain } from '../kinds.ts';
import type { Kind } from '../spec.ts';

/** An address and a port. */
export interface Endpoint {
  readonly address: string;
  /** 0: none. */
  readonly port: number;
}

/** An endpoint whose port keepalived corrects after it has looked for duplicates. */
export interface CorrectedEndpoint extends Endpoint {
  /** As the file has it: only where without it this one would be the same as another one. */
  readonly writtenPort?: number;
}

/** A name whose addresses are real servers. */
export interface NamedEndpoint {
  readonly host: string;
  /** 0: that of the virtual server. */
  readonly port: number;
  /** None yet: it is not of any family. */
  readonly address: '';
}

/** What a virtual server serves. */
export type Service =
  | (Endpoint & { readonly by: 'address' })
  | { readonly by: 'fwmark'; readonly fwmark: number }
  | { readonly by: 'group'; readonly group: string };

const MAX_MARK = 4_294_967_295;

export function familyOf(address: string): IpFamily {
  return address.includes(':') ? 'inet6' : 'inet';
}

/** A whole number in this range; null if the text is none. keepalived takes an empty one for 0. */
export function wholeNumber(text: string, min: number, max: number): number | null {
  if (!/^([+]?[0-9]{1,15})?$/.test(text)) return null;
  const value = Number(text);
  return value >= min && value <= max ? value : null;
}

/** `IP [PORT]`. Without a port, or with 0, the port is 0. */
export function endpoint(): Kind<Endpoint> {
  return plain<Endpoint>({
    arguments: 'IP [PORT]',
    range: 'PORT 0 to 65535',
    read: (args) => {
      const given = args.next();
      return given === null ? args.missing('IP [PORT]') : readEndpoint(args, given);
    },
    format: ({ address, port }) => (port === 0 ? address : `${address} ${port}`),
  });
}

const LONGEST_NAME = 253;
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** `NAME [PORT]`: a name of DNS, in small letters and without a dot behind it. */
export function namedEndpoint(): Kind<NamedEndpoint> {
  return plain<NamedEndpoint>({
    arguments: 'NAME [PORT]',
    range: 'PORT 0 to 65535',
    read: (args) => {
      const given = args.next();
      if (given === null) return args.missing('NAME [PORT]');
      const portWord = args.next();
      const host = given.text.replace(/\.$/, '').toLowerCase();
      const isName = host.length <= LONGEST_NAME && host.split('.').every((label) => LABEL.test(label));
      if (!isName || parseIp(host) !== null) {
        return args.ignored('invalid-name', given, `${quoted(given)} is not a name of DNS`);
      }
      const port = portWord === null ? 0 : wholeNumber(portWord.text, 0, 65_535);
      if (port !== null || portWord === null) return { host, port: port ?? 0, address: '' };
      return args.ignored('invalid-port', portWord, `the port must be 0 to 65535, not ${quoted(portWord)}`);
    },
    format: ({ host, port }) => (port === 0 ? host : `${host} ${port}`),
  });
}

/** `IP [PORT]` of a real server. */
export function correctedEndpoint(): Kind<CorrectedEndpoint> {
  const inner = endpoint();
  return {
    ...inner,
    format: ({ address, port, writtenPort = port }) => inner.format({ address, port: writtenPort }),
  };
}

function readEndpoint(args: Arguments, given: Word): Endpoint | null {
  const portWord = args.next();
  const address = parseIp(withoutSuffix(args, given));
  if (address === null) {
    const message = `${quoted(args.keyword)} needs an IP address: ${quoted(given)} is not one`;
    return args.ignored('invalid-address', given, message);
  }
  const port = portWord === null ? 0 : wholeNumber(portWord.text, 0, 65_535);
  if (port === null && portWord !== null) {
    return args.ignored(
      'invalid-port',
      portWord,
      `the port must be 0 to 65535 (0: none), not ${quoted(portWord)}`,
    );
  }
  return { address: address.text, port: port ?? 0 };
}

/** `IP [PORT]`, `fwmark N` or `group NAME`. */
export function service(): Kind<Service> {
  const usage = 'IP [PORT] | fwmark N | group NAME';
  return plain<Service>({
    arguments: usage,
    range: 'fwmark 0 to 4294967295',
    choices: ['fwmark', 'group'],
    read: (args) => {
      const given = args.next();
      if (given === null) return args.missing(usage);
      if (given.text === 'fwmark') return readFwmark(args);
      if (given.text !== 'group') {
        const server = readEndpoint(args, given);
        return server === null ? null : { by: 'address', ...server };
      }
      const name = args.next();
      return name === null ? args.missing('group NAME') : { by: 'group', group: name.text };
    },
    format: formatService,
  });
}

function readFwmark(args: Arguments): Service | null {
  const given = args.next();
  if (given === null) return args.missing('fwmark N');
  const fwmark = readMark(args, given);
  return fwmark === null ? null : { by: 'fwmark', fwmark };
}

/** A firewall mark. */
export function readMark(args: Arguments, given: Word): number | null {
  const mark = wholeNumber(given.text, 0, MAX_MARK);
  if (mark !== null) return mark;
  return args.ignored('invalid-fwmark', given, `fwmark must be 0 to ${MAX_MARK}, not ${quoted(given)}`);
}

/** As the file writes it: also how messages name a virtual server. */
export function formatService(value: Service): string {
  if (value.by === 'fwmark') return `fwmark ${value.fwmark}`;
  if (value.by === 'group') return `group ${value.group}`;
  return value.port === 0 ? value.address : `${value.address} ${value.port}`;
}
