/** global_defs: files, reload, and how the configuration is read. */
import type { Arguments } from '../../arguments.ts';
import { quoted } from '../../problems.ts';
import { alone, lenient, optional } from '../corrected-kinds.ts';
import { boolean, firstOnly, flag, integer, word } from '../kinds.ts';
import { ACTS, accepted, fixed, refused, setting, unset } from '../rows.ts';
import type { Kind } from '../spec.ts';

const INCLUDE_CHECKS = ['read', 'match', 'wildcard_match', 'brace_match'];

/** What the bare keyword asks for, as words that can be read again. */
const ALL_CHECKS = INCLUDE_CHECKS.map((check, index) => (index === 0 ? check : `+${check}`));

const IN_JOURNAL = accepted('the journal holds what these files would');

function dumpFile(what: string) {
  return setting({
    kind: lenient(word('PATH')),
    default: unset('in the directory for temporary files'),
    meaning: `where ${what} is written on request`,
    standing: ACTS,
  });
}

/** Where iproute2 keeps names for numbers. */
function nameDirectory(whose: string, place: string) {
  return setting({
    kind: lenient(word('DIR')),
    default: fixed(place),
    meaning: `names of tables, scopes and protocols, as ${whose} has them`,
    standing: refused('warning', `these names are read from ${place}`),
    harmless: (value) => value === place,
  });
}

export const FILES = {
  state_dump_file: dumpFile('the state'),
  stats_dump_file: dumpFile('statistics'),
  json_dump_file: dumpFile('the state as JSON'),
  json_version: setting({
    kind: lenient(integer(1, 2)),
    default: fixed(1),
    meaning: 'layout of the JSON',
    standing: ACTS,
  }),
  data_use_instance: setting({
    kind: boolean(),
    default: fixed(false),
    meaning: 'put instance and net_namespace into the names of these files',
    standing: ACTS,
    harmless: (value) => !value,
  }),
  config_save_dir: setting({
    kind: word('DIR'),
    default: unset(),
    meaning: 'where the configuration is copied to at each start and reload, with what the daemon knows',
    standing: ACTS,
  }),
  tmp_config_directory: setting({
    kind: firstOnly(lenient(word('DIR'))),
    default: unset('in memory'),
    meaning: 'where the configuration is kept while processes read it',
    standing: IN_JOURNAL,
  }),
  reload_check_config: setting({
    kind: optional(word('LOG'), '/dev/null'),
    default: unset('off'),
    meaning: 'try a configuration before it is applied, and log what is wrong with it',
    standing: ACTS,
  }),
  reload_time_file: setting({
    kind: alone(lenient(word('PATH'))),
    default: unset(),
    meaning: 'file that says when to reload',
    standing: ACTS,
  }),
  reload_repeat: setting({
    kind: flag(),
    default: fixed(false, 'off'),
    meaning: 'reload at that time every day',
    standing: ACTS,
  }),
  reload_file: setting({
    // '' is the usual place, which depends on the pid directory.
    kind: optional(word('PATH'), ''),
    default: unset(),
    meaning: 'file that exists while the configuration is read; without a path in the usual place',
    standing: ACTS,
  }),
  iproute_usr_dir: nameDirectory('the distribution', '/usr/share/iproute2'),
  iproute_etc_dir: nameDirectory('the administrator', '/etc/iproute2'),
  random_seed: setting({
    kind: integer(0, 4_294_967_295),
    default: unset('the time'),
    meaning: 'seed of random numbers in the configuration',
    standing: ACTS,
  }),
  include_check: setting({
    kind: includeChecks(),
    default: unset(),
    meaning: 'what is wrong with an include; without words everything, + and - change what holds',
    standing: ACTS,
  }),
};

/** Words as written; those of later lines follow, for `+` and `-` change what held before. */
function includeChecks(): Kind<readonly string[]> {
  const read = (args: Arguments): readonly string[] => {
    const words = args.rest();
    if (words.length === 0) return ALL_CHECKS;
    const known = words.filter((given, index) => {
      const signed = /^[-+]/.test(given.text);
      const ignored = (message: string): void => {
        args.report('warning', 'invalid-choice', given, `${message}: the word is ignored`);
      };
      if (!signed && index > 0) ignored(`a word after the first needs + or -: ${quoted(given)}`);
      else if (INCLUDE_CHECKS.includes(given.text.slice(signed ? 1 : 0))) return true;
      else
        ignored(`${quoted(args.keyword)} knows no check ${quoted(given)}, only ${INCLUDE_CHECKS.join(', ')}`);
      return false;
    });
    return known.map(({ text }) => text);
  };
  return {
    arguments: '[[+|-]CHECK ...]',
    range: INCLUDE_CHECKS.join(', '),
    unit: '',
    choices: INCLUDE_CHECKS,
    secret: false,
    read,
    format: (value) => value.join(' '),
    merge: (before, after) => (/^[-+]/.test(after[0] ?? '') ? [...before, ...after] : after),
  };
}
