/**
 * relived: command line and configuration. What a test of the configuration does not need (journal, sockets, machines) is
 * loaded only by a start.
 */
import {
  configTestExitCode,
  type Diagnostic,
  diagnosticsJson,
  formatDiagnostics,
  unsupportedSummary,
} from '../config/diagnostics.ts';
import type { Config } from '../config/model.ts';
import { type ReadConfigResult, readConfig, readConsolidated } from '../config/read.ts';
import { configFiles } from '../host/config-files.ts';
import { machineEnvironment } from '../host/environment.ts';
import { ReadingWitness } from '../host/reading-witness.ts';
import { sourceStack } from '../host/source-stack.ts';
import type { Handover } from './handover.ts';
import {
  BACKGROUND_VARIABLE,
  type DaemonOptions,
  GENHASH,
  INHERITED_VARIABLE,
  parseOptions,
  UsageError,
} from './options.ts';
import { refusalOf } from './refusal.ts';
import { StartError } from './start-error.ts';
import { openTestLog } from './test-log.ts';

/** keepalived's exit statuses (behaviour: fatal 1, bad configuration 2, missing permission 4, no file 6). */
const EXIT_FATAL = 1;

function say(text: string): void {
  process.stderr.write(`${text.replace(/\n$/, '')}\n`);
}

/** `relived -t`: every problem to the log (or standard error), then the status of keepalived's test. */
async function testConfig(options: DaemonOptions, log: string): Promise<number> {
  const write = log === '' ? say : openTestLog(log);
  const { diagnostics } = await readWhereItHolds(options);
  if (options.output === 'json') {
    process.stdout.write(`${diagnosticsJson(diagnostics)}\n`);
    return configTestExitCode(diagnostics);
  }
  const summary = unsupportedSummary(diagnostics);
  const text = formatDiagnostics(diagnostics) + (summary === null ? '' : `relived: ${summary}\n`);
  if (text !== '') write(text);
  return configTestExitCode(diagnostics);
}

/** Interfaces are those of the namespace that the configuration is for, if that is there. */
async function readWhereItHolds(options: DaemonOptions): Promise<ReadConfigResult> {
  const read = (): ReadConfigResult => readConfig(options.useFile, configFiles, machineEnvironment(options));
  const reading = read();
  const namespace = options.namespace ?? reading.config?.tree.net_namespace ?? null;
  if (namespace === null) return reading;
  const { lookIntoNamespace } = await import('./namespace.ts');
  return lookIntoNamespace(namespace) ? read() : reading;
}

/** keepalived is silent about keywords that it merely does not need; so are we, unless asked for detail. */
function report(options: DaemonOptions, diagnostics: readonly Diagnostic[]): void {
  const shown = diagnostics.filter(({ severity }) => options.logDetail || severity !== 'note');
  if (shown.length > 0) say(formatDiagnostics(shown));
}

async function run(options: DaemonOptions): Promise<number> {
  if (options.configTest !== null) return testConfig(options, options.configTest);
  const place = process.env[BACKGROUND_VARIABLE];
  delete process.env[BACKGROUND_VARIABLE];
  if (place === '1') return runInBackground(options);
  const inherited = await inheritedConfiguration();
  if (inherited !== null) {
    await enterOwnNamespace(
      options,
      readConsolidated(inherited.consolidated, machineEnvironment(options)).config,
    );
    return runHandedOver(options, inherited, place === '2');
  }
  const witness = new ReadingWitness();
  const environment = witness.environment(machineEnvironment(options));
  const reading = readConfig(options.useFile, witness.files, environment);
  const { config, diagnostics } = reading;
  if (!options.prepareStart) await enterOwnNamespace(options, config);
  report(options, diagnostics);
  const refusal = refusalOf(config, diagnostics);
  if (config === null || refusal !== 0) return refusal;
  if (options.prepareStart) {
    const { prepareStart } = await import('./prepare-start.ts');
    return prepareStart(options, { config, reading, witness }, say);
  }
  const { start } = await import('./serve.ts');
  const handover = handoverOf(reading);
  const conditions = () => witness.conditions();
  // The watchdog has started it in place of another.
  return start(options, { config, reading: { ...handover, conditions }, background: place === '2' });
}

/** Without the reading itself, which would have to be kept otherwise. */
function handoverOf({ files, randomSeed, consolidated }: ReadConfigResult): Omit<Handover, 'conditions'> {
  return { files, randomSeed, consolidated };
}

/** What of the configuration is about the machine holds there: it is read again then. */
async function enterOwnNamespace(options: DaemonOptions, config: Config | null): Promise<void> {
  const namespace = options.namespace ?? config?.tree.net_namespace ?? null;
  if (namespace === null) return;
  if ((config?.tree.vrrp_track_process ?? []).length > 0) {
    const [globals] = config?.tree.global_defs ?? [];
    const { openProcessEventsEarly } = await import('../io/processes/process-monitor.ts');
    openProcessEventsEarly(
      globals?.process_monitor_rcv_bufs ?? 0,
      globals?.process_monitor_rcv_bufs_force ?? false,
    );
  }
  const { enterNamespace } = await import('./namespace.ts');
  enterNamespace(namespace);
}

/** What the process in the terminal has read and complained about; only the machine may have changed since. */
async function runInBackground(options: DaemonOptions): Promise<number> {
  const { receiveConfiguration } = await import('./handover.ts');
  const handover = await receiveConfiguration().catch((error: Error) => error);
  if (handover instanceof Error) {
    say(`relived: ${handover.message}`);
    return EXIT_FATAL;
  }
  return runHandedOver(options, handover, true);
}

/** Of a worker in place of another: what that one ran, however the files have changed since. Null: this is the first, or that is lost. */
async function inheritedConfiguration(): Promise<Handover | null> {
  const place = process.env[INHERITED_VARIABLE];
  if (place === undefined) return null;
  delete process.env[INHERITED_VARIABLE];
  const { inheritConfiguration } = await import('./handover.ts');
  return inheritConfiguration(place);
}

async function runHandedOver(
  options: DaemonOptions,
  handover: Handover,
  background: boolean,
): Promise<number> {
  const { config, diagnostics } = readConsolidated(handover.consolidated, machineEnvironment(options));
  const refusal = refusalOf(config, diagnostics);
  if (config === null || refusal !== 0) {
    report(options, diagnostics);
    return refusal;
  }
  const { start } = await import('./serve.ts');
  return start(options, { config, reading: handover, background });
}

async function printSignal(purpose: string): Promise<number> {
  const { signalNumber } = await import('./signals.ts');
  const number = signalNumber(purpose);
  if (number === null) throw new UsageError(`Unknown sigfunc ${purpose}`);
  process.stdout.write(`${number}\n`);
  return 0;
}

/** keepalived: the words before it are ignored. */
async function runGenhash(argv: readonly string[], at: number): Promise<number> {
  if (at > 0) say(`Warning -- \`${argv[at]}\` not used as first option, previous options ignored`);
  const { genhash } = await import('./genhash/genhash.ts');
  return genhash(argv.slice(at + 1), {
    out: (text) => process.stdout.write(text),
    talk: (text) => process.stderr.write(text),
  });
}

async function main(argv: readonly string[]): Promise<number> {
  try {
    const genhashAt = argv.findIndex((word) => GENHASH.includes(word));
    if (genhashAt >= 0) return await runGenhash(argv, genhashAt);
    const options = parseOptions(argv);
    if ('help' in options) {
      say(options.help);
      return 0;
    }
    if (options.unexpected.length > 0) {
      process.stdout.write(`Unexpected argument(s): ${options.unexpected.join(' ')} \n`);
    }
    if (options.signum !== null) return await printSignal(options.signum);
    if (options.version) {
      const { version } = await import('../host/version.ts');
      say(`relived v${version()} (as keepalived 2.4.3), Node ${process.version}`);
      return 0;
    }
    return await run(options);
  } catch (error) {
    if (error instanceof StartError) {
      say(`relived: ${error.message}`);
      return error.exitCode;
    }
    if (error instanceof UsageError) say(error.message);
    else say(`relived: internal error: ${error instanceof Error ? sourceStack(error) : String(error)}`);
    return EXIT_FATAL;
  }
}

process.exit(await main(process.argv.slice(2)));
