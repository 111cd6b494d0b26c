/** Arguments of use_vmac and use_ipvlan: words in any order, each known by its form. */
import { parseIp } from '../../../protocol/ip.ts';
import type { Arguments } from '../../arguments.ts';
import { quoted, type Word } from '../../problems.ts';
import { parsePrefix } from '../ip-kinds.ts';
import type { Kind } from '../spec.ts';

const PLAIN = { range: '', unit: '', secret: false } as const;
const LONGEST_NAME = 15;

export interface VmacValue {
  /** null: vrrp.VRID or vrrp6.VRID. */
  readonly name: string | null;
  /** Five octets: the VRID is the sixth. null: 00:00:5e:00:01:VRID, or 02 for IPv6. */
  readonly mac: string | null;
  readonly netlink_notify_msg: boolean;
  /** null: the group of the interface. */
  readonly group: number | string | null;
}

export type IpvlanMode = 'bridge' | 'private' | 'vepa';

export interface IpvlanValue {
  readonly name: string | null;
  /** Source address of the adverts, with its prefix length if one was written. */
  readonly address: string | null;
  readonly mode: IpvlanMode;
  readonly group: number | string | null;
}

type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** A virtual MAC interface. */
export function vmac(): Kind<VmacValue> {
  return {
    ...PLAIN,
    arguments: '[[name] IFNAME] [MAC] [netlink_notify_msg] [group GROUP]',
    choices: ['name', 'netlink_notify_msg', 'group'],
    merge: (before, after) => ({
      name: before.name ?? after.name,
      mac: after.mac ?? before.mac,
      netlink_notify_msg: before.netlink_notify_msg || after.netlink_notify_msg,
      group: after.group ?? before.group,
    }),
    read: (args) => {
      const value: Draft<VmacValue> = { name: null, mac: null, netlink_notify_msg: false, group: null };
      for (let given = args.next(); given !== null; given = args.next()) {
        if (given.text === 'netlink_notify_msg') value.netlink_notify_msg = true;
        else if (given.text === 'group') value.group = readGroup(args, given) ?? value.group;
        else if (given.text === 'name') value.name = readName(args, args.next(), value.name);
        else if (/^[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){2,7}$/.test(given.text)) {
          value.mac = readMac(args, given, value.mac);
        } else value.name = readName(args, given, value.name);
      }
      return value;
    },
    format: ({ name, mac, netlink_notify_msg: notify, group }) =>
      [
        name === null ? '' : `name ${name}`,
        mac ?? '',
        notify ? 'netlink_notify_msg' : '',
        group === null ? '' : `group ${group}`,
      ]
        .filter((word) => word !== '')
        .join(' '),
  };
}

/** An ipvlan interface. */
export function ipvlan(): Kind<IpvlanValue> {
  return {
    ...PLAIN,
    arguments: '[[name] IFNAME] [IP[/PREFIX]] [bridge|private|vepa] [group GROUP]',
    choices: ['name', 'bridge', 'private', 'vepa', 'group'],
    read: (args) => {
      const value: Draft<IpvlanValue> = { name: null, address: null, mode: 'bridge', group: null };
      for (let given = args.next(); given !== null; given = args.next()) {
        const { text } = given;
        if (text === 'bridge' || text === 'private' || text === 'vepa') value.mode = text;
        else if (text === 'group') value.group = readGroup(args, given) ?? value.group;
        else if (text === 'name') value.name = readName(args, args.next(), value.name);
        else if (parseIp(text.split('/', 1)[0] ?? '') !== null) value.address = readAddress(args, given);
        else value.name = readName(args, given, value.name);
      }
      return value;
    },
    format: ({ name, address, mode, group }) =>
      [
        name === null ? '' : `name ${name}`,
        address ?? '',
        mode === 'bridge' ? '' : mode,
        group === null ? '' : `group ${group}`,
      ]
        .filter((word) => word !== '')
        .join(' '),
  };
}

function readName(args: Arguments, given: Word | null, before: string | null): string | null {
  if (given === null) {
    args.report('warning', 'invalid-interface-name', args.keyword, `'name' must be followed by a name`);
    return before;
  }
  const ignore = (why: string): string | null => {
    args.report('warning', 'invalid-interface-name', given, `${quoted(given)} is ignored: ${why}`);
    return before;
  };
  if (before !== null) return ignore('the interface has a name already');
  // The slash is what the kernel refuses in a name; blanks cannot come this far unless quoted.
  if (given.text.length > LONGEST_NAME || /[/\s:]/.test(given.text) || given.text === '') {
    return ignore(`a name has 1 to ${LONGEST_NAME} characters, no blank, no colon and no slash`);
  }
  return given.text;
}

function readMac(args: Arguments, given: Word, before: string | null): string | null {
  const octets = given.text.split(':').map((octet) => octet.padStart(2, '0').toLowerCase());
  const mac = octets.join(':');
  const ignore = (why: string): string | null => {
    args.report('warning', 'invalid-mac', given, `${quoted(given)} is ignored: ${why}`);
    return before;
  };
  if (octets.length !== 5 && octets.length !== 6)
    return ignore('a MAC address has six octets, or five and the VRID');
  if ((Number.parseInt(octets[0] ?? '0', 16) & 1) === 1) return ignore('it is a multicast address');
  if (/^00:00:5e:00:0[12](:|$)/.test(mac))
    return ignore('the addresses of RFC 9568 are not given but derived');
  return mac;
}

function readAddress(args: Arguments, given: Word): string | null {
  const prefix = parsePrefix(given.text);
  if ('bad' in prefix) {
    return args.report(
      'warning',
      'invalid-prefix',
      given,
      `${quoted(given)} is ignored: its prefix length is wrong`,
    );
  }
  return prefix.prefixLength === null ? prefix.text : `${prefix.text}/${prefix.prefixLength}`;
}

/** Number, or a name that the machine may know. */
function readGroup(args: Arguments, option: Word): number | string | null {
  const given = args.next();
  if (given === null) return args.of(option).missing('GROUP');
  if (/^[0-9]{1,10}$/.test(given.text) && Number(given.text) <= 4_294_967_295) return Number(given.text);
  const names = args.environment.names('group');
  const named = names?.get(given.text);
  if (named !== undefined || names === null) return named ?? given.text;
  return args.report(
    'warning',
    'unknown-group',
    given,
    `${quoted(given)} is ignored: no such group of interfaces`,
  );
}
