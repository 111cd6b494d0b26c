/** The daemon's command line: keepalived's options, and the few of our own. */
import { resolve } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { parseUmask } from '../config/registry/global/kinds.ts';
import { facilityCode } from './facility.ts';

export interface DaemonOptions {
  readonly useFile: string;
  readonly dontFork: boolean;
  readonly logConsole: boolean;
  readonly logDetail: boolean;
  /** --log-detail was given twice. */
  readonly logExtraDetail: boolean;
  /** As given: `daemon`, `user`, `local0` to `local7` or a number 0 to 7; null: daemon. */
  readonly logFacility: string | null;
  /** null: no file. A bare name is one in the directory for temporary files. */
  readonly logFile: string | null;
  readonly flushLogFile: boolean;
  readonly noSyslog: boolean;
  /** null: run. '' or a file: test the configuration, report there (standard error if ''), and exit. */
  readonly configTest: string | null;
  /** Make the start plan of a start with the other words, and exit. */
  readonly prepareStart: boolean;
  /** Form of the report of a configuration test. */
  readonly output: 'text' | 'json';
  /** Log the configuration in force, defaults included, at the start. */
  readonly dumpConfig: boolean;
  /** What `@ID` lines of the configuration compare with; null: the host name up to the first dot. */
  readonly configId: string | null;
  /** Every include must satisfy every check. */
  readonly allConfig: boolean;
  /** --check: without VRRP. */
  readonly withoutVrrp: boolean;
  /** --vrrp: without health checks. */
  readonly withoutCheckers: boolean;
  /** --no_bfd */
  readonly withoutBfd: boolean;
  /** null: as umask of the configuration. */
  readonly umask: number | null;
  /** At the end addresses, routes and rules stay, and nobody is told. */
  readonly dontReleaseVrrp: boolean;
  readonly dontReleaseIpvs: boolean;
  /** The watchdog starts no worker in place of one that died. */
  readonly dontRespawn: boolean;
  /** null: the usual place (pid-file.ts). */
  readonly pidFile: string | null;
  readonly vrrpPidFile: string | null;
  /** Network namespace; null: as the configuration says. */
  readonly namespace: string | null;
  /** null: as the limits are. Else also what core files are called, '' for as they are. */
  readonly coreDump: string | null;
  readonly ignoreInterrupt: boolean;
  /** Name of a signal's purpose whose number is asked for. */
  readonly signum: string | null;
  readonly version: boolean;
  /** Where history is kept; null: the usual place. */
  readonly journal: string | null;
  /** Bytes that it may take; null: as much as is usual. */
  readonly journalSize: number | null;
  /** Microseconds after which what changed nothing is taken out of it; null: only when it gets too large. */
  readonly journalAge: number | null;
  readonly control: string | null;
  /** Name of this router in its history; default: the host name. */
  readonly node: string | null;
  /** keepalived options that were given and change nothing here. */
  readonly ignored: readonly string[];
  /** Words that are no options, which keepalived mentions and ignores. */
  readonly unexpected: readonly string[];
}

/** Behind one of these the words are options of genhash. */
export const GENHASH: readonly string[] = ['-T', '--genhash'];

/** Of no start: what it prepares has the other words. */
export const PREPARE_START = '--prepare-start';

/** Environment variable that tells the program that it is the one in the background. */
export const BACKGROUND_VARIABLE = 'RELIVED_BACKGROUND';
/** Set by the watchdog for a worker in place of another: PID:DESCRIPTOR of the configuration that that one ran. */
export const INHERITED_VARIABLE = 'RELIVED_CONFIGURATION';

export const DEFAULT_CONFIG = '/etc/keepalived/keepalived.conf';
export const DEFAULT_JOURNAL = '/var/lib/relived/journal';
export const DEFAULT_CONTROL = '/run/relived/control.sock';

/** What core files are called without a name behind --core-dump-pattern. */
const CORE_PATTERN = 'core';

/** keepalived's options that are understood and have nothing to act on. */
const WITHOUT_EFFECT = [
  ['--all', 'one process does everything, and always runs'],
  ['-X, --release-vips', 'addresses are always released'],
  ['-c, --checkers_pid <file>', 'there is no checker process'],
  ['-b, --bfd_pid <file>', 'BFD runs in the VRRP process'],
  ['-x, --snmp', 'there is no SNMP agent'],
  ['-A, --snmp-agent-socket <socket>', 'there is no SNMP agent'],
  ['-a, --address-monitoring', 'address changes are in the journal'],
  ['--no-mem-check', 'memory is not counted'],
  ['-L, --mem-check-log', 'memory is not counted'],
  ['-O, --openssl-mem-check', 'memory is not counted'],
  ['--perf [when]', 'the inspector of Node measures'],
  ['--debug [letters]', 'the journal has every transition'],
] as const;

/** A command line that cannot be used; `message` is for standard error. */
export class UsageError extends Error {
  static readonly exitCode = 1;
}

/** The command line as it is documented, completed and parsed. */
export function daemonCommand(): Command {
  const program = new Command('relived')
    .description('keepalived that remembers: VRRP from keepalived.conf, every transition on record')
    .option('-f, --use-file <file>', 'configuration file', DEFAULT_CONFIG)
    .option('-n, --dont-fork', 'stay in the foreground')
    .option('-l, --log-console', 'log to standard error')
    .option('-D, --log-detail', 'log in detail; twice: in more', (_: unknown, times: number) => times + 1, 0)
    .option('-S, --log-facility <facility>', 'facility of the system log: 0-7, local0-7, user, daemon')
    .option('-g, --log-file [file]', 'log to a file too (default: keepalived.log)')
    .option('--flush-log-file', 'write each line of that file at once')
    .option('-G, --no-syslog', 'do not log to the system log')
    .option('-t, --config-test [log]', 'test the configuration and exit')
    .option(
      PREPARE_START,
      'set down what a start with the same other words puts into IPVS before the program begins, and exit',
    )
    .addOption(
      new Option('-o, --output <format>', 'report of a configuration test')
        .choices(['text', 'json'])
        .default('text'),
    )
    .option('-d, --dump-conf', 'log the configuration in force, every default included')
    .option('-i, --config-id <id>', 'selects @id lines of the configuration (default: host name)')
    .option('-e, --all-config', 'a missing include is an error')
    .option('-P, --vrrp', 'without health checks')
    .option('-C, --check', 'without VRRP')
    .option('-B, --no_bfd', 'without BFD')
    .option('-u, --umask <mask>', 'permissions that files never get, as a number or in symbols')
    .option('-V, --dont-release-vrrp', 'leave addresses, routes and rules at the end')
    .option('-I, --dont-release-ipvs', 'leave the IPVS table at the end')
    .option('-p, --pid <file>', 'pid file')
    .option('-r, --vrrp_pid <file>', 'pid file of the VRRP process, which is the same')
    .option('-R, --dont-respawn', 'end with the process that runs VRRP, however that ends')
    .option('-s, --namespace <name>', 'network namespace to run in')
    .option('-m, --core-dump', 'leave a core file after a crash')
    .option('-M, --core-dump-pattern [pattern]', 'the same, and set what core files are called')
    .option('--ignore-sigint', 'ignore SIGINT')
    .option(
      '-T, --genhash',
      'print the digest of what an HTTP server answers (the first option; see genhash -h)',
    )
    .option(
      '--signum <purpose>',
      'print the number of a signal: STOP, RELOAD, DATA, STATS, STATS_CLEAR, JSON',
    )
    .option('-v, --version', 'print the version')
    .option(`--journal <directory>`, `where history is kept (default: ${DEFAULT_JOURNAL})`)
    .option('--journal-size <size>', 'what history may take: bytes, or with K, M, G behind it (default: 1G)')
    .option('--journal-age <days>', 'after so many days only what changed something is kept of it')
    .option('--control <socket>', `control socket for relive status (default: ${DEFAULT_CONTROL})`)
    .option('--node <name>', 'name of this router in its history (default: host name)');
  for (const [flags, reason] of WITHOUT_EFFECT) program.option(flags, `accepted, no effect: ${reason}`);
  return program
    .allowExcessArguments()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
}

/** @throws UsageError on an unknown option or a missing argument (keepalived: exit status 1). */
export function parseOptions(argv: readonly string[]): DaemonOptions | { readonly help: string } {
  const program = daemonCommand();
  try {
    program.parse(spelledOut(argv, program), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return { help: program.helpInformation() };
    throw new UsageError(complaint(error));
  }
  const given = program.opts<Record<string, string | boolean | number | undefined>>();
  const text = (name: string): string | null =>
    typeof given[name] === 'string' ? String(given[name]) : null;
  // Absolute, because the background process leaves the directory that it was started in.
  const path = (name: string): string | null =>
    typeof given[name] === 'string' ? resolve(String(given[name])) : null;
  /** Of an option whose value may be left out; null: it was not given. */
  const optional = (name: string, otherwise: string): string | null =>
    given[name] === undefined ? null : given[name] === true ? otherwise : String(given[name]);
  const detail = Number(given.logDetail ?? 0);
  return {
    useFile: path('useFile') ?? DEFAULT_CONFIG,
    dontFork: given.dontFork === true,
    logConsole: given.logConsole === true,
    logDetail: detail > 0,
    logExtraDetail: detail > 1,
    logFacility: knownFacility(text('logFacility')),
    logFile: optional('logFile', 'keepalived.log'),
    flushLogFile: given.flushLogFile === true,
    noSyslog: given.syslog === false,
    configTest: optional('configTest', ''),
    prepareStart: given.prepareStart === true,
    output: given.output === 'json' ? 'json' : 'text',
    dumpConfig: given.dumpConf === true,
    configId: text('configId'),
    allConfig: given.allConfig === true,
    withoutVrrp: given.check === true,
    withoutCheckers: given.vrrp === true,
    withoutBfd: given.no_bfd === true,
    umask: umaskOf(text('umask')),
    dontReleaseVrrp: given.dontReleaseVrrp === true,
    dontReleaseIpvs: given.dontReleaseIpvs === true,
    dontRespawn: given.dontRespawn === true,
    pidFile: path('pid'),
    vrrpPidFile: path('vrrp_pid'),
    namespace: text('namespace'),
    coreDump: optional('coreDumpPattern', CORE_PATTERN) ?? (given.coreDump === true ? '' : null),
    ignoreInterrupt: given.ignoreSigint === true,
    signum: text('signum'),
    version: given.version === true,
    journal: path('journal'),
    journalSize: journalSizeOf(text('journalSize')),
    journalAge: journalAgeOf(text('journalAge')),
    control: path('control'),
    node: text('node'),
    ignored: withoutEffect(program, given),
    unexpected: program.args,
  };
}

function withoutEffect(program: Command, given: Readonly<Record<string, unknown>>): readonly string[] {
  return (
    program.options
      .filter((option) => option.description.startsWith('accepted, no effect'))
      // An option that begins with `no-` is true unless it is given.
      .filter((option) => given[option.attributeName()] !== (option.negate ? true : undefined))
      .map((option) => option.flags)
  );
}

/** As getopt_long reads them: a long option may be cut short where it stays unmistakable, and `--option=` has no value. */
function spelledOut(argv: readonly string[], program: Command): string[] {
  const names = program.options.flatMap(({ long }) => long ?? []);
  return argv.map((word) => {
    const [, name = '', value = ''] = /^(--[^=]+)(=.*)?$/.exec(word) ?? [];
    if (name === '') return word;
    const meant = names.includes(name) ? [name] : names.filter((one) => one.startsWith(name));
    const [only] = meant;
    if (only === undefined || meant.length > 1) return word;
    const takesValue = program.options.some(({ long, required }) => long === only && required);
    if (value === '=' && takesValue) throw new UsageError(`Missing parameter for option ${only}`);
    return only + value;
  });
}

/** In keepalived's words, which scripts may look for. */
export function complaint({ code, message }: CommanderError): string {
  const option = /'([^']*)'/.exec(message)?.[1] ?? '';
  if (code === 'commander.unknownOption') return `Unknown option ${option.split(' ')[0]}`;
  if (code === 'commander.optionMissingArgument') {
    return `Missing parameter for option ${option.split(/[ ,]/)[0]}`;
  }
  return message.replace(/^error: /, '');
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };
/** Less does not hold the segment that is written and the one before it. */
const JOURNAL_SIZE_LEAST = 2 ** 20;

/** In bytes. @throws UsageError */
function journalSizeOf(text: string | null): number | null {
  if (text === null) return null;
  const [, number, unit] = /^(\d+)([KMGT]?)i?B?$/i.exec(text) ?? [];
  const bytes = Number(number) * (UNITS[unit?.toUpperCase() ?? ''] ?? Number.NaN);
  if (!Number.isSafeInteger(bytes) || bytes < JOURNAL_SIZE_LEAST)
    throw new UsageError(`--journal-size ${text}: not a size of 1M or more, such as 500M or 2G`);
  return bytes;
}

/** In microseconds. @throws UsageError */
function journalAgeOf(text: string | null): number | null {
  if (text === null) return null;
  const days = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(days > 0 && days <= 36_500))
    throw new UsageError(`--journal-age ${text}: not a number of days, such as 30`);
  return Math.round(days * 86_400_000_000);
}

/** @throws UsageError if it is neither a number nor permissions */
function umaskOf(text: string | null): number | null {
  if (text === null) return null;
  const mask = parseUmask(text);
  if (mask === null)
    throw new UsageError(`'${text}' is no umask: a number up to 0777, or IRUSR, IRWXG, ... joined by |`);
  return mask;
}

/** @throws UsageError for a word that keepalived does not know */
function knownFacility(word: string | null): string | null {
  if (word !== null && facilityCode(word) === null) throw new UsageError(`invalid log facility '${word}'`);
  return word;
}
