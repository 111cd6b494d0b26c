/** Lines of global_defs about the kernel's virtual servers: timeouts and the synchronisation of connections. */
import { parseIp } from '../../../protocol/ip.ts';
import type { Arguments } from '../../arguments.ts';
import { quoted, type Word } from '../../problems.ts';
import { checked, lenient } from '../corrected-kinds.ts';
import { ip } from '../ip-kinds.ts';
import { formatWord, integer, seconds, word } from '../kinds.ts';
import type { Kind } from '../spec.ts';

const PLAIN = { arguments: '', range: '', unit: '', choices: [], secret: false } as const;

/** Whether an address (in canonical text) is a multicast address. */
export function isMulticast(address: string): boolean {
  const first = Number.parseInt(address, 10);
  if (parseIp(address)?.family === 'inet') return first >= 224 && first <= 239;
  return /^ff/.test(address);
}

/** `NAME VALUE` pairs in any order, read into `values`; a value that cannot be used leaves its pair out. */
function readPair(args: Arguments, name: Word, kinds: Readonly<Record<string, Kind<unknown>>>): unknown {
  const kind = Object.hasOwn(kinds, name.text) ? kinds[name.text] : undefined;
  if (kind !== undefined) return lenient(kind).read(args.of(name));
  const message = `${quoted(args.keyword)} knows no option ${quoted(name)}: it is ignored`;
  return args.report('warning', 'unknown-option', name, message);
}

export interface LvsTimeouts {
  /** null: as the kernel has it. */
  readonly tcpUs: number | null;
  readonly tcpfinUs: number | null;
  readonly udpUs: number | null;
}

const TIMEOUT = seconds(0, 2_678_400);
const TIMEOUTS = { tcp: TIMEOUT, tcpfin: TIMEOUT, udp: TIMEOUT };

/** `[tcp N] [tcpfin N] [udp N]`, at least one. */
export function lvsTimeouts(): Kind<LvsTimeouts> {
  return lenient({
    ...PLAIN,
    arguments: '[tcp SECONDS] [tcpfin SECONDS] [udp SECONDS]',
    range: `${TIMEOUT.range} each`,
    unit: 's',
    choices: Object.keys(TIMEOUTS),
    read: (args) => {
      const values = new Map<string, unknown>();
      for (let name = args.next(); name !== null; name = args.next()) {
        const value = readPair(args, name, TIMEOUTS);
        if (value !== null) values.set(name.text, value);
      }
      if (values.size === 0) return null;
      const timeout = (name: string): number | null => (values.get(name) as number | undefined) ?? null;
      return { tcpUs: timeout('tcp'), tcpfinUs: timeout('tcpfin'), udpUs: timeout('udp') };
    },
    format: ({ tcpUs, tcpfinUs, udpUs }) =>
      Object.entries({ tcp: tcpUs, tcpfin: tcpfinUs, udp: udpUs })
        .filter(([, value]) => value !== null)
        .map(([name, value]) => `${name} ${TIMEOUT.format(value ?? 0)}`)
        .join(' '),
    merge: (before, after) => ({
      tcpUs: after.tcpUs ?? before.tcpUs,
      tcpfinUs: after.tcpfinUs ?? before.tcpfinUs,
      udpUs: after.udpUs ?? before.udpUs,
    }),
  });
}

export interface LvsSyncDaemon {
  readonly interface: string;
  /** The vrrp_instance whose state decides between master and backup; null: none named. */
  readonly instance: string | null;
  /** null: the VRID of the instance. */
  readonly id: number | null;
  /** Bytes; null: as the kernel has it. */
  readonly maxlen: number | null;
  readonly port: number | null;
  readonly ttl: number | null;
  readonly group: string | null;
}

/** The kernel's limit on names that synchronisation daemons are given, with its closing NUL. */
const LONGEST_NAME = 15;

const SYNC_OPTIONS: Readonly<Record<string, Kind<unknown>>> = {
  inst: word('NAME'),
  id: integer(0, 255),
  maxlen: integer(1, 65_507),
  port: integer(1, 65_535),
  ttl: integer(1, 255),
  group: checked(ip(), 'not-multicast', (address, given) =>
    isMulticast(address) ? null : `${quoted(given)} is not a multicast address`,
  ),
};

/** `IFNAME [[inst] INSTANCE] [options]`; an id may stand bare behind the instance, which is deprecated. */
export function lvsSyncDaemon(): Kind<LvsSyncDaemon> {
  return lenient({
    ...PLAIN,
    arguments: 'IFNAME [[inst] INSTANCE] [id N] [maxlen N] [port N] [ttl N] [group IP]',
    range: 'id 0 to 255, maxlen 1 to 65507, port 1 to 65535, ttl 1 to 255, group multicast',
    choices: Object.keys(SYNC_OPTIONS),
    read: readSyncDaemon,
    format: (value) => {
      const { interface: name, instance, ...options } = value;
      const given = Object.entries(options).filter(([, option]) => option !== null);
      const words = given.flatMap(([option, of]) => [option, String(of)]);
      const owner = instance === null ? [] : ['inst', formatWord(instance)];
      return [formatWord(name), ...owner, ...words].join(' ');
    },
    merge: (before) => before,
  });
}

function readSyncDaemon(args: Arguments): LvsSyncDaemon | null {
  const name = args.next();
  if (name === null) return null;
  if (name.text.length > LONGEST_NAME) {
    return args.ignored(
      'bad-interface-name',
      name,
      `${quoted(name)} is longer than ${LONGEST_NAME} characters`,
    );
  }
  const values = new Map<string, unknown>();
  for (let position = 1, option = args.next(); option !== null; option = args.next(), position++) {
    if (Object.hasOwn(SYNC_OPTIONS, option.text)) readSyncOption(args, option, values);
    else if (position === 1) values.set('inst', option.text);
    else if (position === 2 && values.has('inst')) readBareId(args, option, values);
    else readPair(args, option, SYNC_OPTIONS);
  }
  const number = (key: string): number | null => (values.get(key) as number | undefined) ?? null;
  const text = (key: string): string | null => (values.get(key) as string | undefined) ?? null;
  return {
    interface: name.text,
    instance: text('inst'),
    id: number('id'),
    maxlen: number('maxlen'),
    port: number('port'),
    ttl: number('ttl'),
    group: text('group'),
  };
}

function readSyncOption(args: Arguments, option: Word, values: Map<string, unknown>): void {
  const value = readPair(args, option, SYNC_OPTIONS);
  if (value === null) return;
  if (option.text === 'inst' && values.has('inst')) {
    const message = `${quoted(args.keyword)} names its instance already: the second is ignored`;
    args.report('warning', 'duplicate-option', option, message);
    return;
  }
  values.set(option.text, value);
}

function readBareId(args: Arguments, word: Word, values: Map<string, unknown>): void {
  if (!/^[0-9]{1,3}$/.test(word.text) || Number(word.text) > 255) {
    const message = `${quoted(word)} is no id, 0 to 255: the VRID of the instance is in force`;
    args.report('warning', 'invalid-number', word, message);
    return;
  }
  values.set('id', Number(word.text));
  args.report(
    'warning',
    'deprecated-form',
    word,
    `an id without 'id' is deprecated`,
    `write 'id ${word.text}'`,
  );
}
