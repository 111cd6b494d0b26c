/** HTTP_GET, SSL_GET and their urls. */
import type { HttpProtocol } from '../../../protocol/http.ts';
import { absent, boolean, choice, flag, plain, word } from '../kinds.ts';
import { accepted, block, deprecated, derived, fixed, setting, unset } from '../rows.ts';
import type { Kind, SettingsBlock } from '../spec.ts';
import { connectionRows } from './checker-rows.ts';
import { digest, offset, regex, regexOptions, regexStack, statusCodes } from './http-kinds.ts';
import { name } from './lvs-kinds.ts';
import { TLS_ROWS } from './tls-rows.ts';

const VERSIONS = ['1.0', '1.0C', '1.0c', '1.1', '2'] as const;

/** `1.0c` is `1.0C`. */
function version(): Kind<HttpProtocol> {
  const one = choice(...VERSIONS);
  return plain<HttpProtocol>({
    arguments: one.arguments,
    choices: one.choices,
    read: (args) => {
      if (args.peek() === null) return absent(args, one.arguments);
      const value = one.read(args);
      return value === '1.0c' ? '1.0C' : value;
    },
  });
}

/** A name, or nothing: the name that virtualhost says. */
function optionalName(): Kind<string> {
  return { ...word('[NAME]'), read: (args) => args.next()?.text ?? '' };
}

const REGEX = {
  regex: setting({ kind: regex(), default: unset(), meaning: 'pattern (PCRE2) that the page must match' }),
  regex_no_match: setting({ kind: flag(), default: fixed(false), meaning: 'a match is failure' }),
  regex_options: setting({ kind: regexOptions(), default: fixed([], 'none'), meaning: 'options of PCRE2' }),
  regex_min_offset: setting({
    kind: offset(),
    default: fixed(0),
    meaning: 'first byte at which a match may start',
  }),
  regex_max_offset: setting({
    kind: offset(),
    default: unset(),
    meaning: 'last byte at which a match may start',
  }),
  regex_stack: setting({
    kind: regexStack(),
    default: unset(),
    meaning: 'memory for matching, in bytes',
    standing: accepted("patterns are matched without PCRE2's compiler, whose stack it is", null),
  }),
};

const URL = {
  path: setting({ kind: word('STRING'), default: unset('must be set'), meaning: 'what to ask for' }),
  digest: setting({ kind: digest(), default: unset(), meaning: 'MD5 of the page' }),
  status_code: setting({
    kind: statusCodes(),
    default: fixed([{ from: 200, to: 299 }], '200-299'),
    meaning: 'good status codes; further lines add to them',
  }),
  virtualhost: setting({
    kind: name(),
    default: derived(
      'virtualhost of the checker',
      ({ parent }) => (parent('virtualhost') ?? null) as string | null,
    ),
    meaning: 'Host of this request',
  }),
  ...REGEX,
};

/** Of the real server, else of the virtual server. */
const VIRTUALHOST = derived(
  'virtualhost of the real server, else of the virtual server',
  ({ parent, outer }) =>
    (parent('virtualhost') ?? outer('virtual_server', 'virtualhost') ?? null) as string | null,
);

const GET = {
  ...connectionRows({ retry: 1, delayBeforeRetry: 3_000_000 }),
  nb_get_retry: deprecated('retry'),
  virtualhost: setting({ kind: name(), default: VIRTUALHOST, meaning: 'Host of its requests' }),
  http_protocol: setting({
    kind: version(),
    default: fixed<'1.0'>('1.0'),
    meaning: 'version of its requests; C: with Connection: close; 2: HTTP/2, an extension',
    isExtension: (value) => value === '2',
  }),
  sni_name: setting({
    kind: optionalName(),
    default: unset('virtualhost (that of a real server is left out)'),
    meaning: 'name for the TLS server; implies enable_sni',
  }),
  enable_sni: setting({
    kind: boolean(),
    default: derived('false; true with sni_name', ({ own }) => own('sni_name') !== null),
    meaning: 'tell the TLS server the name',
  }),
  fast_recovery: setting({
    kind: boolean(),
    default: fixed(false),
    meaning: 'no delay between urls while coming up',
  }),
};

const TLS_COMPLIANT = 'close TLS connections with close_notify';

export const HTTP_GET = {
  path: 'virtual_server/real_server/HTTP_GET',
  keywords: {
    ...GET,
    url: block({
      block: { path: 'virtual_server/real_server/HTTP_GET/url', keywords: URL },
      meaning: 'a page to fetch; at least one',
    }),
  },
} satisfies SettingsBlock;

export const SSL_GET = {
  path: 'virtual_server/real_server/SSL_GET',
  keywords: {
    ...GET,
    tls_compliant: setting({ kind: boolean(), default: fixed(false), meaning: TLS_COMPLIANT }),
    ...TLS_ROWS,
    url: block({
      block: {
        path: 'virtual_server/real_server/SSL_GET/url',
        keywords: {
          ...URL,
          tls_compliant: setting({
            kind: boolean(),
            default: derived(
              'tls_compliant of the checker',
              ({ parent }) => parent('tls_compliant') === true,
            ),
            meaning: TLS_COMPLIANT,
          }),
        },
      },
      meaning: 'a page to fetch; at least one',
    }),
  },
} satisfies SettingsBlock;
