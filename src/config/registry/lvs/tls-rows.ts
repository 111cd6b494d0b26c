/** What checks that speak TLS may demand of certificates. keepalived verifies none. */
import { quoted } from '../../problems.ts';
import { formatWord, integer, plain, word } from '../kinds.ts';
import { EXTENSION, fixed, setting, unset } from '../rows.ts';
import type { Kind } from '../spec.ts';

const ON = ['on', 'true', 'yes'];
const OFF = ['off', 'false', 'no'];
/** Longest name of DNS (RFC 1035 section 2.3.4). */
const LONGEST_NAME = 253;
const LONGEST_WARNING_DAYS = 3650;

/** false: not at all; '': for the name that is asked for; else for this one. */
function verification(): Kind<string | false> {
  return plain<string | false>({
    arguments: '[NAME|off]',
    choices: OFF,
    read: (args) => {
      const given = args.next();
      if (given === null || ON.includes(given.text)) return '';
      if (OFF.includes(given.text)) return false;
      if (given.text.length <= LONGEST_NAME && !/\s/.test(given.text) && given.text !== '') return given.text;
      return args.ignored('invalid-name', given, `${quoted(given)} is no name of a server`);
    },
    format: (value) => (value === false ? 'off' : value === '' ? '' : formatWord(value)),
  });
}

export const TLS_ROWS = {
  tls_verify: setting({
    kind: verification(),
    default: fixed<false>(false, 'off'),
    meaning:
      'the certificate must be valid, of a trusted issuer, and for the name that is asked for, or NAME',
    standing: EXTENSION,
  }),
  tls_ca: setting({
    kind: word('FILE'),
    default: unset("ca of SSL, else the system's"),
    meaning: 'certificates to trust',
    standing: EXTENSION,
  }),
  tls_expiry_warning: setting({
    kind: integer(1, LONGEST_WARNING_DAYS, { arguments: 'DAYS', unit: 'd' }),
    default: unset(),
    meaning: 'days before its end from which on the certificate is spoken of',
    standing: EXTENSION,
  }),
};
