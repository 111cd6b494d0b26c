/** The daemon's command line: keepalived's options, and the few of our own. */
import { resolve } from 'node:path';
import { Command, CommanderError, Option } from 'commander';

export interface DaemonOptions {
  readonly useFile: string;
  readonly dontFork: boolean;
  readonly logConsole: boolean;
  readonly logDetail: boolean;
  /** null: run. '' or a file: test the configuration, report there (standard error if ''), and exit. */
  readonly configTest: string | null;
  /** Form of the report of a configuration test. */
  readonly output: 'text' | 'json';
  /** Log the configuration in force, defaults included, at the start. */
  readonly dumpConfig: boolean;
  /** What `@ID` lines of the configuration compare with; null: the host name up to the first dot. */
  readonly configId: string | null;
  readonly pidFile: string | null;
  readonly noSyslog: boolean;
  readonly version: boolean;
  /** Where history is kept. */
  readonly journal: string;
  readonly control: string;
  /** Name of this router in its history; default: the host name. */
  readonly node: string | null;
  /** keepalived options that were given and change nothing here. */
  readonly ignored: readonly string[];
}

/** Environment variable that tells the program that it is the one in the background. */
export const BACKGROUND_VARIABLE = 'RELIVED_BACKGROUND';

export const DEFAULT_CONFIG = '/etc/keepalived/keepalived.conf';
export const DEFAULT_JOURNAL = '/var/lib/relived/journal';
export const DEFAULT_CONTROL = '/run/relived/control.sock';

/** keepalived's options that are understood and have nothing to act on (no checker, BFD, SNMP process; own logging). */
const WITHOUT_EFFECT = [
  ['-P, --vrrp', 'only the VRRP part runs anyway'],
  ['-B, --no_bfd', 'there is no BFD process'],
  ['-S, --log-facility <facility>', 'facility for the system log'],
  ['-R, --dont-respawn', 'there is one process'],
  ['-c, --checkers_pid <file>', 'there is no checker process'],
  ['-r, --vrrp_pid <file>', 'there is one process, see --pid'],
  ['-b, --bfd_pid <file>', 'there is no BFD process'],
  ['-m, --core-dump', 'set ulimit -c instead'],
  ['-x, --snmp', 'there is no SNMP agent'],
  ['-a, --address-monitoring', 'address changes are in the journal'],
  ['--flush-log-file', 'lines are written at once'],
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
    .option('-D, --log-detail', 'log in detail')
    .option('-G, --no-syslog', 'do not log to the system log')
    .option('-t, --config-test [log]', 'test the configuration and exit')
    .addOption(
      new Option('-o, --output <format>', 'report of a configuration test')
        .choices(['text', 'json'])
        .default('text'),
    )
    .option('-d, --dump-conf', 'log the configuration in force, every default included')
    .option('-i, --config-id <id>', 'selects @id lines of the configuration (default: host name)')
    .option('-p, --pid <file>', 'pid file')
    .option('-v, --version', 'print the version')
    .option('--journal <directory>', 'where history is kept', DEFAULT_JOURNAL)
    .option('--control <socket>', 'control socket for relive status', DEFAULT_CONTROL)
    .option('--node <name>', 'name of this router in its history (default: host name)');
  for (const [flags, reason] of WITHOUT_EFFECT) program.option(flags, `accepted, no effect: ${reason}`);
  return program.exitOverride().configureOutput({ writeErr: () => {} });
}

/** @throws UsageError on an unknown option or a missing argument (keepalived: exit status 1). */
export function parseOptions(argv: readonly string[]): DaemonOptions | { readonly help: string } {
  const program = daemonCommand();
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return { help: program.helpInformation() };
    throw new UsageError(error.message.replace(/^error: /, ''));
  }
  const given = program.opts<Record<string, string | boolean | undefined>>();
  const known = (name: string) => (typeof given[name] === 'string' ? String(given[name]) : null);
  // Absolute, because the background process leaves the directory that it was started in.
  const path = (name: string) => (typeof given[name] === 'string' ? resolve(String(given[name])) : null);
  const ignored = program.options
    .filter((option) => option.description.startsWith('accepted, no effect'))
    .filter((option) => given[option.attributeName()] !== undefined)
    .map((option) => option.flags);
  const test = given.configTest;
  return {
    useFile: path('useFile') ?? DEFAULT_CONFIG,
    dontFork: given.dontFork === true,
    logConsole: given.logConsole === true,
    logDetail: given.logDetail === true,
    configTest: test === undefined ? null : test === true ? '' : String(test),
    output: given.output === 'json' ? 'json' : 'text',
    dumpConfig: given.dumpConf === true,
    configId: known('configId'),
    pidFile: path('pid'),
    noSyslog: given.syslog === false,
    version: given.version === true,
    journal: path('journal') ?? DEFAULT_JOURNAL,
    control: path('control') ?? DEFAULT_CONTROL,
    node: known('node'),
    ignored,
  };
}
