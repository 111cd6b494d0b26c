/** relived_view: where the running daemon has the page of its history served, and to whom. */
import type { Arguments } from '../../arguments.ts';
import { formatListen, type ListenAddress, needsToken, parseListenAddress } from '../../listen-address.ts';
import { quoted, type Word } from '../../problems.ts';
import { lenient } from '../corrected-kinds.ts';
import type { Kind } from '../spec.ts';

export interface ViewSettings {
  readonly listen: ListenAddress;
  /** What whoever asks must know. null: everybody who can connect may ask. */
  readonly tokenFile: string | null;
  readonly tlsCertificate: string | null;
  readonly tlsKey: string | null;
  /** Of the Unix socket, octal digits. */
  readonly socketMode: string;
  /** Further names by which browsers call it. */
  readonly names: readonly string[];
}

const ARGUMENTS =
  'ADDRESS:PORT|unix:/PATH [token_file FILE] [tls_cert FILE tls_key FILE] [socket_mode MODE] [name NAME]...';
const OWNER_ONLY = '600';

const OPTIONS = ['token_file', 'tls_cert', 'tls_key', 'socket_mode', 'name'] as const;
type Option = (typeof OPTIONS)[number];
type Given = Partial<Record<Exclude<Option, 'name'>, string>> & { readonly names: string[] };

/** What a value must look like, and in words. */
const FORMS: Readonly<Record<Option, readonly [RegExp, string]>> = {
  token_file: [/^\//, 'an absolute path'],
  tls_cert: [/^\//, 'an absolute path'],
  tls_key: [/^\//, 'an absolute path'],
  socket_mode: [/^0?[0-7]{3}$/, 'three octal digits'],
  name: [/^[a-z0-9.-]{1,253}$/i, 'the name of a server'],
};

function readOption(args: Arguments, word: Word, given: Given): true | null {
  const option = OPTIONS.find((name) => name === word.text);
  if (option === undefined) return args.ignored('unknown-option', word, `there is no ${quoted(word)} here`);
  const value = args.next();
  const [form, words] = FORMS[option];
  if (value === null || !form.test(value.text)) {
    return args.ignored('invalid-choice', value ?? word, `${quoted(word)} needs ${words}`);
  }
  if (option === 'name') given.names.push(value.text.toLowerCase());
  else given[option] = value.text;
  return true;
}

function read(args: Arguments): ViewSettings | null {
  const first = args.next();
  if (first === null) return args.missing('ADDRESS:PORT|unix:/PATH');
  const listen = parseListenAddress(first.text);
  if (typeof listen === 'string') return args.ignored('invalid-address', first, listen);
  const given: Given = { names: [] };
  for (let word = args.next(); word !== null; word = args.next()) {
    if (readOption(args, word, given) === null) return null;
  }
  if (needsToken(listen) && given.token_file === undefined) {
    const message = `${quoted(first)} can be reached by others and needs token_file`;
    return args.ignored('missing-parameter', first, message);
  }
  if ((given.tls_cert === undefined) !== (given.tls_key === undefined)) {
    return args.ignored('missing-parameter', first, 'tls_cert and tls_key belong together');
  }
  return {
    listen,
    tokenFile: given.token_file ?? null,
    tlsCertificate: given.tls_cert ?? null,
    tlsKey: given.tls_key ?? null,
    socketMode: given.socket_mode ?? OWNER_ONLY,
    names: given.names,
  };
}

function format({ listen, tokenFile, tlsCertificate, tlsKey, socketMode, names }: ViewSettings): string {
  const options: readonly (readonly [Option, string | null])[] = [
    ['token_file', tokenFile],
    ['tls_cert', tlsCertificate],
    ['tls_key', tlsKey],
    ['socket_mode', socketMode === OWNER_ONLY ? null : socketMode],
    ...names.map((name) => ['name', name] as const),
  ];
  const words = options.flatMap(([option, value]) => (value === null ? [] : [option, value]));
  return [formatListen(listen), ...words].join(' ');
}

export function viewAddress(): Kind<ViewSettings> {
  return lenient({
    arguments: ARGUMENTS,
    range: 'an address that is not loopback needs token_file',
    unit: '',
    choices: [],
    secret: false,
    read,
    format,
  });
}
