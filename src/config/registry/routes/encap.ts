/** `encap TYPE ...` of a route or of one of its legs: what its packets are wrapped in. */
import type { IpFamily } from '../../../protocol/ip.ts';
import { parseIp } from '../../../protocol/ip.ts';
import type { Arguments } from '../../arguments.ts';
import { quoted, type Word } from '../../problems.ts';
import { exactIp } from '../ip-kinds.ts';
import { integer } from '../kinds.ts';
import { setting, unset } from '../rows.ts';
import type { Kind } from '../spec.ts';
import { uint64 } from './kinds.ts';
import { named } from './names.ts';
import {
  findOption,
  formatOptions,
  type GivenOption,
  type OptionValues,
  readOption,
  valuesOf,
} from './options.ts';

/** Options of both kinds of tunnels. */
function tunnel(family: IpFamily) {
  return {
    id: setting({ kind: uint64(), default: unset(), meaning: 'number of the tunnel' }),
    dst: setting({ kind: exactIp(family), default: unset(), meaning: 'outer destination' }),
    src: setting({ kind: exactIp(family), default: unset(), meaning: 'outer source' }),
    flags: setting({ kind: integer(0, 65_535), default: unset(), meaning: 'flags of the tunnel' }),
  };
}

export const ENCAP_IP = {
  ...tunnel('inet'),
  tos: setting({ kind: named('rt_dsfield', 255), default: unset(), meaning: 'outer type of service' }),
  ttl: setting({ kind: integer(0, 255), default: unset(), meaning: 'outer TTL' }),
};

export const ENCAP_IP6 = {
  ...tunnel('inet6'),
  tc: setting({ kind: named('rt_dsfield', 255), default: unset(), meaning: 'outer traffic class' }),
  hoplimit: setting({ kind: integer(0, 255), default: unset(), meaning: 'outer hop limit' }),
};

export type Encap =
  | ({ readonly type: 'ip' } & OptionValues<typeof ENCAP_IP>)
  | ({ readonly type: 'ip6' } & OptionValues<typeof ENCAP_IP6>)
  | { readonly type: 'mpls'; readonly labels: readonly number[] }
  | { readonly type: 'ila'; readonly locator: string };

const TYPES = ['ip', 'ip6', 'mpls', 'ila'] as const;

export function encap(): Kind<Encap> {
  return {
    arguments: 'ip|ip6|mpls|ila ...',
    range: 'ip and ip6: id, dst, src, flags, and tos, ttl or tc, hoplimit; mpls: LABEL/...; ila: LOCATOR',
    unit: '',
    choices: TYPES,
    secret: false,
    read: (args) => {
      const type = args.next();
      if (type?.text === 'ip') return readTunnel(args, type, 'ip', ENCAP_IP);
      if (type?.text === 'ip6') return readTunnel(args, type, 'ip6', ENCAP_IP6);
      if (type?.text === 'mpls') return readLabels(args.of(type));
      if (type?.text === 'ila') return readLocator(args.of(type));
      const message = `${quoted(args.keyword)} needs one of ${TYPES.join(', ')}`;
      return args.ignored(
        type === null ? 'missing-parameter' : 'invalid-choice',
        type ?? args.keyword,
        message,
      );
    },
    format: (value) => {
      if (value.type === 'mpls') return `mpls ${value.labels.join('/')}`;
      if (value.type === 'ila') return `ila ${value.locator}`;
      const options = value.type === 'ip' ? formatOptions(ENCAP_IP, value) : formatOptions(ENCAP_IP6, value);
      return [value.type, ...options].join(' ');
    },
  };
}

/** Options up to the first word that is none. */
function readTunnel<T extends 'ip' | 'ip6'>(
  args: Arguments,
  typeWord: Word,
  type: T,
  table: T extends 'ip' ? typeof ENCAP_IP : typeof ENCAP_IP6,
): Encap | null {
  const given = new Map<string, GivenOption>();
  for (let word = args.peek(); word !== null; word = args.peek()) {
    const option = findOption(args, table, word);
    if (option === null) break;
    args.next();
    if (!readOption(args, option, word, given, true)) return null;
  }
  if (given.has('dst') || given.has('id')) return { type, ...valuesOf(table, given) } as Encap;
  return args.ignored('missing-parameter', typeWord, `${quoted(typeWord)} needs dst or id`);
}

/** The label that routers take off never travels. */
const IMPLICIT_NULL = 3;
const LARGEST_LABEL = 1_048_575;
const MOST_LABELS = 8;

function readLabels(args: Arguments): Encap | null {
  const word = args.next();
  if (word === null) return args.missing('LABEL[/LABEL...]');
  const labels = word.text.split('/').map((label) => (/^[0-9]{1,7}$/.test(label) ? Number(label) : -1));
  const usable = labels.every((label) => label >= 0 && label <= LARGEST_LABEL && label !== IMPLICIT_NULL);
  if (usable && labels.length <= MOST_LABELS) return { type: 'mpls', labels };
  const message = `${quoted(args.keyword)} needs up to ${MOST_LABELS} labels, 0 to ${LARGEST_LABEL} without ${IMPLICIT_NULL}, not ${quoted(word)}`;
  return args.ignored('invalid-label', word, message);
}

/** 64 bits in four groups, as the second half of an IPv6 address. */
function readLocator(args: Arguments): Encap | null {
  const word = args.next();
  if (word === null) return args.missing('LOCATOR');
  const { text } = word;
  if (/^[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){3}$/.test(text) && parseIp(`::${text}`) !== null) {
    return { type: 'ila', locator: text.toLowerCase() };
  }
  return args.ignored(
    'invalid-address',
    word,
    `${quoted(args.keyword)} needs a locator, as 1:2:3:4, not ${quoted(word)}`,
  );
}
