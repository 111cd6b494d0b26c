/** The checkers of a real server, but those of pages (http.ts). */
import type { Arguments } from '../../arguments.ts';
import { quoted } from '../../problems.ts';
import {
  absent,
  anyCase,
  boolean,
  firstOnly,
  flag,
  formatWord,
  integer,
  plain,
  seconds,
  word,
} from '../kinds.ts';
import { block, derived, fixed, fromParent, setting, unset } from '../rows.ts';
import { type ScriptValue, script } from '../script-kind.ts';
import type { Kind, SettingsBlock } from '../spec.ts';
import { weight } from '../weights.ts';
import { connectionRows, innerConnectionRows, NO_OTHER_DEFAULT } from './checker-rows.ts';
import { hexString, name } from './lvs-kinds.ts';
import { checkerTiming } from './timing-rows.ts';
import { TLS_ROWS } from './tls-rows.ts';

const COMMON = connectionRows(NO_OTHER_DEFAULT);

export const TCP_CHECK = {
  path: 'virtual_server/real_server/TCP_CHECK',
  keywords: COMMON,
} satisfies SettingsBlock;

export const PING_CHECK = {
  path: 'virtual_server/real_server/PING_CHECK',
  keywords: COMMON,
} satisfies SettingsBlock;

const HOST = {
  path: 'virtual_server/real_server/SMTP_CHECK/host',
  keywords: innerConnectionRows(NO_OTHER_DEFAULT),
} satisfies SettingsBlock;

export const SMTP_CHECK = {
  path: 'virtual_server/real_server/SMTP_CHECK',
  keywords: {
    ...COMMON,
    helo_name: setting({
      kind: name('STRING'),
      default: fixed('smtpchecker.keepalived.org'),
      meaning: 'name in HELO',
    }),
    host: block({
      block: HOST,
      meaning: 'one more target; keepalived wants further checkers in place of it',
    }),
  },
} satisfies SettingsBlock;

const DNS_TYPES = ['A', 'NS', 'CNAME', 'SOA', 'MX', 'TXT', 'AAAA', 'RRSIG', 'DNSKEY'] as const;

export const DNS_CHECK = {
  path: 'virtual_server/real_server/DNS_CHECK',
  keywords: {
    ...connectionRows({ retry: 3, delayBeforeRetry: null }),
    type: setting({
      kind: anyCase(...DNS_TYPES),
      default: fixed<'SOA'>('SOA'),
      meaning: 'type of the query',
    }),
    name: setting({ kind: firstOnly(domain()), default: fixed('', 'the root'), meaning: 'name to ask for' }),
  },
} satisfies SettingsBlock;

function domain(): Kind<string> {
  return {
    ...word('DOMAIN'),
    range: 'no empty labels',
    read: (args) => {
      const given = args.next();
      if (given === null) return args.missing('DOMAIN');
      const labels = given.text.replace(/\.$/, '');
      if (labels === '' || !labels.split('.').includes('')) return labels;
      return args.ignored('invalid-name', given, `${quoted(given)} has an empty label`);
    },
  };
}

export interface ScriptUser {
  readonly user: string;
  /** null: the group of the user. */
  readonly group: string | null;
}

function scriptUser(): Kind<ScriptUser> {
  return plain<ScriptUser>({
    arguments: 'USER [GROUP]',
    read: (args) => {
      const user = args.next();
      if (user === null) return absent(args, 'USER [GROUP]');
      return { user: user.text, group: args.next()?.text ?? null };
    },
    format: ({ user, group }) => (group === null ? user : `${user} ${group}`),
  });
}

/** Without a word the line says nothing, and keepalived says nothing of it. */
function program(): Kind<ScriptValue> {
  const command = script(false);
  return {
    ...command,
    read: (args) => {
      if (args.peek() !== null) return command.read(args);
      const message = `${quoted(args.keyword)} names no program: the line is ignored`;
      return args.report('note', 'missing-parameter', args.keyword, message);
    },
  };
}

export const MISC_CHECK = {
  path: 'virtual_server/real_server/MISC_CHECK',
  keywords: {
    ...checkerTiming({ retry: 0, delayBeforeRetry: 1_000_000 }),
    misc_path: setting({
      kind: program(),
      default: unset('must be set'),
      meaning: 'program to run: status 0 is success',
    }),
    misc_timeout: setting({
      kind: seconds(0, 4294),
      default: derived(
        'delay_loop of the virtual server',
        ({ outer }) => (outer('virtual_server', 'delay_loop') ?? 0) as number,
      ),
      meaning: 'longest run; 0: the default',
    }),
    misc_dynamic: setting({
      kind: flag(),
      default: fixed(false),
      meaning: 'status 2 to 255 is success and sets the weight to two less',
    }),
    user: setting({ kind: scriptUser(), default: unset('script_user'), meaning: 'who runs the program' }),
  },
} satisfies SettingsBlock;

function hex(usage: string, wildcards: boolean): Kind<string> {
  return plain<string>({
    arguments: usage,
    range: wildcards ? 'hexadecimal digits, X for any' : 'hexadecimal digits',
    read: (args) => readHex(args, usage, wildcards),
  });
}

function readHex(args: Arguments, usage: string, wildcards: boolean): string | null {
  return !wildcards && args.peek() === null ? absent(args, usage) : hexString(args, wildcards);
}

const REPLY_LENGTH = integer(0, 65_535);

export const UDP_CHECK = {
  path: 'virtual_server/real_server/UDP_CHECK',
  keywords: {
    ...COMMON,
    payload: setting({
      kind: hex('HEX ...', false),
      default: unset('`keepalived check - ` again and again'),
      meaning: 'bytes to send',
    }),
    require_reply: setting({
      kind: hex('[HEX ...]', true),
      default: unset('no reply needed'),
      meaning: 'an answer is needed, and as far as both go it is these bytes',
    }),
    min_reply_length: setting({ kind: REPLY_LENGTH, default: fixed(0), meaning: 'shortest good answer' }),
    max_reply_length: setting({ kind: REPLY_LENGTH, default: fixed(255), meaning: 'longest good answer' }),
  },
} satisfies SettingsBlock;

const LARGEST_WEIGHT = 2_147_483_647;

export const FILE_CHECK = {
  path: 'virtual_server/real_server/FILE_CHECK',
  keywords: {
    track_file: setting({ kind: word(), default: unset('must be set'), meaning: 'track_file to follow' }),
    weight: setting({
      kind: weight({ limit: LARGEST_WEIGHT, noreverse: true, lenient: true }),
      default: unset('that of the track_file'),
      meaning: 'factor of the number in the file; 0: any number but 0 is failure',
    }),
  },
} satisfies SettingsBlock;

const LONGEST_SEND_BYTES = 1_024;

/** With the escapes that people write in HAProxy's: a line end, above all. */
function sendText(): Kind<string> {
  return {
    ...word('STRING'),
    range: `up to ${LONGEST_SEND_BYTES} bytes; \\n, \\r, \\t and \\\\ as usual`,
    read: (args) => {
      const given = args.next();
      if (given === null) return args.missing('STRING');
      const text = given.text.replace(/\\([nrt\\])/g, (_, letter: string) => ESCAPED[letter] ?? letter);
      if (text.length <= LONGEST_SEND_BYTES) return text;
      return args.ignored(
        'string-too-long',
        given,
        `at most ${LONGEST_SEND_BYTES} bytes can be sent to an agent`,
      );
    },
    format: (text) => formatWord(text.replace(/[\n\r\t\\]/g, (letter) => `\\${WRITTEN[letter] ?? letter}`)),
  };
}

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };
const WRITTEN: Readonly<Record<string, string>> = { '\n': 'n', '\r': 'r', '\t': 't', '\\': '\\' };

/** An extension: HAProxy's agent-check. */
export const AGENT_CHECK = {
  path: 'virtual_server/real_server/AGENT_CHECK',
  keywords: {
    ...COMMON,
    alpha: setting({
      kind: boolean(),
      default: fixed(false),
      meaning: 'failed until the agent is heard, and says nothing else',
    }),
    send: setting({
      kind: sendText(),
      default: fixed('', 'none'),
      meaning: 'text that the agent is sent first',
    }),
  },
} satisfies SettingsBlock;

export const BFD_CHECK = {
  path: 'virtual_server/real_server/BFD_CHECK',
  keywords: {
    name: setting({
      kind: firstOnly(name('NAME', true)),
      default: unset('must be set'),
      meaning: 'bfd_instance to follow',
    }),
    alpha: setting({
      kind: boolean(),
      default: fromParent('alpha', false),
      meaning: 'failed until the session is up',
    }),
  },
} satisfies SettingsBlock;

export const GRPC_CHECK = {
  path: 'virtual_server/real_server/GRPC_CHECK',
  keywords: {
    ...COMMON,
    service: setting({
      kind: word(),
      default: fixed('', 'the server as a whole'),
      meaning: 'service whose health is asked for',
    }),
    authority: setting({
      kind: name(),
      default: unset('virtualhost of the real or virtual server, else address and port'),
      meaning: 'what the server is called in the request, and in the TLS handshake',
    }),
    tls: setting({
      kind: boolean(),
      default: derived(
        'false; true with tls_verify or tls_expiry_warning',
        ({ own }) => (own('tls_verify') ?? false) !== false || own('tls_expiry_warning') !== null,
      ),
      meaning: 'by TLS',
    }),
    ...TLS_ROWS,
  },
} satisfies SettingsBlock;
